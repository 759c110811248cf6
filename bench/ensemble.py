"""CPU time of the analyses of the ensemble, and of the power law beside SciPy's orthogonal regression, in one run."""

from __future__ import annotations

import warnings

import numpy as np
from timing import best

import antistokes as ans
from antistokes import lab
from antistokes.lab import spectrometer
from antistokes.lab.optics import Spectrometer
from antistokes.lab.sample import Sample
from antistokes.physics import presets

DOT, STATES = presets.preset("cdse-cds-zb").coupling, presets.CDSE_STATES[:5]
NM = np.arange(520.0, 721.0, 1.0)


def edges(count: int) -> list:
    """Return an absorption series of so many temperatures."""
    rng = np.random.default_rng(0)
    kelvin = np.linspace(300, 360, count)
    dots = [Sample(1.9834, 18.4, 3.0, float(t), STATES, coupling=DOT) for t in kelvin]
    return [lab.spectra.measure_absorption(dot, NM, rng, photons=1e7) for dot in dots]


def series(analysis: str) -> None:
    """Print what a series of absorption spectra costs, and how that grows."""
    for count in (7, 14, 28):
        given = edges(count)
        if analysis == "edge":
            print(f"track_edge, {count} spectra: {best(lambda given=given: ans.track_edge(given), 3):.3f} s")
            continue
        for below in ([50.0], [50.0, 25.0, 75.0, 100.0]):
            seconds = best(lambda g=given, b=below: ans.tail_activation(g, b, phonon_mev=25.0, states=STATES), 3)
            print(f"tail_activation, {count} spectra, {len(below)} depths: {seconds:.3f} s")


def single() -> None:
    """Print what one pair of spectra costs."""
    rng, dot = np.random.default_rng(0), Sample(1.9834, coupling=DOT)
    absorption = lab.spectra.measure_absorption(dot, np.arange(480.0, 721.0), rng, photons=1e8)
    ple = spectrometer.measure_ple(dot, Spectrometer(), np.arange(500.0, 691.0), 630.0, rng, geometry="right-angle")
    where = np.arange(560.0, 741.0, 0.5)
    up = lab.spectra.measure_emission(dot, where, rng, peak_photons=1e4, excitation_nm=660.0)
    down = lab.spectra.measure_emission(dot, where, rng, excitation_nm=400.0)
    print(f"ple_ratio: {best(lambda: ans.ple_ratio(ple, absorption), 5):.3f} s")
    print(f"compare_emission: {best(lambda: ans.compare_emission(up, down, cut_nm=645.0), 5):.3f} s")


def power() -> None:
    """Print the power law beside orthogonal distance regression, and how far the two slopes lie apart."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from scipy import odr
    rng, watt = np.random.default_rng(0), np.geomspace(1e-4, 1e-2, 10)
    signal = watt * np.exp(0.03 * rng.standard_normal(10)) * 1e6
    given = {"intensity_sd": 0.03 * signal, "power_sd": 0.02 * watt}
    line = odr.Model(lambda b, x: b[0] + b[1] * x)
    points = odr.RealData(np.log(watt), np.log(signal), sx=0.02, sy=0.03)
    peer = odr.ODR(points, line, beta0=[0.0, 1.0])
    ours = best(lambda: ans.power_law(watt, signal, **given), 20)
    theirs = best(peer.run, 20)
    apart = ans.power_law(watt, signal, **given).slope.value - peer.run().beta[1]
    print(f"power_law: {1e3 * ours:.1f} ms, SciPy's odr {1e3 * theirs:.1f} ms for the line alone, {apart:+.1e} apart")


if __name__ == "__main__":
    series("edge")
    series("tail")
    single()
    power()
