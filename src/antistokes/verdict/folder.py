"""Look at the files in a folder and write a study.toml to correct: every guess bears a comment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr

from antistokes import data, io, units
from antistokes.errors import ReadError
from antistokes.io.formats import known_suffixes
from antistokes.io.whole import replace

_NAMES = {
    "emission": r"(^|[^a-z])(em|emission|pl|fl|fluo\w*|lumi\w*|dcpl|ucpl)([^a-z]|$)",
    "absorption": r"(^|[^a-z])(abs\w*|uv|uvvis|vis|od|extinction|transm\w*)([^a-z]|$)",
}
_LAMPS = r"(^|[^a-z])(lamp|halogen|tungsten|calibration)([^a-z]|$)"
_DARK = r"(^|[^a-z])(dark|background|bkgd?|bg)([^a-z]|$)"
_EXCITATION = r"(^|[^a-z])(excitation|ple)([^a-z]|$)"
_NO_SAMPLE = rf"(^|[^a-z])(baseline|blank|solvent|reference|toluene|hexane|100%t|0%t)([^a-z]|$)|{_DARK}|{_LAMPS}"
_FAMILIES = {"emission": data.EMISSION_QUANTITIES, "absorption": data.ABSORPTION_QUANTITIES}
CERTIFIED = ("photons_per_nm", "photons_per_ev", "power_per_nm", "power_per_ev")
MOST_RIVALS = 6


class Found(NamedTuple):
    """One file of the folder: its measurements, or why it could not be read."""

    path: Path
    datasets: tuple[xr.Dataset, ...]
    problem: str = ""


class Candidate(NamedTuple):
    """A measurement that may be what a section of study.toml is for, and why it is taken for that."""

    found: Found
    ds: xr.Dataset
    why: str

    @property
    def name(self) -> str:
        """Name of its file."""
        return self.found.path.name


def look(path: Path, kind: str | None = None) -> Found:
    """Read all measurements of a file, or note why not."""
    try:
        return Found(path, tuple(data.with_source(ds, path.name) for ds in io.read_all(path, kind=kind)))
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
    left = [p.name for p in inside if p.suffix.lower() not in suffixes]
    text = _toml(where, found, left)
    replace(target, lambda path: path.write_text(text, encoding="utf-8"))
    return target


def kind_of(path: Path, ds: xr.Dataset) -> tuple[str, str]:
    """Kind of a measurement and why: what its file says, else what the file's name suggests, else unknown."""
    if ds.attrs["kind"] != "spectrum":
        return str(ds.attrs["kind"]), "stated in the file"
    for kind, pattern in _NAMES.items():
        if re.search(pattern, path.stem.lower()) and ds.attrs.get("quantity") in (None, *_FAMILIES[kind]):
            return kind, f"guessed from the file name {path.name!r}"
    return "spectrum", "not recognised"


def _toml(where: Path, found: Sequence[Found], left: Sequence[str]) -> str:
    sources = _candidates(found)
    temperature = _temperature(sources["emission"] + sources["absorption"])
    lines = [
        "# Written by antistokes init. Every line with a guess says so: correct it. Documented in docs/study-toml.md.",
        "",
        "[study]",
        f"name = {_quoted(where.resolve().name)}",
        *temperature,
        *_excitation(sources["emission"], sources["absorption"]),
    ]
    for kind, candidates in sources.items():
        lines += ["", *_source(kind, candidates, found)]
    lines += [*_lamp(found), *_others(found, sources)]
    if left:
        lines.append(_plain(f"# Left out by their suffix (antistokes inspect FILE reads them): {', '.join(left)}"))
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
    if sources["emission"] and sources["absorption"]:
        first = [candidates[0].ds.attrs for candidates in sources.values()]
        known = not temperature[0].startswith("#") or any("temperature_k" in attrs for attrs in first)
        lines += ["", *_lineshape(known)]
    return "\n".join(lines) + "\n"


def _candidates(found: Sequence[Found]) -> dict[str, list[Candidate]]:
    """Return what may be the emission and the absorption, the likeliest first."""
    sources: dict[str, list[Candidate]] = {"emission": [], "absorption": []}
    for f in found:
        for ds in f.datasets:
            kind, why = kind_of(f.path, ds)
            if kind in sources and _is_of_a_sample(f, ds):
                sources[kind].append(Candidate(f, ds, why))
    emission = sources["emission"] or _uncalled(found)
    emission.sort(key=lambda c: bool(re.search(_EXCITATION, f"{c.found.path.stem} {_column(c.ds)}".lower())))
    absorption = sources["absorption"]
    if emission:  # of several samples in one folder, files of one sample begin alike
        absorption.sort(key=lambda c: -_alike(c.name, emission[0].name))
    return {"emission": emission, "absorption": absorption}


def _alike(a: str, b: str) -> int:
    """Return how many characters two names have in common at their beginning."""
    same = [x == y for x, y in zip(a.lower(), b.lower(), strict=False)]
    return same.index(False) if False in same else len(same)


def _uncalled(found: Sequence[Found]) -> list[Candidate]:
    """Return spectra of light that nothing calls an emission, such as those of cameras."""
    why = "not stated: light over wavelength or energy, and nothing else here is called an emission"
    return [
        Candidate(f, ds, why)
        for f in found
        if not any(ds.attrs["kind"] == "absorption" for ds in f.datasets)  # else it is the light behind a cuvette
        for ds in f.datasets
        if ds.attrs["kind"] == "spectrum"
        and ds.attrs.get("quantity") in data.EMISSION_QUANTITIES
        and _is_of_a_sample(f, ds)
    ]


def _temperature(candidates: Sequence[Candidate]) -> list[str]:
    stated = _stated("temperature_k", candidates)
    if not stated:
        return ["# temperature_k = 295       # temperature of the sample; needed to judge detailed balance"]
    rival = "# " if len(stated) > 1 else ""
    return [f"{rival}temperature_k = {value:.10g}  # stated in {files}" for value, files in stated.items()]


def _excitation(emission: Sequence[Candidate], absorption: Sequence[Candidate]) -> list[str]:
    """Return the excitation that the files of the emission agree on, where it lies inside the absorption."""
    stated = _stated("excitation_nm", emission)
    if not stated:
        return ["# excitation_nm = [660]     # excitation wavelengths at which to state gains and efficiencies"]
    low, high = _span_nm(absorption[0].ds) if absorption else (0.0, float("inf"))
    lines = []
    for value, files in stated.items():
        inside = low <= value <= high
        outside = "" if inside else f"; outside {absorption[0].name}, {low:.5g} to {high:.5g} nm"
        rival = "# " if len(stated) > 1 or not inside else ""
        lines.append(_plain(f"{rival}excitation_nm = [{value:.10g}]  # stated in {files}{outside}"))
    return lines


def _stated(name: str, candidates: Sequence[Candidate]) -> dict[float, str]:
    """Return each value that is stated, with the files that state it, in words."""
    files: dict[float, list[str]] = {}
    for c in candidates:
        if name in c.ds.attrs:
            files.setdefault(float(c.ds.attrs[name]), []).append(c.name)
    each = {value: list(dict.fromkeys(names)) for value, names in files.items()}
    return {v: _plain(", ".join(n[:3]) + (f" and {len(n) - 3} more" if len(n) > 3 else "")) for v, n in each.items()}


def _span_nm(ds: xr.Dataset) -> tuple[float, float]:
    axis = data.axis_of(ds)
    ends = ds[axis].values[[0, -1]].astype(float)
    ends = ends if axis == "wavelength" else units.wavelength_from_energy(ends, ds.attrs.get("medium", "air"))
    return float(min(ends)), float(max(ends))


def _source(kind: str, candidates: Sequence[Candidate], found: Sequence[Found]) -> list[str]:
    if not candidates:
        return [f"# [{kind}]                # no file was recognised as {kind}", '# file = "..."', '# quantity = "..."']
    first = candidates[0]
    names = {c.name: c.why for c in candidates}
    lines = [f"[{kind}]", f"file = {_quoted(first.name)}  # kind {_plain(first.why)}"]
    rivals = [(name, why) for name, why in names.items() if name != first.name]
    lines += [f"# file = {_quoted(name)}  # a rival: kind {_plain(why)}" for name, why in rivals[:MOST_RIVALS]]
    if len(rivals) > MOST_RIVALS:
        lines.append(f"#   and {len(rivals) - MOST_RIVALS} rivals more, among the other files below")
    if len(first.found.datasets) > 1:
        others = ", ".join(_quoted(_column(c.ds)) for c in candidates[1:] if c.name == first.name)
        comment = f"# column = {_quoted(_column(first.ds))}  # name one; others: {others}"
        lines.append(comment if others else f"column = {_quoted(_column(first.ds))}")
    lines.append(_quantity(kind, first.ds))
    lines += _frames(first.ds)
    lines += _dark(first, found) if kind == "emission" else []
    if kind == "emission" and "excitation_nm" not in first.ds.attrs:
        lines.append(
            "# excitation_nm = 532       # of this spectrum, unlike that of [study]; it selects among unequal dots"
        )
    if kind == "absorption" and "path_cm" not in first.ds.attrs:
        lines.append("# path_cm = 1.0             # path length; needed for absorption per cm")
    lines += [_plain(f"# note: {note}") for note in data.notes_of(first.ds)]
    return lines


def _quantity(kind: str, ds: xr.Dataset) -> str:
    stated = ds.attrs.get("quantity")
    if stated is not None:
        return f"quantity = {json.dumps(stated)}  # stated in the file"
    return f'# quantity = "..."          # the file does not say: declare one of {", ".join(_FAMILIES[kind])}'


def _frames(ds: xr.Dataset) -> list[str]:
    from antistokes.analysis.frames import MIN_SAMPLES  # the analyses take a second to import: not to look at a file

    count, samples = ds["signal"].sizes.get("frame", 1), ds["signal"].shape[-1]
    if count < 2 or samples < MIN_SAMPLES:
        return []
    return [f"cosmic_rays = true        # {count} frames: their mean is used, without what only one of them shows"]


def _dark(of: Candidate, found: Sequence[Found]) -> list[str]:
    """Suggest the darks that lie on the samples of a spectrum in counts."""
    if of.ds.attrs.get("quantity") != "counts":
        return []
    lines: list[tuple[int, str]] = []
    for f in found:
        for ds in f.datasets:
            named = re.search(_DARK, f"{f.path.stem} {_column(ds)}".lower())
            if named and ds is not of.ds and _is_spectrum(ds) and ds["signal"].shape[-1] == of.ds["signal"].shape[-1]:
                column = f", column = {_quoted(_column(ds))}" if len(f.datasets) > 1 else ""
                alike = _alike(f.path.name, of.name)
                lines.append((-alike, f"# dark = {{ file = {_quoted(f.path.name)}{column} }}  # guessed from its name"))
    return [line for _, line in sorted(lines, key=itemgetter(0))]


def _is_of_a_sample(f: Found, ds: xr.Dataset) -> bool:
    """Whether it is a spectrum, and not by its name one of a solvent, a lamp or no light."""
    return _is_spectrum(ds) and not re.search(_NO_SAMPLE, f"{f.path.stem} {_column(ds)}".lower())


def _is_spectrum(ds: xr.Dataset) -> bool:
    """Whether it is one spectrum, or repeated frames of one."""
    return ds["signal"].dims[-1] in data.SPECTRAL and ds["signal"].dims[:-1] in ((), ("frame",))


def _lamp(found: Sequence[Found]) -> list[str]:
    """Suggest a calibration where a file is named like a lamp: one in counts is measured, one of light certified."""
    named = [f for f in found if f.datasets and re.search(_LAMPS, f.path.stem.lower())]
    if not named:
        return []
    dark = {f.path.name for f in named if re.search(_DARK, f.path.stem.lower())}
    light = {f.path.name for f in named if f.datasets[0].attrs.get("quantity") in CERTIFIED}
    names = [f.path.name for f in named]
    lamps = [name for name in names if name not in dark | light]
    certificate = next((_quoted(name) for name in names if name in light), "...")
    return [
        "",
        f"# [calibration]            # guessed from the file name: {', '.join(map(_quoted, names))}",
        f"# file = {_quoted(lamps[0]) if lamps else '...'}",
        '# quantity = "counts"',
        *(f"# dark = {_quoted(name)}" for name in names if name in dark),
        f"# certificate = {{ file = {certificate} }}   # or: colour_temperature_k = 2900",
    ]


def _lineshape(known: bool) -> list[str]:
    """Return the table that has the line shape fitted, with the family of dots it begins with by default.

    It is commented out where the temperature is not known, for then there is nothing to fit.
    """
    from antistokes.physics.presets import PRESETS  # not to look at a file
    from antistokes.verdict.config import Lineshape

    first, off = Lineshape().coupling, "" if known else "# "
    needs = "takes seconds, and needs this table" if known else "needs this table and temperature_k above"
    return [
        f"{off}[lineshape]                # fits absorption and emission at once; {needs}",
        f"{off}coupling = {_quoted(first)}  # assumed family of dots; others: "
        + ", ".join(k for k in PRESETS if k != first),
    ]


def _others(found: Sequence[Found], sources: dict[str, list[Candidate]]) -> list[str]:
    """Say what the files hold that are not used above."""
    used = {candidates[0].found.path for candidates in sources.values() if candidates}
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
