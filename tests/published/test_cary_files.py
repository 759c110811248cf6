"""Cary csv of others, against the numbers in the files as the csv module cuts them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.io.cary import is_cary, read_cary
from antistokes.io.head import head_of

POINTS = {
    "CuPCtS_H2O_vis.csv": [141],
    "duplicate_name.csv": [141, 141],
    "filters.csv": [121, 196, *[301] * 7, 401, 101],
}


def pairs(path: Path) -> list[tuple[str, str, np.ndarray]]:
    """Name, quantity and numbers of each scan, shape (points, 2)."""
    with path.open(newline="") as opened:
        rows = list(csv.reader(opened))
    end = next(n for n, row in enumerate(rows) if not any(row))
    out = []
    for i in range(0, len(rows[1]) - 1, 2):
        numbers = [(float(row[i]), float(row[i + 1])) for row in rows[2:end] if row[i]]
        out.append((rows[0][i], rows[1][i + 1], np.array(numbers)))
    return out


@pytest.mark.parametrize("name", POINTS)
def test_every_scan_is_there_as_a_whole(real_data: Path, name: str) -> None:
    path = real_data / "formats" / "cary_csv" / name
    assert is_cary(head_of(path))
    found, truth = read_cary(path), pairs(path)
    assert [ds.sizes["wavelength"] for ds in found] == POINTS[name]
    assert len(found) == len(truth)
    for ds, (scan, said, numbers) in zip(found, truth, strict=True):
        percent = said == "%T"
        assert data.json_attr(ds, "source", {})["column"].startswith(scan)
        assert ds.attrs["quantity"] == ("transmittance" if percent else "absorbance")
        assert np.array_equal(ds["wavelength"].values, numbers[::-1, 0])
        assert ds["signal"].values == pytest.approx(numbers[::-1, 1] * (0.01 if percent else 1), rel=1e-15)


def test_the_single_scan(real_data: Path) -> None:
    (ds,) = read_cary(real_data / "formats/cary_csv/CuPCtS_H2O_vis.csv")
    y = ds["signal"].values[::-1]
    assert ds["wavelength"].values[[-1, 0]] == pytest.approx([899.9957886, 200.0188751], rel=1e-12)
    assert [y[0], y[-1], y.min(), y.max()] == pytest.approx([0.03348614, 0.6591586, 0.03194546, 0.8031234], rel=1e-6)
    assert (ds.attrs["instrument"], ds.attrs["integration_time_s"]) == ("Cary 50", 0.0125)
    assert ds.attrs["acquired_at"] == "2014-01-15T16:59:54"


def test_the_eleven_filters(real_data: Path) -> None:
    found = read_cary(real_data / "formats/cary_csv/filters.csv")
    first, second = found[:2]
    assert first["wavelength"].values[[-1, 0]] == pytest.approx([800.0541382, 199.9654236], rel=1e-12)
    assert first["signal"].values[[-1, 0]] == pytest.approx([0.02885507233, 3.411360502], rel=1e-12)
    assert second["wavelength"].values[[-1, 0]] == pytest.approx([650.0537109, 455.0101624], rel=1e-12)
    clipped = data.flagged(first, "clipped")
    assert int(clipped.sum()) == 25
    assert np.array_equal(clipped, first["signal"].values == 10)
    assert not any("flag" in ds for ds in found[1:])
    logs = [data.json_attr(ds, "raw_metadata", {})["log"] for ds in found]
    names = [data.json_attr(ds, "source", {})["column"] for ds in found]
    assert [log[0].strip(",") for log in logs] == names
    assert [len(log) for log in logs].count(0) == 0
    lines = (real_data / "formats/cary_csv/filters.csv").read_text().splitlines()
    assert sum(map(len, logs)) == sum(line != "" for line in lines[lines.index("") :])  # all the text there is
    assert {ds.attrs["integration_time_s"] for ds in found[1:]} == {0.1}


def test_names_that_repeat(real_data: Path) -> None:
    found = read_cary(real_data / "formats/cary_csv/duplicate_name.csv")
    assert [data.json_attr(ds, "source", {})["column"] for ds in found] == ["sample1", "sample1 (2)"]


def test_tables_with_one_axis_stay_tables(real_data: Path) -> None:
    files = sorted((real_data / "data/cdse-qd-growth-imperial").glob("*.csv"))
    assert len(files) == 13
    assert not any(is_cary(head_of(path)) for path in files)
