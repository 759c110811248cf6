"""A Shimadzu .spc against the export of the same data, and exports that the table reader reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes.io.head import head_of
from antistokes.io.shimadzu import is_shimadzu, read_shimadzu
from antistokes.io.table import read_table


def test_spc_equals_its_export(real_data: Path) -> None:
    folder = real_data / "formats" / "shimadzu"
    path = folder / "UV-2600_labeled_DNA.spc"
    assert is_shimadzu(head_of(path))
    (ds,) = read_shimadzu(path, strict=True)
    truth = np.loadtxt(folder / "UV-2600_labeled_DNA.csv", delimiter=",", skiprows=1)[::-1]
    assert np.array_equal(ds["wavelength"].values, truth[:, 0])
    assert ds["signal"].values == pytest.approx(truth[:, 1], abs=5.1e-7)  # written with six decimals
    y = ds["signal"].values[::-1]
    assert (ds["wavelength"].values[-1], ds["wavelength"].values[0], y.size) == (745, 231, 258)
    assert [y[0], y[-1], y.min()] == pytest.approx([0.001716313, 0.3128031, 7.673279e-05], rel=1e-6)
    assert y.max() == pytest.approx(0.4028177, rel=1e-6)
    assert y.sum() == pytest.approx(truth[:, 1].sum(), abs=258 * 5e-7)
    expected = {"quantity": "absorbance", "instrument": "UV-2600 Series", "bandpass_nm": 2.0, "integration_time_s": 0.1}
    assert {key: ds.attrs.get(key) for key in expected} == expected
    assert ds.attrs["acquired_at"].startswith("2020-02-12T16:5")  # its storage is called 165143


@pytest.mark.parametrize(
    ("name", "ends", "size", "first_last", "extremes", "quantity"),
    [
        ("CE-NOME_MiGo_240429_0001.SA_5_MM.csv", (800, 400), 2001, (0.08, 3.134), (0.075, 3.134), "absorbance"),
        ("MoS2_fromCzech2015.txt", (750, 340), 821, (0, 0.1308), (0, 0.2349), None),
        ("UV-2600_labeled_DNA.csv", (745, 231), 258, (0.001716, 0.312803), (7.7e-05, 0.402818), None),
    ],
)
def test_exports_are_read_as_tables(
    real_data: Path,
    name: str,
    ends: tuple[float, float],
    size: int,
    first_last: tuple[float, float],
    extremes: tuple[float, float],
    quantity: str | None,
) -> None:
    path = real_data / "formats" / "shimadzu" / name
    assert not is_shimadzu(head_of(path))
    (ds,) = read_table(path)
    x, y = ds["wavelength"].values[::-1], ds["signal"].values[::-1]
    assert (x[0], x[-1], y.size) == (*ends, size)
    assert ((y[0], y[-1]), (y.min(), y.max())) == (first_last, extremes)
    assert ds.attrs.get("quantity") == quantity
