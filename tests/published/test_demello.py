"""Three runs of plqy-demello-ntu (github.com/d04943016/PLQY, MIT) against what their authors found."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.analysis.factors import response_from_factors
from antistokes.analysis.yields import absolute_yield

FOLDER = Path("data/plqy-demello-ntu/data")
AUTHORS = {1: (0.64597, 0.93467), 2: (0.64891, 0.90896), 3: (0.65287, 0.92632)}


def table(path: Path, **attrs):
    x, y = np.loadtxt(path).T
    return data.build("wavelength", x, y, medium="air", source={"file": path.name}, **attrs)


def run(folder: Path, number: int) -> data.Sphere:
    a1, b1, b2, c1, c2 = (
        table(folder / "PLQY" / str(number) / f"{name}.txt", kind="sphere", quantity="counts")
        for name in ("A1", "B1", "B2", "C1", "C2")
    )
    return data.Sphere(empty=(a1,), direct=(c1, c2), indirect=(b1, b2))


def measured(folder: Path, *numbers: int, **more):
    spheres = [run(folder, n) for n in numbers]
    correction = response_from_factors(table(folder / "CF.txt"), gives=more.pop("gives", "power_per_nm"))
    return absolute_yield(spheres, laser_nm=(315, 335), emission_nm=(400, 720), correction=correction, **more)


@pytest.mark.parametrize("number", AUTHORS)
def test_each_run(real_data: Path, number: int) -> None:
    found = measured(real_data / FOLDER, number)
    assert found.method == "three"
    assert found.absorptance.value == pytest.approx(AUTHORS[number][0], abs=0.0003)
    assert found.observed_yield.value == pytest.approx(AUTHORS[number][1], abs=0.002)


def test_the_three_as_repeats(real_data: Path) -> None:
    """The interval is that of the scatter: Student's t with two degrees of freedom on the ratio of the means."""
    found = measured(real_data / FOLDER, 1, 2, 3)
    assert [r.observed_yield for r in found.repeats] == pytest.approx([q for _, q in AUTHORS.values()], abs=0.002)
    yields = np.array([r.observed_yield for r in found.repeats])
    half = 4.303 * yields.std(ddof=1) / 3**0.5
    q = found.observed_yield
    assert q.value == pytest.approx(yields.mean(), abs=0.001)
    assert (q.high - q.low) / 2 == pytest.approx(half, rel=0.1)  # mean of ratios, ratio of means
    assert "noise of the samples" not in found.budget


def test_its_gap_is_said(real_data: Path) -> None:
    """The emission has no samples from 640 to 660 nm, around twice the laser's 325 nm."""
    found = measured(real_data / FOLDER, 1)
    assert any("4.3% of the emission's light is a straight line over a gap (640-660 nm)" in w for w in found.warnings)
    assert not any("second order" in w for w in found.warnings)


def test_its_flaw_is_said(real_data: Path) -> None:
    """With the sample beside the beam the sphere held 16 to 18 % more light than empty."""
    found = measured(real_data / FOLDER, 1, 2, 3)
    (said,) = [w for w in found.warnings if "CANNOT ADD LIGHT" in w]
    assert "1.168" in said
    low, high = found.observed_yield.value / 1.168, found.observed_yield.high / 1.147
    assert low < float(re.search(r"the yield is ([\d.]+) or less", said)[1]) < high
    assert len(found.contradicted) == 2
    assert found.other_yield.value == pytest.approx(1.078, abs=0.003)
    assert any("disagree beyond their joint noise" in w for w in found.warnings)
    assert found.indirect.high < 0


def test_it_is_photons_that_are_counted(real_data: Path) -> None:
    """Taken as photons, which these factors do not give, the yield would be that of energies, .52 to .54."""
    found = measured(real_data / FOLDER, 1, 2, 3, gives="photons_per_nm")
    assert all(0.52 < r.observed_yield < 0.545 for r in found.repeats)
