"""One truth in two geometries: the quotient of yields comes back, its interval covers, what is wrong is found."""

from collections import Counter

import numpy as np
import pytest

from antistokes.analysis.ple import ple_ratio
from antistokes.lab.optics import Spectrometer
from antistokes.lab.sample import Sample
from antistokes.lab.spectra import measure_absorption
from antistokes.lab.spectrometer import measure_lamp, measure_ple
from tests.unit.analysis.ple_bench import WINDOW, measure

PEAKS = (0.05, 0.1, 0.25, 0.5, 1.0)
OFFSET_SD = 1e-4


def compare(seed, geometry, peak=None, offset_sd=OFFSET_SD, step=2.0, **truth):
    peak = PEAKS[seed % len(PEAKS)] if peak is None else peak
    ple, absorption, lamp = measure(seed, peak, geometry, offset_sd=offset_sd, step=step, **truth)
    return ple_ratio(ple, absorption, window=WINDOW, lamp=lamp, baseline_sd=offset_sd)


def inside(estimate, truth):
    return estimate.low <= truth <= estimate.high


@pytest.mark.parametrize(
    ("n", "least", "most"), [(20, 0.75, 1.0), pytest.param(200, 0.895, 0.990, marks=pytest.mark.slow)]
)
def test_right_angle_and_front_face_tell_the_same(n, least, most):
    """Absorbance .05 to 1 at the first maximum: equal within the intervals, and 1 within the margin of 5 %."""
    equal, within, covered = 0, 0, Counter()
    for seed in range(n):
        right, front = (compare(seed, geometry) for geometry in ("right-angle", "front-face"))
        equal += max(right.ratio.low, front.ratio.low) <= min(right.ratio.high, front.ratio.high)
        within += all(abs(found.ratio.value - 1) < 0.05 for found in (right, front))
        for where, found in (("right", right), ("front", front)):
            covered[where, "ratio"] += inside(found.ratio, 1.0)
            covered[where, "down"] += inside(found.down_slope, 0.0)
            covered[where, "up"] += inside(found.up_slope, 0.0)
    assert equal >= 0.95 * n and within >= 0.95 * n
    assert all(least * n <= hits <= most * n for hits in covered.values()), covered


@pytest.mark.slow
@pytest.mark.parametrize("photons", [1e4, 2e6])
@pytest.mark.parametrize("offset_sd", [1e-4, 1e-3])
def test_intervals_cover(photons, offset_sd):
    covered, n = Counter(), 200
    for seed in range(n):
        peak = (0.25, 0.5, 1.0)[seed % 3]
        found = compare(seed, "right-angle", offset_sd=offset_sd, photons=photons, step=1.0, peak=peak)
        covered["ratio"] += inside(found.ratio, 1.0)
        covered["down"] += inside(found.down_slope, 0.0)
        covered["up"] += inside(found.up_slope, 0.0)
    assert all(0.895 * n <= hits <= 0.990 * n for hits in covered.values()), covered


def test_a_yield_of_nine_tenths_is_told_from_one():
    wrong, covered, n = 0, 0, 20
    for seed in range(n):
        found = compare(seed, "right-angle", peak=0.5, up=0.9)
        wrong += found.equivalences[0].outcome == "contradicts"
        covered += inside(found.ratio, 0.9)
    assert wrong == n
    assert covered >= 15  # the lower end of the 99.9 % region of .95 in 20


def test_a_slope_is_found():
    """2 %/100 meV over down-conversion, where 1 is allowed."""
    for seed in range(8):
        found = compare(seed, "right-angle", peak=0.5, slope=0.2)
        assert found.equivalences[1].outcome == "contradicts"
        assert found.down_slope.value == pytest.approx(2.0, abs=4 * found.down_slope.sd)


def test_the_same_yield_is_shown_to_be_the_same():
    """Not only not contradicted: with an offset of 1e-4 an absorbance of .25 is enough."""
    outcomes = Counter(compare(seed, "right-angle", peak=0.25).equivalences[0].outcome for seed in range(20))
    assert outcomes["supports"] >= 19


def test_absorptance_at_right_angles_is_wrong():
    """At absorbance 1 in the maximum, less in the rest of the band: the ratio is 19 % too high, and told as no 1."""
    for seed in range(8):
        ple, absorption, lamp = measure(seed, 1.0, "right-angle", offset_sd=OFFSET_SD, step=2.0)
        found = ple_ratio(ple, absorption, geometry="front-face", lamp=lamp, baseline_sd=OFFSET_SD)
        assert found.equivalences[0].outcome == "contradicts"
        assert found.ratio.value == pytest.approx(1.19, abs=0.01)


@pytest.mark.parametrize("leak", [3e-3, 3e-2])
def test_a_leak_of_second_order_is_found(leak):
    """Light of half the wavelength, absorbed far above the gap: a constant part of the signal."""
    found = [compare(seed, "right-angle", peak=0.25, extra=lambda nm: leak) for seed in range(20)]
    seen = [f for f in found if f.defect is not None and f.defect.kind == "value"]
    assert len(seen) >= 18
    assert all("exceeds what absorption explains" in f.warnings[0] for f in seen)
    if leak > 0.01:  # 6 % of the signal of up-conversion
        assert all(f.equivalences[0].outcome == "contradicts" and f.ratio.low > 1.05 for f in found)


def test_an_excitation_band_of_defects_is_found():
    def band(nm):
        return 3e-3 * np.exp(-0.5 * ((nm - 665) / 8) ** 2)

    found = [compare(seed, "right-angle", peak=0.5, extra=band) for seed in range(20)]
    assert sum(any("no straight line" in w for w in f.warnings) for f in found) >= 19
    without = [compare(seed, "right-angle", peak=0.5) for seed in range(20)]
    assert sum(any("no straight line" in w for w in f.warnings) for f in without) <= 1
    limits = [f.defect.value for f in without if f.defect is not None and f.defect.kind == "upper limit"]
    assert len(limits) >= 18 and np.median(limits) < 3e-4


@pytest.mark.parametrize("concentration", [0.2, 2.0])
def test_the_virtual_spectrofluorometer_gives_one_in_both_geometries(concentration):
    """Xenon lamp, two monochromators, equal dots; what it knows of geometry comes with its Dataset."""
    sample, spectrometer = Sample(inhomogeneous_width_mev=0.0), Spectrometer()
    settings, grid = np.arange(540.0, 690.0, 2.0), np.arange(530.0, 710.0, 1.0)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        absorption = measure_absorption(sample, grid, rng, photons=1e9, read_photons=0.0, concentration=concentration)
        lamp = measure_lamp(spectrometer, settings, rng)
        for geometry in ("right-angle", "front-face"):
            ple = measure_ple(
                sample, spectrometer, settings, 632.0, rng, geometry=geometry, concentration=concentration
            )
            found = ple_ratio(ple, absorption, lamp=lamp, baseline_sd=1e-4)
            assert found.geometry == geometry and found.equivalences[0].outcome == "supports"
            assert abs(found.ratio.value - 1) < 4 * found.ratio.sd
