"""Hitachi F-7000: excitation-emission matrices as text, below a header of ``key:<tab>value`` and "Data Points"."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.decoding import decode
from antistokes.io.head import Head
from antistokes.io.instrument_table import ends_whole
from antistokes.io.matrix import eem, read_matrix
from antistokes.io.source import source
from antistokes.units import FloatArray

CORRECTED = "corrected spectra by the instrument's software: whether in photons or in power is not stated"
CEILING = 9999.9  # what the instrument writes where it is over its range


def is_hitachi_eem(head: Head) -> bool:
    """Tell whether a text is a 3-D scan of a Hitachi fluorescence spectrophotometer."""
    wanted = (r"^Model:\s*F-\d+ FL", r"^Measurement type:\s*3-D Scan", r"^Data Points")
    return all(re.search(line, head.text, re.MULTILINE) for line in wanted)


def read_hitachi_eem(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read an excitation-emission matrix of a Hitachi F-7000.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a last row that is cut off, and of a matrix smaller than its header says.

    Returns
    -------
    list of xarray.Dataset
        One, along (excitation, wavelength); samples at the ceiling of the instrument are flagged as saturated.

    Raises
    ------
    ReadError
        There is no matrix below "Data Points", or its axes are not those of the header.
    """
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    begun = next((i for i, line in enumerate(text.lines) if line.strip() == "Data Points"), None)
    if begun is None or begun + 1 >= len(text.lines):
        raise ReadError(path, f"line {len(text.lines)}", "a matrix below 'Data Points'", "the end of the file")
    whole = strict or ends_whole(raw)
    matrix = read_matrix(path, text.lines, begun + 1, whole=whole)
    header = text.lines[:begun]
    said = {key: value.strip() for key, _, value in (line.partition(":") for line in header)}
    over = matrix.values.T >= CEILING
    notes = [f"{int(over.sum())} samples at {CEILING}, the ceiling of the instrument"] if over.any() else []
    notes += [CORRECTED] if said.get("Corrected spectra", "").casefold() == "on" else []
    notes += _short(path, said, matrix.rows[:, 0], matrix.columns, strict)
    return [
        eem(
            path,
            matrix,
            [*text.notes, *notes],
            flag=np.where(over, data.FLAGS["saturated"], 0).astype(np.uint8),
            bandpass_nm=_nm(said, "EM Slit"),
            instrument=said.get("Model"),
            source=source(path, raw, "hitachi_eem", encoding=text.encoding),
            raw_metadata=[line for line in header if line.strip()],
        )
    ]


def _short(
    path: str | os.PathLike[str],
    said: dict[str, str],
    emission: FloatArray,
    excitation: FloatArray,
    strict: bool,
) -> list[str]:
    """Return notes where the axes do not reach from start to end as the header says."""
    out = []
    for name, x in (("EM", emission), ("EX", excitation)):
        start, end = _nm(said, f"{name}  Start WL"), _nm(said, f"{name}  End WL")
        if start is not None and end is not None and (abs(x[0] - start) > 0.5 or abs(x[-1] - end) > 0.5):
            expected, found = f"{name} from {start:g} to {end:g} nm", f"{x[0]:g} to {x[-1]:g} nm"
            if strict or abs(x[0] - start) > 0.5:
                raise ReadError(path, "", expected, found, "Is it cut off?")
            out.append(f"the header says {expected}, the matrix has {found}")
    return out


def _nm(said: dict[str, str], key: str) -> float | None:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) nm", said.get(key, ""))
    return float(found[1]) if found and float(found[1]) > 0 else None
