"""Look at the files in a folder and write a study.toml to correct: every guess is a comment in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr

from antistokes import data, io
from antistokes.errors import ReadError
from antistokes.io.formats import known_suffixes
from antistokes.io.whole import replace

_NAMES = {
    "emission": r"(^|[^a-z])(em|emission|pl|fl|fluo\w*|lumi\w*|dcpl|ucpl)([^a-z]|$)",
    "absorption": r"(^|[^a-z])(abs\w*|uv|uvvis|vis|od|extinction|transm\w*)([^a-z]|$)",
}
_LAMPS = r"(^|[^a-z])(lamp|halogen|tungsten|calibration)([^a-z]|$)"
_NO_SAMPLE = rf"(^|[^a-z])(baseline|blank|solvent|reference|dark|toluene|hexane|100%t|0%t)([^a-z]|$)|{_LAMPS}"


class Found(NamedTuple):
    """One file of the folder: its measurements, or why it could not be read."""

    path: Path
    datasets: tuple[xr.Dataset, ...]
    problem: str = ""


def look(path: Path) -> Found:
    """Read all measurements of a file, or note why not."""
    try:
        return Found(path, tuple(data.with_source(ds, path.name) for ds in io.read_all(path)))
    except ReadError as error:
        return Found(path, (), str(error))


def init_folder(folder: str | Path, map: Callable[..., Iterable[Any]] = map) -> Path:
    """Write a study.toml that names what each file of a folder holds.

    Parameters
    ----------
    folder : path-like
        The folder to look at.
    map : callable
        What to read the files with, see :func:`antistokes.scale.mapper`.

    Returns
    -------
    Path
        The new study.toml.

    Raises
    ------
    ReadError
        When there is no such folder, nothing readable in it, or a study.toml already.
    """
    where = Path(folder)
    target = where / "study.toml"
    if not where.is_dir():
        raise ReadError(where, "", "a folder", "no such folder", "Make it and put your files there.")
    if target.exists():
        raise ReadError(target, "", "no study.toml yet", "one", "Correct it, or move it away and run init again.")
    suffixes = known_suffixes()
    inside = sorted(p for p in where.iterdir() if p.is_file() and ".antistokes." not in p.name)
    files = [p for p in inside if p.suffix.lower() in suffixes]
    found = list(map(look, files))
    if not any(f.datasets for f in found):
        names = ", ".join(p.name for p in files) or "no such file"
        raise ReadError(
            where,
            "",
            "files of measurements",
            names,
            "\n".join(f.problem for f in found if f.problem),
        )
    text = _toml(where, found)
    replace(target, lambda path: path.write_text(text, encoding="utf-8"))
    return target


def kind_of(path: Path, ds: xr.Dataset) -> tuple[str, str]:
    """Kind of a measurement and why: what its file says, else what the file's name suggests, else unknown."""
    if ds.attrs["kind"] != "spectrum":
        return str(ds.attrs["kind"]), "stated in the file"
    for kind, pattern in _NAMES.items():
        if re.search(pattern, path.stem.lower()):
            return kind, f"guessed from the file name {path.name!r}"
    return "spectrum", "not recognised"


def _toml(where: Path, found: Sequence[Found]) -> str:
    sources: dict[str, list[tuple[Found, xr.Dataset, str]]] = {"emission": [], "absorption": []}
    for f in found:
        for ds in f.datasets:
            kind, why = kind_of(f.path, ds)
            if (
                kind in sources
                and _is_spectrum(ds)
                and not re.search(_NO_SAMPLE, f"{f.path.stem} {_column(ds)}".lower())
            ):
                sources[kind].append((f, ds, why))
    lines = [
        "# Written by antistokes init. Every line with a guess says so: correct it. Documented in docs/study-toml.md.",
        "",
        "[study]",
        f"name = {_quoted(where.resolve().name)}",
        "# temperature_k = 295       # temperature of the sample; needed to judge detailed balance",
        "# excitation_nm = [660]     # excitation wavelengths at which to state gains and efficiencies",
    ]
    for kind in ("emission", "absorption"):
        lines += ["", *_source(kind, sources[kind])]
    lines += [*_lamp(found), *_others(found, sources)]
    lines += [
        "",
        "# [yield]",
        "# value = 0.99             # quantum yield, and its standard uncertainty",
        "# sd = 0.01",
    ]
    lines += [
        "",
        "# [background]",
        "# per_cm = 1e-4            # parasitic absorption, and its standard uncertainty",
        "# sd = 2e-5",
    ]
    return "\n".join(lines) + "\n"


def _source(kind: str, candidates: list[tuple[Found, xr.Dataset, str]]) -> list[str]:
    if not candidates:
        return [f"# [{kind}]                # no file was recognised as {kind}", '# file = "..."', '# quantity = "..."']
    f, ds, why = candidates[0]
    lines = [f"[{kind}]", f"file = {_quoted(f.path.name)}  # kind {_plain(why)}"]
    columns = [_column(d) for g, d, _ in candidates if g.path == f.path]
    if len(f.datasets) > 1:
        others = ", ".join(_quoted(c) for c in columns[1:])
        comment = f"# column = {_quoted(_column(ds))}  # name one; others: {others}"
        lines.append(comment if others else f"column = {_quoted(_column(ds))}")
    lines.append(_quantity(kind, ds))
    if kind == "absorption" and "path_cm" not in ds.attrs:
        lines.append("# path_cm = 1.0             # path length; needed for absorption per cm")
    lines += [_plain(f"# note: {note}") for note in data.notes_of(ds)]
    return lines


def _quantity(kind: str, ds: xr.Dataset) -> str:
    stated = ds.attrs.get("quantity")
    if stated is not None:
        return f"quantity = {json.dumps(stated)}  # stated in the file"
    family = data.EMISSION_QUANTITIES if kind == "emission" else data.ABSORPTION_QUANTITIES
    return f'# quantity = "..."          # the file does not say: declare one of {", ".join(family)}'


def _is_spectrum(ds: xr.Dataset) -> bool:
    """Whether it is one spectrum, or repeated frames of one."""
    return ds["signal"].dims[-1] in data.SPECTRAL and ds["signal"].dims[:-1] in ((), ("frame",))


def _lamp(found: Sequence[Found]) -> list[str]:
    """Suggest a calibration where a file is named like a lamp."""
    lamps = [f.path.name for f in found if f.datasets and re.search(_LAMPS, f.path.stem.lower())]
    if not lamps:
        return []
    return [
        "",
        f"# [calibration]            # guessed from the file name: {', '.join(map(_quoted, lamps))}",
        f"# file = {_quoted(lamps[0])}",
        '# quantity = "counts"',
        "# colour_temperature_k = 2900   # or a table: certificate = { file = ... }",
    ]


def _others(found: Sequence[Found], sources: dict[str, list[tuple[Found, xr.Dataset, str]]]) -> list[str]:
    """Say what the files hold that are not used above."""
    used = {sources[kind][0][0].path for kind in sources if sources[kind]}
    rest = [f for f in found if f.path not in used]
    lines = ["", "# Other files here:"] if rest else []
    for f in rest:
        problem = f.problem.partition("\n")[0].removeprefix(str(f.path)).lstrip(":, ")
        held = list(dict.fromkeys(_holds(f.path, d) for d in f.datasets))
        more = f"; and {len(held) - 3} more" if len(held) > 3 else ""
        lines.append(_plain(f"#   {f.path.name}: {problem or '; '.join(held[:3]) + more}"))
    return lines


def _holds(path: Path, ds: xr.Dataset) -> str:
    """Say in a few words what a measurement is: kind, quantity, range."""
    axis = data.axis_of(ds)
    x, unit = ds[axis].values, ds[axis].attrs["units"]
    kind, why = kind_of(path, ds)
    guess = f" ({why})" if why.startswith("guessed") else ""
    quantity = f", {ds.attrs['quantity']}" if "quantity" in ds.attrs else ""
    return f"{kind}{guess}{quantity}, {axis} {x[0]:.5g} to {x[-1]:.5g} {unit}"


def _quoted(text: str) -> str:
    """Return text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(text: str) -> str:
    """Return text as a TOML comment can hold it: on one line, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _column(ds: xr.Dataset) -> str:
    return str(data.json_attr(ds, "source", {}).get("column") or "signal")
