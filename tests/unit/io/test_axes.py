"""Units of axes and names of signals."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.io import axes
from antistokes.units import HC_EV_NM


@pytest.mark.parametrize(
    ("words", "axis", "factor"),
    [
        ("NANOMETERS", "wavelength", 1.0),
        ("nm", "wavelength", 1.0),
        ("MICROMETERS", "wavelength", 1e3),
        ("1/CM", "energy", HC_EV_NM * 1e-7),
        ("cm-1", "energy", HC_EV_NM * 1e-7),
        ("eV", "energy", 1.0),
        ("Raman shift (cm-1)", "raman_shift", 1.0),
        ("ns", "decay_time", 1.0),
        ("µs", "decay_time", 1e3),
        ("MICROSECONDS", "decay_time", 1e3),
        ("ps", "decay_time", 1e-3),
        ("SECONDS", "time", 1.0),
        ("HZ", "abscissa", 1.0),
        ("GAUSS", "abscissa", 1.0),
    ],
)
def test_units_of_axes(words: str, axis: str, factor: float) -> None:
    found = axes.positions(words, [500.0, 600.0])
    assert found.axis == axis
    np.testing.assert_allclose(found.x, np.array([500.0, 600.0]) * factor, rtol=1e-12)
    assert (found.medium == "air") == (axis in ("wavelength", "energy"))
    assert found.axis_units == ({"abscissa": words} if axis == "abscissa" else {})


def test_wavenumbers_of_a_raman_spectrum_are_shifts_of_any_sign() -> None:
    found = axes.positions("1/CM", [-100.0, 0.0, 100.0], raman=True)
    assert found.axis == "raman_shift"
    np.testing.assert_array_equal(found.x, [-100.0, 0.0, 100.0])


def test_stated_medium_is_kept() -> None:
    found = axes.positions("Wavelength in vacuum (nm)", [500.0, 600.0])
    assert found.medium == "vacuum"
    assert axes.NO_MEDIUM not in found.notes


def test_wavelengths_that_are_none_become_pixels() -> None:
    found = axes.positions("nm", [-3.0, 0.0, 3.0])
    assert found.axis == "pixel"
    np.testing.assert_array_equal(found.x, [0.0, 1.0, 2.0])
    assert "numbered as pixels" in found.notes[0]


def test_wavenumbers_from_zero_keep_their_unit() -> None:
    found = axes.positions("1/CM", [0.0, 10.0])
    assert (found.axis, found.axis_units) == ("abscissa", {"abscissa": "1/CM"})
    assert "no photon has" in found.notes[0]


def test_percent_in_words_is_percent() -> None:
    assert axes.signal("PERCENT TRANSMITTANCE")[:2] == ("transmittance", 0.01)
    assert axes.signal("TRANSMITTANCE")[:2] == ("transmittance", 1.0)
    assert axes.signal("ARBITRARY UNITS").quantity is None


def test_transmittance_far_beyond_one_is_doubted() -> None:
    stated = axes.signal("Transmission (%)")
    assert axes.doubted(stated, [90.0, 95.0, 600.0]) == stated
    doubted = axes.doubted(stated, [3000.0, 2000.0, 2500.0])
    assert doubted.quantity is None
    assert "left out" in doubted.notes[0]
    assert axes.doubted(axes.signal("ABSORBANCE"), [3000.0]).quantity == "absorbance"


def test_scales_of_the_unit() -> None:
    shift = axes.positions("Raman shift (10^3 cm-1)", [0.1, 0.2])
    assert shift.axis == "raman_shift" and np.allclose(shift.x, [100, 200]) and "1000 cm^-1" in shift.notes[0]
    energy = axes.positions("Wavenumber (10^3 cm-1)", [10.0, 20.0])
    assert energy.axis == "energy" and np.allclose(energy.x, [HC_EV_NM * 1e-3, HC_EV_NM * 2e-3])
    assert axes.positions("wavenumber/1000 (cm-1)", [10.0, 20.0]).axis == "abscissa"


def test_a_computed_axis_that_stands_still_becomes_pixels() -> None:
    found = axes.computed(axes.positions("nm", [500.0, 500.0, 500.0]))
    assert found.axis == "pixel" and found.medium is None and "one way" in found.notes[0]
