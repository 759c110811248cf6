import numpy as np
import pytest
from scipy.integrate import quad

from antistokes.physics.inner_filter import collected
from antistokes.units import LN10

ABSORBANCE = np.array([1e-6, 0.05, 0.3, 1.0, 2.5])


@pytest.mark.parametrize("window", [(0.0, 1.0), (0.3, 0.7), (0.45, 0.55), (0.0, 0.2), (0.1, 0.1001)])
def test_right_angle_is_what_the_seen_part_of_the_path_absorbs(window):
    near, far = window

    def absorbed(a):  # Beer's law, slice by slice
        return quad(lambda x: LN10 * a * 10 ** (-a * x), near, far, epsabs=0)[0] / (far - near)

    expected = [absorbed(a) for a in ABSORBANCE]
    np.testing.assert_allclose(collected(ABSORBANCE, "right-angle", window), expected, rtol=1e-9)


def test_right_angle_of_the_whole_path_is_front_face():
    np.testing.assert_allclose(
        collected(ABSORBANCE, "right-angle", (0, 1)), collected(ABSORBANCE, "front-face"), rtol=1e-14
    )


def test_front_face_and_sphere_are_absorptance_whatever_the_window():
    for geometry in ("front-face", "sphere"):
        np.testing.assert_allclose(collected(ABSORBANCE, geometry, (0.2, 0.4)), 1 - 10**-ABSORBANCE, rtol=1e-9)


@pytest.mark.parametrize("geometry", ["front-face", "right-angle", "sphere"])
def test_a_thin_sample_gives_the_same_everywhere(geometry):
    np.testing.assert_allclose(collected([1e-7, -1e-7], geometry), [1e-7 * LN10, -1e-7 * LN10], rtol=2e-7)


def test_a_narrow_window_is_the_limit_of_a_wide_one():
    np.testing.assert_allclose(
        collected(ABSORBANCE, "right-angle", (0.5 - 1e-7, 0.5 + 1e-7)), collected(ABSORBANCE, "right-angle"), rtol=1e-8
    )


@pytest.mark.parametrize(("absorbance", "overstated"), [(0.3, 1.0200), (0.5, 1.0562), (1.0, 1.2360)])
def test_absorptance_overstates_the_middle_of_a_cuvette(absorbance, overstated):
    ratio = collected(absorbance, "front-face") / collected(absorbance, "right-angle")
    assert ratio == pytest.approx(overstated, abs=5e-5)


@pytest.mark.parametrize("window", [(0.6, 0.4), (-0.1, 0.5), (0.5, 1.1), (np.nan, 0.5)])
def test_a_window_outside_the_path_is_refused(window):
    with pytest.raises(ValueError, match="fractions of the path"):
        collected(0.1, "right-angle", window)


def test_an_unknown_geometry_is_refused():
    with pytest.raises(ValueError, match="front-face, right-angle, sphere"):
        collected(0.1, "backside")
