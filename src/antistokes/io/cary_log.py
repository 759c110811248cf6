"""The log that Cary WinUV writes below the numbers of each scan: instrument, time of averaging, bandpass, date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from antistokes.io import dates
from antistokes.io.instrument_table import positive_text

SCAN_MODES = {"emission": ("emission", "Ex. Wavelength (nm)"), "excitation": ("ple", "Em. Wavelength (nm)")}


def said(log: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the attributes that a log states, with what had to be guessed.

    Parameters
    ----------
    log : sequence of str
        Its lines; empty where a scan has none.
    """
    entries = dict(map(_entry, reversed(log)))  # where a key stands twice, the first counts
    attrs: dict[str, Any] = {"instrument": entries.get("Instrument") or None}
    averaged = [v for k, v in entries.items() if re.fullmatch(r"(?:\S+ )?Ave\. Time \(sec\)", k)]
    widths = [v for k, v in entries.items() if re.fullmatch(r"(?:\S+ )?SBW \(nm\)", k)]
    attrs["integration_time_s"] = positive_text(averaged[0]) if len(averaged) == 1 else None
    attrs["bandpass_nm"] = positive_text(widths[0]) if len(widths) == 1 else None
    mode = SCAN_MODES.get(entries.get("Scan mode", "").casefold())
    if mode is not None:
        fixed = "excitation_nm" if mode[0] == "emission" else "detection_nm"
        attrs |= {"kind": mode[0], fixed: positive_text(entries.get(mode[1], ""))}
    when = entries.get("Collection Time", "")
    attrs["acquired_at"] = dates.iso(when)
    return attrs, dates.doubt(when)


def _entry(line: str) -> tuple[str, str]:
    """Return key and value of a line of a log: a colon or two blanks stand between them."""
    found = re.match(r"\s*(.+?)(?:\s*:\s+|\s{2,}|\t)(.*)", line)
    return (found.group(1).strip(), found.group(2).strip()) if found else (line.strip(), "")
