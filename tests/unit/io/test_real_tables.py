"""Measured files as their makers left them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from antistokes import data, io
from antistokes.errors import ReadError

pytestmark = pytest.mark.real


def test_quantum_dot_growth(real_data: Path) -> None:
    files = sorted((real_data / "data/cdse-qd-growth-imperial").glob("*.csv"))
    assert len(files) == 13
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            header = next(csv.reader(opened))
        found = io.read_all(file)
        assert [data.json_attr(ds, "source", {})["column"] for ds in found] == [name.strip() for name in header[1:]]
        for ds in found:
            assert ds.sizes["wavelength"] > 90
            assert "quantity" not in ds.attrs
            assert "medium not stated, read as air" in data.notes_of(ds)


def test_log_text_below_the_numbers(real_data: Path) -> None:
    file = real_data / "data/cdse-qd-growth-imperial/Run 3 overnight full comparison.csv"
    found = io.read_all(file)
    assert [ds.sizes["wavelength"] for ds in found] == [451] * 6
    assert any("Cary 60" in line for line in data.json_attr(found[0], "raw_metadata", []))
    assert any("below the numbers" in note for note in data.notes_of(found[0]))
    with pytest.raises(ReadError, match="nothing but numbers"):
        io.read_all(file, strict=True)


def test_laser_cooling_crystal(real_data: Path) -> None:
    files = sorted((real_data / "data/ybylf-cooling-spectra-ikz").glob("*.csv"))
    assert len(files) == 26
    for file in files:
        emission, absorption = io.read_all(file)
        assert "quantity" not in emission.attrs
        assert absorption.attrs["quantity"] == "cross_section_cm2"
        one = io.read(file, y="If", quantity="power_per_nm")
        assert (one.attrs["kind"], one["signal"].attrs["units"]) == ("emission", "W/nm")
        assert 1e-22 < float(absorption["signal"].max()) < 1e-18


def test_text_beside_the_numbers(real_data: Path) -> None:
    files = sorted((real_data / "data/spd-led-lamps-craftable").rglob("B*.csv"))
    for file in files:
        if file.stem in ("B29", "B30"):  # saved without their wavelengths
            with pytest.raises(ReadError, match="one column only"):
                io.read(file)
        else:
            assert io.read(file).sizes["wavelength"] == 2190


def test_labelled_units(real_data: Path) -> None:
    ds = io.read(real_data / "data/pbse-qd-abs-jasco/PbSe batch 1.txt")
    assert (ds.attrs["quantity"], ds.sizes["wavelength"]) == ("absorbance", 1801)
