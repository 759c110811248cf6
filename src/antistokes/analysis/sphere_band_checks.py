"""What the spectra of an integrating sphere show that makes their integrals doubtful, said with the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, zip_longest
from typing import NamedTuple

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.analysis.gaps import gaps
from antistokes.analysis.sphere_run import CONFIGURATIONS, Part, Range, Setup
from antistokes.errors import DataError
from antistokes.units import FloatArray

EDGE_OF_EMISSION = 0.01  # of the band's maximum, as for emission elsewhere (assumed)
OUTER = 0.04  # of the samples of the emission's band make the level at its end; three at least (assumed)
BRIDGED = 0.005  # of a band's light on straight lines over gaps (assumed)
WIDEST_GAP = 0.25  # of a band (assumed)
GAP_AT_TOP = 0.1  # of the width of what stands there; a straight line over a Gaussian's top then loses .04 % of it
SECOND_ORDER = 0.005  # of the emission (assumed)
KINDS = ("sphere", "emission", "spectrum")


def refuse_spectrum(ds: xr.Dataset, setup: Setup, where: str) -> None:
    """Raise where a spectrum is of another kind, or was excited outside the laser's band."""
    name = data.label(ds)
    if ds.attrs["kind"] not in KINDS:
        raise DataError(f"{where}, {name}: a sphere holds spectra of light, and this is of kind {ds.attrs['kind']!r}.")
    excited = ds.attrs.get("excitation_nm")
    if excited is None or setup.laser_nm[0] <= excited <= setup.laser_nm[1]:
        return
    swapped = setup.emission_nm[0] <= excited <= setup.emission_nm[1]
    hint = "It lies in emission_nm: are the bands swapped?" if swapped else "Which of both is right?"
    raise DataError(
        f"{where}, {name}: it states that it was excited at {excited:g} nm, outside laser_nm = "
        f"{setup.laser_nm[0]:g}-{setup.laser_nm[1]:g} nm. {hint}"
    )


def doubts_of_gaps(part: str, found: Part, band: Range, where: str, *, bright: bool) -> list[str]:
    """Warn of gaps in a band that straight lines bridge; raise where they cannot stand for what is missing.

    ``bright``: the configuration in which the band's light is the measurement, so that its maximum means something.
    """
    x, y, nm = found.position, found.value, found.wavelength_nm
    missing = gaps(x)
    if not missing:
        return []
    width = float(found.weights[y > y.max() / 2].sum())
    for i in missing:
        low, high = sorted((float(nm[i]), float(nm[i + 1])))
        share = (min(high, band[1]) - max(low, band[0])) / (band[1] - band[0])
        at_top = bright and int(np.argmax(y)) in (i, i + 1) and abs(float(x[i + 1] - x[i])) > GAP_AT_TOP * width
        if share > WIDEST_GAP or at_top:
            why = (
                "the maximum lies at its edge, which is over a tenth of its width wide"
                if at_top
                else f"that is {share:.0%} of the band"
            )
            raise DataError(
                f"{where}, {found.name}: no samples between {low:g} and {high:g} nm in the {part}'s band, and {why}; "
                "a straight line cannot stand for them. Measure that range, or take another band."
            )
    bridged = sum(float(y[i] + y[i + 1]) * abs(float(x[i + 1] - x[i])) / 2 for i in missing)
    share = bridged / found.photons if found.photons > 0 else 0.0
    if not bright or share < BRIDGED:
        return []
    places = ", ".join("{:g}-{:g} nm".format(*sorted((nm[i], nm[i + 1]))) for i in missing)
    return [f"{found.name}: {share:.1%} of the {part}'s light is a straight line over a gap ({places})."]


class _End(NamedTuple):
    """Mean of the outer samples of a band: wavelength of its end [nm], level and noise."""

    at: float
    level: float
    noise: float


def _ends(found: Part, n: int) -> tuple[_End, _End]:
    """Return both ends of a band, the blue one first."""
    order = np.argsort(found.wavelength_nm)
    x, y, sd = found.wavelength_nm[order], found.value[order], found.sd[order]
    blue, red = (
        _End(float(x[i]), float(y[s].mean()), float(np.sqrt(np.sum(sd[s] ** 2)) / n))
        for i, s in ((0, slice(None, n)), (-1, slice(-n, None)))
    )
    return blue, red


def laser_edges(parts: dict[str, Part], scales: dict[str, float]) -> list[tuple[float, str]]:
    """Return where the laser's band does not end at the baseline, by more than noise.

    Each with the light that a level like that along the band is, over that of the empty sphere: by so much at most the
    absorptance is too small. ``scales`` make a part's photons those of the same time and attenuation.
    """
    whole, edges = scales["laser_empty"] * parts["laser_empty"].photons, []
    for key, found in parts.items():
        end = max(_ends(found, min(3, found.value.size // 3)), key=lambda end: end.level)
        if not key.startswith("laser") or end.level < 4 * end.noise:
            continue
        share = end.level * float(found.weights.sum()) * scales[key] / whole
        edges.append(
            (
                share,
                f"{found.name}: at {end.at:g} nm the laser's band does not end at the baseline; a level like that "
                f"along the band is {100 * share:.2g} % of the empty sphere's laser light. If it is no laser, the "
                f"absorptance would be higher by up to {share:.1g}; laser that is cut off leaves the absorptance as it "
                "is where all configurations lose the same part, and makes the yield too high by that part.",
            )
        )
    return edges


def doubts_of_edges(found: Part, setup: Setup) -> list[str]:
    """Warn of an emission's band that does not begin and end at the baseline, by more than noise."""
    n = min(max(3, int(np.ceil(OUTER * found.value.size))), found.value.size // 3)
    ends = _ends(found, n)
    at, level, noise = max(ends, key=lambda end: end.level)
    top = max(float(found.value.max()), 1e-300)
    if level < 4 * noise or level / top < EDGE_OF_EMISSION:
        return []
    line = np.interp(found.wavelength_nm, [end.at for end in ends], [max(end.level, 0.0) for end in ends])
    below = float(found.weights @ line) / max(found.photons, 1e-300)
    laser = sum(setup.laser_nm) / 2
    beside = abs(at - laser) == min(abs(end.at - laser) for end in ends)
    tail = _beyond(found, n, red=at == ends[1].at)
    what = []
    if np.isfinite(tail):
        what.append(f"emission that is cut off, {tail / found.photons:.1%} of it if it goes on falling like that")
    if below < 1 or not what:  # beyond, the band cannot stand on it
        instead = "scattered laser" if beside else "a background"
        what.append(f"{instead}, {below:.1%} of the emission if the band stands on a straight line through both ends")
    return [
        f"{found.name}: at {at:g} nm the emission's band stands at {level / top:.1%} +- {noise / top:.1%} of its "
        f"maximum: {'; or '.join(what)}."
    ]


def _beyond(found: Part, n: int, *, red: bool) -> float:
    """Return the light beyond an end of a band by the exponential through its last 2n samples; infinite if none."""
    out = np.argsort(found.wavelength_nm)[:: -1 if red else 1]
    x, y = found.position[out], found.value[out]
    last, before = float(y[:n].mean()), float(y[n : 2 * n].mean())
    if not 0 < last < before:
        return float("inf")
    length = abs(float(x[:n].mean() - x[n : 2 * n].mean())) / np.log(before / last)
    if length > abs(float(x[-1] - x[0])):
        return float("inf")
    return float(last * np.exp(-abs(x[:n].mean() - x[0]) / length) * length)


def doubts_of_second_order(parts: dict[str, Part], scales: dict[str, float]) -> list[str]:
    """Warn where a grating shows the laser within the emission's band, or may where no blank tells."""
    laser, emission, blank = parts["laser_empty"], parts["emission_direct"], parts.get("emission_empty")
    twice = 2 * float(laser.wavelength_nm[int(np.argmax(laser.value))])
    if not _covers(emission, twice):
        return []
    seen = None if blank is None or not _covers(blank, twice) else _line(blank, twice, _width_nm(laser))
    if blank is not None and seen is not None:
        whole = scales["emission_direct"] * emission.photons
        excess, noise = (scales["emission_empty"] * v / whole if whole > 0 else 0.0 for v in seen)
        if excess + 2 * noise < SECOND_ORDER:
            return []
        return [
            f"{blank.name}: around {twice:g} nm, twice the laser's wavelength, the empty sphere shows {excess:.2%} +- "
            f"{noise:.2%} of the emission: the laser in the grating's second order, unless a filter blocks it. That "
            "light follows the laser, and no interval holds it."
        ]
    return [
        f"{emission.name}: {twice:g} nm, twice the laser's wavelength, lies in the emission's band: a grating shows "
        "the laser there in its second order unless a filter blocks it. That light follows the laser, and no interval "
        "holds it."
    ]


def _covers(part: Part, at: float) -> bool:
    nm = part.wavelength_nm
    left_out = any(min(nm[i], nm[i + 1]) < at < max(nm[i], nm[i + 1]) for i in gaps(nm))
    return bool(nm.min() <= at <= nm.max()) and not left_out


def _width_nm(line: Part) -> float:
    """Full width of a line at half of its maximum, two samples at least [nm]."""
    nm = line.wavelength_nm[line.value > line.value.max() / 2]
    return float(max(np.ptp(nm), 2 * np.median(np.abs(np.diff(line.wavelength_nm)))))


def _line(part: Part, at: float, width: float) -> tuple[float, float] | None:
    """Return light within a width of a place over that of its neighbours, and its noise; None with too few samples."""
    away = np.abs(part.wavelength_nm - at)
    inside, beside = away <= width, (away > 2 * width) & (away <= 4 * width)
    if inside.sum() < 2 or beside.sum() < 2:
        return None
    w = part.weights
    excess = float(w[inside] @ part.value[inside] - w[inside].sum() * part.value[beside].mean())
    variance = np.sum((w * part.sd)[inside] ** 2) + w[inside].sum() ** 2 * np.mean(part.sd[beside] ** 2) / beside.sum()
    return excess, float(variance) ** 0.5


def refuse_same_runs(spheres: Sequence[data.Sphere]) -> None:
    """Raise where two runs hold the same numbers throughout: a run that is given twice."""
    for (i, one), (j, other) in combinations(enumerate(spheres, 1), 2):
        pairs = [pair for key in CONFIGURATIONS for pair in zip_longest(getattr(one, key), getattr(other, key))]
        both = [(_values(a), _values(b)) for a, b in pairs if a is not None and b is not None]
        alike = len(both) == len(pairs) and all(np.array_equal(a, b) for a, b in both)
        if alike and any(np.ptp(a) > 0 for a, _ in both):
            raise DataError(f"run {i} and run {j} hold the same numbers: a run that is given twice is no repeat.")


def refuse_same_in_two(spectra: dict[str, tuple[xr.Dataset, ...]], name: str) -> None:
    """Raise where two configurations hold the same numbers: one file in two places."""
    for (one, group), (other, beside) in combinations(spectra.items(), 2):
        for a in group:
            for b in beside:
                if _same(a, b):
                    raise DataError(
                        f"{name}{CONFIGURATIONS[one]} and {CONFIGURATIONS[other]} hold the same numbers "
                        f"({data.label(a)}, {data.label(b)}); noise alone makes them differ. Was a file given twice?"
                    )


def doubts_of_shared_spectra(spheres: Sequence[data.Sphere]) -> list[str]:
    """Warn where runs share the spectra of a configuration, whose error then is in no scatter."""
    shared = {
        key
        for one, other in combinations(spheres, 2)
        for key in CONFIGURATIONS
        if any(_same(a, b) for a in getattr(one, key) for b in getattr(other, key))
    }
    return [
        f"Runs share spectra of {CONFIGURATIONS[key]}: their error is in no scatter of repeats, no interval holds it."
        for key in CONFIGURATIONS
        if key in shared
    ]


def _same(a: xr.Dataset, b: xr.Dataset) -> bool:
    """Tell whether two spectra are alike to the last digit; nothing but one number throughout tells nothing."""
    one, other = _values(a), _values(b)
    return one.shape == other.shape and bool(np.ptp(one) > 0 and np.array_equal(one, other))


def _values(ds: xr.Dataset) -> FloatArray:
    return np.asarray(np.nan_to_num(np.asarray(ds["signal"].values, dtype=float)))
