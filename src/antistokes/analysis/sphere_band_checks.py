"""What the spectra of an integrating sphere show that makes their integrals doubtful, said with the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.analysis.gaps import gaps
from antistokes.analysis.sphere_run import CONFIGURATIONS, Part, Range, Setup
from antistokes.errors import DataError
from antistokes.units import FloatArray

EDGE_OF_LASER = 0.01  # part of the laser's integral that a level as found at its band's edges would make (assumed)
EDGE_OF_EMISSION = 0.01  # of the band's maximum, as for emission elsewhere (assumed)
OUTER = 0.04  # of the samples of the emission's band make the level at its end; three at least (assumed)
BRIDGED = 0.005  # of a band's light on straight lines over gaps (assumed)
WIDEST_GAP = 0.25  # of a band (assumed)
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
    for i in missing:
        low, high = sorted((float(nm[i]), float(nm[i + 1])))
        share = (min(high, band[1]) - max(low, band[0])) / (band[1] - band[0])
        at_top = bright and int(np.argmax(y)) in (i, i + 1)
        if share > WIDEST_GAP or at_top:
            why = "the maximum lies at its edge" if at_top else f"that is {share:.0%} of the band"
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


def doubts_of_edges(part: str, found: Part, setup: Setup, configuration: str) -> list[str]:
    """Warn of a band that does not begin and end at the baseline, by more than noise."""
    if part == "emission" and configuration != "direct":
        return []
    order = np.argsort(found.wavelength_nm)
    x, y, sd = found.wavelength_nm[order], found.value[order], found.sd[order]
    n = min(max(3, int(np.ceil(OUTER * x.size)) if part == "emission" else 0), x.size // 3)
    ends = {float(x[0]): slice(None, n), float(x[-1]): slice(-n, None)}
    at, level, noise = max(
        ((e, float(y[s].mean()), float(np.sqrt(np.sum(sd[s] ** 2)) / n)) for e, s in ends.items()), key=lambda v: v[1]
    )
    if level < 4 * noise:
        return []
    flat = level * float(found.weights.sum()) / max(found.photons, 1e-300)
    if part == "laser":
        if flat < EDGE_OF_LASER:
            return []
        return [
            f"{found.name}: at {at:g} nm the laser's band does not end at the baseline; a level like that along the "
            f"band is {flat:.1%} of the laser's integral. Light that is no laser makes the absorptance too small; "
            "laser that is cut off leaves the absorptance as it is where all configurations lose the same part, and "
            "makes the yield too high by that part."
        ]
    top = max(float(y.max()), 1e-300)
    if level / top < EDGE_OF_EMISSION:
        return []
    laser = sum(setup.laser_nm) / 2
    beside = abs(at - laser) == min(abs(e - laser) for e in ends)
    tail = _beyond(found, n, red=at == float(x[-1]))
    what = []
    if np.isfinite(tail):
        what.append(f"emission that is cut off, {tail / found.photons:.1%} of it if it goes on falling like that")
    if flat < 1 or not what:  # beyond, the band cannot stand on it
        instead = "scattered laser" if beside else "a background"
        what.append(f"{instead}, {flat:.1%} of the emission if all of the band stands on it")
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


def doubts_of_second_order(laser: Part, emission: Part) -> list[str]:
    """Warn where a grating may show the laser within the emission's band, unless that place was left out."""
    twice = 2 * float(laser.wavelength_nm[int(np.argmax(laser.value))])
    nm = emission.wavelength_nm
    left_out = any(min(nm[i], nm[i + 1]) < twice < max(nm[i], nm[i + 1]) for i in gaps(nm))
    if left_out or not nm.min() <= twice <= nm.max():
        return []
    return [
        f"{twice:g} nm, twice the laser's wavelength, lies in the emission's band: a grating shows the laser there in "
        "its second order unless a filter blocks it. That light follows the laser, and no interval holds it."
    ]


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
