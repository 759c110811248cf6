"""The edge over temperature, against the truth of the laboratory."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import antistokes as ans
from antistokes import data, lab
from antistokes.errors import DataError
from antistokes.lab.sample import Sample
from antistokes.physics import dots, presets

T = np.linspace(300, 360, 7)
NM = np.arange(520.0, 721.0, 1.0)
DOT = presets.preset("cdse-cds-zb").coupling


def measured(temperature_k: float, seed: int, photons: float = 1e7, moved_ev: float = 0.0) -> xr.Dataset:
    e00 = 1.9834 + moved_ev + float(dots.varshni_shift_ev(temperature_k, 3.2e-4, 220.0))
    sample = Sample(e00, 18.4, 3.0, float(temperature_k), presets.CDSE_STATES[:5], coupling=DOT)
    return lab.spectra.measure_absorption(sample, NM, np.random.default_rng(seed), photons=photons)


def series(photons: float = 1e7, moved_ev: float = 0.0) -> list[xr.Dataset]:
    up = [measured(t, i, photons) for i, t in enumerate(T)]
    return up + [measured(t, 100 + i, photons, moved_ev) for i, t in enumerate(T[-2::-1])]


def test_the_gap_follows_varshni() -> None:
    """Of the maximum: what it does within the line (blue, as the line broadens) comes on top of the gap's."""
    found, exact = ans.track_edge(series()), ans.track_edge(series(np.inf))
    assert found.varshni_ev_per_k.low < exact.varshni_ev_per_k.value < found.varshni_ev_per_k.high
    assert found.shift_mev_per_k.low < exact.shift_mev_per_k.value < found.shift_mev_per_k.high
    gap = 1e3 * np.diff(dots.varshni_shift_ev(T[[0, -1]], 3.2e-4, 220.0))[0] / 60
    inside = exact.shift_mev_per_k.value - gap
    assert 0.01 < inside < 0.03
    assert found.broadening_mev_per_k.low > 0
    assert found.reversibility[0].outcome == "supports"
    assert found.warnings == ()


def test_overlapped_spectra_meet_at_their_maximum() -> None:
    curves = ans.track_edge(series(np.inf)).curves
    at_zero = curves["overlapped"].sel(offset=0.0).values
    np.testing.assert_allclose(at_zero, 1.0, atol=1e-3)
    red = curves["overlapped"].sel(offset=-50.0).values[:7]
    assert np.all(np.diff(red) > 0)  # the tail grows as it warms
    half = curves["half_width"].values[0]
    width = np.interp(0.5, curves["overlapped"].values[0, :251], curves["offset"].values[:251])
    assert half == pytest.approx(-width, abs=0.1)


def test_an_edge_that_does_not_come_back_is_told() -> None:
    found = ans.track_edge(series(moved_ev=0.004)).reversibility[0]
    assert found.outcome == "contradicts"
    assert found.difference.value == pytest.approx(4.0, abs=0.2)


def test_a_spectrum_without_a_maximum_is_named_and_left_out() -> None:
    flat = data.build(
        "wavelength", NM, 0.1 * np.exp(-(NM - 520) / 50), kind="absorption", quantity="absorbance", temperature_k=335.0
    )
    found = ans.track_edge([*series()[:7], flat])
    assert found.curves.sizes["step"] == 7
    assert any("absorption 8" in w and "left out" in w and "no absorption maximum" in w for w in found.warnings)
    with pytest.raises(DataError, match="fewer than two"):
        ans.track_edge([measured(300, 0), flat])
