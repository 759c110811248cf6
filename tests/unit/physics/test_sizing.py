"""Published curves of bare CdSe dots."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.physics import sizing


@pytest.mark.parametrize(
    ("curve", "expected"),
    [("yu_2003", [548.0, 569.4, 585.3, 608.8, 626.4]), ("jasieniak_2009", [539.7, 563.8, 582.0, 608.8, 628.6])],
)
def test_wavelength_of_a_diameter(curve: sizing.Curve, expected: list[float]) -> None:
    diameters = [3.0, 3.5, 4.0, 5.0, 6.0]
    found = sizing.wavelength_of_nm(diameters, curve)
    np.testing.assert_allclose(found, expected, atol=0.06)
    np.testing.assert_allclose(sizing.diameter_nm(found, curve), diameters, rtol=1e-9)


def test_diameter_of_a_wavelength() -> None:
    assert sizing.diameter_nm(600, "yu_2003") == pytest.approx(4.58, abs=0.01)


def test_cross_sections() -> None:
    assert sizing.cross_section_350_cm2(1.75) == pytest.approx(2.95e-15, rel=2e-3)
    np.testing.assert_allclose(sizing.cross_section_1s_cm2([563.8, 600]), [8.2e-16, 1.39e-15], rtol=3e-3)
    assert sizing.cross_section_1s_cm2(600, 120) == pytest.approx(0.5 * float(sizing.cross_section_1s_cm2(600)))
    one = sizing.bulk_like_cross_section_cm2(1.75, 1.0, 1e5, 1e5)
    assert one == pytest.approx(4 / 3 * np.pi * (2.75e-7) ** 3 * 1e5)
    assert sizing.bulk_like_cross_section_cm2(1.75, 1.0, 0, 1e5) < one


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: sizing.diameter_nm(700, "yu_2003"), "yu_2003 holds for 1.5 to 8 nm, absorbing at 394 to 653 nm"),
        (lambda: sizing.wavelength_of_nm(12, "jasieniak_2009"), "holds for diameters of 2 to 8 nm, found 12"),
        (lambda: sizing.wavelength_of_nm(4, "brus"), "curve must be one of yu_2003, jasieniak_2009"),
        (lambda: sizing.cross_section_1s_cm2(600, 0), "half_width_mev must be above 0"),
    ],
)
def test_what_is_beyond_them_is_refused(call: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()  # type: ignore[operator]
