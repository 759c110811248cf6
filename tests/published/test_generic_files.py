"""Tables of other makers, which the reader of tables and that of workbooks take as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data, io
from antistokes.errors import ReadError
from antistokes.io import excel
from antistokes.io.head import head_of

pytestmark = pytest.mark.real


def test_jasco_absorbance_of_quantum_dots(real_data: Path) -> None:
    ds = io.read(real_data / "formats/generic/PbSe batch 4 2012-02-21.txt", strict=True)
    x, y = ds["wavelength"].values[::-1], ds["signal"].values[::-1]
    assert (x[0], x[-1], x.size) == (2000.0, 750.0, 1251)
    assert [y[0], y[-1], y.min(), y.max()] == [0.02884, 0.78552, 0.02875, 0.78552]
    assert (ds.attrs["quantity"], ds.attrs["kind"]) == ("absorbance", "absorption")


def test_stellarnet_text(real_data: Path) -> None:
    ds = io.read(real_data / "formats/generic/calib_30min_0.1ppm.ABS", strict=True)
    x = ds["wavelength"].values
    assert (x[0], x[-1], x.size) == (265.0, 901.5, 1274)
    np.testing.assert_allclose(np.diff(x), 0.5)
    assert float(ds["signal"][0]) == 1e-3
    assert any("ABSOR" in line for line in data.json_attr(ds, "raw_metadata", []))
    assert "medium not stated, read as air" in data.notes_of(ds)


@pytest.mark.parametrize("name", ["sheet.DE.tsv", "sheet.UK.tsv"])
def test_logs_without_a_spectrum_are_refused(real_data: Path, name: str) -> None:
    with pytest.raises(ReadError, match="line 3: expected a table of numbers"):
        io.read_all(real_data / "formats/generic" / name)


def test_workbook(real_data: Path) -> None:
    file = real_data / "formats/generic/simple.xlsx"
    assert excel.is_excel(head_of(file))
    sheets = list(excel._sheets(file, file.stat().st_size))
    assert sheets == [("Sheet1", ["#\tx\ty\tz", "1\t1\t5\t9", "2\t2\t6\t10", "3\t3\t7\t11", "4\t4\t8\t12"])]
    with pytest.raises(
        ReadError, match="sheet 'Sheet1', .*column '#': expected wavelengths of 150 to 2500 nm, found 1 to 4"
    ):
        excel.read_excel(file)
