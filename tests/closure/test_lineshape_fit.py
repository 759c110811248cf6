"""Virtual lab -> fit of the line shape -> the truth comes back, and the intervals cover it as often as they say.

One sample, set B (or what the setting says) with nine states, as unequal as the setting says. Intervals from the
profile and from the curvature are counted side by side. Seeds are 0...n-1; the accepted region is the 99.9 % binomial
one of the nominal 95 %.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom

import antistokes as ans
from antistokes import scale
from antistokes.analysis.lineshape_intervals import estimated
from antistokes.estimate import Estimate
from antistokes.lab import spectra as lab
from antistokes.physics import presets
from antistokes.physics.coupling import Bath, Coupling
from antistokes.physics.ensemble import exponential_shifts

NAMES = {
    "e00_ev": "E_00",
    "reorganisation_mev": "reorganisation energy",
    "inhomogeneous_width_mev": "width",
    "skewness": "skewness",
}


SET_B = presets.preset("cdse-cds-zb").coupling


class Setting(NamedTuple):
    """How unequal the dots are [meV], how much light there is, slits, UCPL and excitation [nm], another truth."""

    width_mev: float
    photons: float = 1e7
    peak_photons: float = 1e4
    bandpass_nm: float = 0.0
    ucpl_nm: float | None = None
    excitation_nm: float | None = None
    coupling: Coupling = SET_B  # of the truth; the fit begins with set B
    blue_tail_mev: float = 0.0


SETTINGS = {
    f"{light}, {width:g} meV": Setting(width, *counts)
    for light, counts in {"bright": (1e7, 1e4), "dim": (1e6, 1e3)}.items()
    for width in (3.0, 10.0, 25.0)
} | {
    "slits of 3 nm": Setting(10.0, bandpass_nm=3.0),
    "UCPL at 650 nm": Setting(10.0, ucpl_nm=650.0),
    "excited at 532 nm, 10 meV": Setting(10.0, excitation_nm=532.0),
    "excited at 532 nm, 18 meV": Setting(18.0, excitation_nm=532.0),
    "slow bath": Setting(8.0, coupling=Coupling(slow_mev=18.4)),
    "bath of 8 meV": Setting(8.0, coupling=SET_B._replace(baths=(Bath(11.5, 8.0),))),
    "blue tail": Setting(3.0, blue_tail_mev=8.0),
}


def sample(setting: Setting) -> lab.Sample:
    tail = setting.blue_tail_mev
    shifts = exponential_shifts(setting.width_mev, tail, 401) if tail else None
    return lab.Sample(
        inhomogeneous_width_mev=setting.width_mev, coupling=setting.coupling, shifts=shifts, absorption_per_cm=2.0
    )


def measure(seed: int, setting: Setting) -> tuple[xr.Dataset, list[xr.Dataset]]:
    """An absorption edge, the emission, and where asked for, what a laser in the tail excites, blue of its line."""
    absorption, emission = lab.absorption_and_emission(
        sample(setting),
        seed=seed,
        absorption_nm=np.arange(505.0, 720.5),
        excitation_nm=setting.excitation_nm,
        photons=setting.photons,
        peak_photons=setting.peak_photons,
        bandpass_nm=setting.bandpass_nm,
    )
    if setting.ucpl_nm is None:
        return absorption, [emission]
    upconverted = lab.measure_emission(
        sample(setting),
        np.arange(560.0, setting.ucpl_nm - 7.75, 0.5),
        np.random.default_rng([seed, 1]),
        peak_photons=setting.peak_photons,
        excitation_nm=setting.ucpl_nm,
    )
    return absorption, [emission, upconverted]


def one_run(task: tuple[int, str]) -> dict[str, Estimate]:
    """Measure and fit once; the same fit gives both kinds of intervals."""
    seed, name = task
    fit = ans.fit_lineshape(*measure(seed, SETTINGS[name]))
    curvature = estimated(fit.solution, "t", 0.95)[1]
    found = {"profile": fit, "t": curvature}
    return {f"{text}, {how}": getattr(f, field) for how, f in found.items() for field, text in NAMES.items()}


def truth(name: str) -> dict[str, float]:
    s = sample(SETTINGS[name])
    skewness = 2 * SETTINGS[name].blue_tail_mev ** 3 / s.inhomogeneous_width_mev**3
    true = (s.e00_ev, s.reorganisation_mev, s.inhomogeneous_width_mev, skewness)
    both = {how: dict(zip(NAMES.values(), true, strict=True)) for how in ("profile", "t")}
    return {f"{text}, {how}": value for how, pairs in both.items() for text, value in pairs.items()}


def holds(found: Estimate, true: float) -> bool:
    """A limit says nothing of the other side."""
    low = -np.inf if found.kind == "upper limit" else found.low
    high = np.inf if found.kind == "lower limit" else found.high
    return bool(low <= true <= high)


def covered(name: str, n: int) -> Iterator[tuple[str, int]]:
    """Number of intervals that hold the truth."""
    true, hits = truth(name), defaultdict(int)
    with scale.mapper("processes" if n > 200 else "serial") as mapped:
        for found in mapped(one_run, [(seed, name) for seed in range(n)]):
            for quantity, e in found.items():
                hits[quantity] += holds(e, true[quantity])
    yield from hits.items()


def check(name: str, n: int) -> None:
    low, high = binom.interval(0.999, n, 0.95)
    found = dict(covered(name, n))
    assert len(found) == 2 * len(NAMES)
    assert not {quantity: held for quantity, held in found.items() if not low <= held <= high}


@pytest.mark.parametrize("name", ["dim, 10 meV", "excited at 532 nm, 10 meV"])
def test_intervals_cover(name: str) -> None:
    check(name, 40)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SETTINGS))
def test_intervals_cover_large(name: str) -> None:
    check(name, 400)
