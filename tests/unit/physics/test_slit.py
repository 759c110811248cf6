"""The slit function of two equal slits: moments in closed form, and an integral by fine steps."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.physics.slit import triangle


@pytest.mark.parametrize("nodes", [4, 16])
@pytest.mark.parametrize("bandpass_nm", [0.3, 6.0])
def test_moments(bandpass_nm: float, nodes: int) -> None:
    """The moment of even degree n is 2 B^n/((n + 1)(n + 2)), those of odd degree are none."""
    offset, weight = triangle(bandpass_nm, nodes)
    assert offset.shape == weight.shape == (2 * nodes,)
    assert np.all(weight > 0) and np.all(np.diff(offset) > 0) and np.abs(offset).max() < bandpass_nm
    for n in range(0, 2 * nodes - 1, 2):
        expected = 2 * bandpass_nm**n / ((n + 1) * (n + 2))
        assert weight @ offset**n == pytest.approx(expected, rel=1e-12)
        assert weight @ offset ** (n + 1) == pytest.approx(0, abs=1e-12 * bandpass_nm ** (n + 1))


def test_a_curve_under_the_slit() -> None:
    offset, weight = triangle(5.0)
    x = np.linspace(-5, 5, 200_001)
    fine = np.mean(np.exp(-0.3 * x) * (1 - np.abs(x) / 5)) * 10 / 5
    assert weight @ np.exp(-0.3 * offset) == pytest.approx(fine, rel=1e-5)


def test_without_a_slit_there_is_one_node() -> None:
    offset, weight = triangle(0.0)
    assert offset.tolist() == [0.0] and weight.tolist() == [1.0]


@pytest.mark.parametrize("bandpass_nm", [-1.0, np.inf, np.nan])
def test_no_slit_is_refused(bandpass_nm: float) -> None:
    with pytest.raises(ValueError, match="bandpass_nm must be 0 or more, found"):
        triangle(bandpass_nm)
