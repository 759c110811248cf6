"""Presets: of the width that such dots are reported to have, of materials that are there."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes import materials
from antistokes.physics import lineshape
from antistokes.physics.presets import PRESETS, preset


@pytest.mark.parametrize("name", PRESETS)
def test_one_dot_has_the_width_that_is_reported(name: str) -> None:
    energy = np.arange(1.8, 2.2, 2e-4)
    rate = lineshape.photon_rate(energy, 2.0, PRESETS[name].coupling, 300, engine="tilted")
    above = energy[rate > rate.max() / 2]
    low, high = PRESETS[name].dot_fwhm_mev
    assert low <= 1e3 * (above[-1] - above[0]) <= high


@pytest.mark.parametrize("name", PRESETS)
def test_the_core_is_a_material_whose_gap_is_known(name: str) -> None:
    numbers = materials.load(PRESETS[name].core).numbers
    assert "band_gap" in numbers
    assert {"varshni_a", "varshni_b"} <= set(numbers) or "band_gap_slope" in numbers


def test_the_gap_of_the_perovskite_opens() -> None:
    assert materials.load(preset("cspbbr3").core).numbers["band_gap_slope"].value > 0


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="There is no preset 'cdse-zn'. Did you mean 'cdse-zns'"):
        preset("cdse-zn")
