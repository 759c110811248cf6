"""Colour tables: peaks, white points, ranges, and no trace left by the import."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.materials import colour

GRID = np.arange(380.0, 781.0, 1.0)


def chromaticity(power):
    xyz = power @ colour.colour_matching_functions(GRID)
    return xyz[:2] / xyz.sum()


def test_observer():
    functions = colour.colour_matching_functions(GRID)
    assert functions.shape == (401, 3)
    assert functions[:, 1].max() == 1.0
    assert GRID[functions[:, 1].argmax()] == 555.0
    assert_allclose(functions.sum(axis=0), 106.86, rtol=1e-3)  # of equal energy: x = y = 1/3
    assert_allclose(colour.colour_matching_functions([300.0, 900.0]), 0.0)


@pytest.mark.parametrize(
    ("name", "xy"),
    [
        ("D65", (0.3127, 0.3290)),
        ("A", (0.4476, 0.4074)),
        ("E", (1 / 3, 1 / 3)),
        ("F2", (0.3721, 0.3751)),
        ("F11", (0.3805, 0.3769)),
    ],
)
def test_white_points(name, xy):
    assert_allclose(chromaticity(colour.illuminant(name, GRID)), xy, atol=3e-4)  # F lamps: lines in bins of 5 nm


def test_every_illuminant_is_there():
    spectra = [colour.illuminant(name, GRID) for name in colour.ILLUMINANTS]
    assert all(np.all(power >= 0) and power.max() > 0 for power in spectra)
    assert_allclose(colour.illuminant("D65", [560.0]), 100.0)


def test_test_samples():
    samples = colour.sample_reflectances(GRID)
    assert samples.shape == (14, 401)
    assert samples.min() > 0 and samples.max() < 1
    assert GRID[samples[8].argmax()] > 700  # strong red
    assert 430 < GRID[samples[11, :300].argmax()] < 470  # strong blue


def test_wrong_arguments_are_told():
    with pytest.raises(ValueError, match="no illuminant 'FL2'. Known: A, D50"):
        colour.illuminant("FL2", GRID)
    with pytest.raises(ValueError, match="Illuminant F2 is known at 380-780 nm, got 379 nm"):
        colour.illuminant("F2", [400, 379])
    with pytest.raises(ValueError, match="Test sample 1 is known at 360-830 nm, got nan nm"):
        colour.sample_reflectances([np.nan])


def test_the_import_leaves_no_trace():
    """The package changes numpy's print options and the warning filters when it is imported; a user's stay."""
    code = (
        "import sys, warnings, numpy as np\n"
        "from antistokes.materials import colour\n"
        "assert 'colour' not in sys.modules\n"
        "before = warnings.filters[:], np.get_printoptions(), np.geterr()\n"
        "colour.illuminant('D65', [500.0])\n"
        "assert (warnings.filters[:], np.get_printoptions(), np.geterr()) == before\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
