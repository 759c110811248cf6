import numpy as np
import pytest
from numpy.testing import assert_allclose

import antistokes as ans
from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.stated_power import read_power


@pytest.mark.parametrize(
    ("words", "axis", "factor"),
    [
        ("Power (mW)", "power", 1e-3),
        ("Laser power [µW]", "power", 1e-6),
        ("P (uW)", "power", 1e-6),
        ("Power (nW)", "power", 1e-9),
        ("Power / W", "power", 1.0),
        ("power_mw", "power", 1e-3),
        ("Power, milliwatts", "power", 1e-3),
        ("Power density (W/cm2)", "irradiance", 1.0),
        ("Power density (mW cm^-2)", "irradiance", 1e-3),
        ("Excitation power density (W cm⁻²)", "irradiance", 1.0),
        ("Power density (W·cm-2)", "irradiance", 1.0),
        ("Irradiance (W/m^2)", "irradiance", 1e-4),
        ("P_ex (kW/cm2)", "irradiance", 1e3),
        ("power density (mW/mm2)", "irradiance", 0.1),
        ("Power (mW/cm**2)", "irradiance", 1e-3),
        ("Power (mW cm^{-2})", "irradiance", 1e-3),
        ("Excitation (mW)", "power", 1e-3),
        ("Laser [uW]", "power", 1e-6),
    ],
)
def test_what_states_a_power(words, axis, factor):
    found = read_power(words)
    assert found is not None and found.axis == axis
    assert_allclose(found.factor, factor)


@pytest.mark.parametrize(
    "words",
    [
        *("Power", "Power (a.u.)", "power (MW)", "Power (dBm)", "log power (mW)", "Power (mW/nm)", "Power (x10^3 mW)"),
        *(
            "Wavelength (nm)",
            "Intensity (counts)",
            "PL intensity (W/nm)",
            "pump fluence (uJ/cm2)",
            "normalised power (W)",
        ),
        *(
            *("Power (% of 50 mW)", "Power, arb. u. (1 = 20 mW)", "Power setting (max 5 mW)", "Power / 100 mW"),
            *("Power (10 mW)", "Power^2 (mW^2)", "Power (mW²)", "1/Power (1/mW)", "Power (mW^-1)", "Power error (mW)"),
            *("Power meter reading (V per W)", "Power(mW)*2", "filter power (OD) mW", "Excitation wavelength (nm)"),
        ),
    ],
)
def test_what_does_not(words):
    assert read_power(words) is None


def file_of(tmp_path, text):
    path = tmp_path / "power.csv"
    path.write_text(text, encoding="utf-8")
    return path


COUNTS = "Power (mW),Intensity (counts)\n1,103\n2,205\n5,498\n10,1020\n"


@pytest.mark.parametrize("kind", [None, "power_series"])
def test_a_table_of_powers_is_a_power_series(tmp_path, kind):
    ds = ans.read(file_of(tmp_path, COUNTS), kind=kind)
    assert (ds.attrs["kind"], ds.attrs["quantity"], ds["signal"].dims) == ("power_series", "counts", ("power",))
    assert_allclose(ds["power"].values, [1e-3, 2e-3, 5e-3, 1e-2])
    assert ds["power"].attrs["units"] == "W" and "medium" not in ds.attrs
    assert "axis converted from mW to W" in data.notes_of(ds)


def test_it_goes_to_the_fit_and_to_a_file_and_back(tmp_path):
    ds = ans.read(file_of(tmp_path, COUNTS))
    assert_allclose(ans.power_law(ds).slope.value, 1.0, atol=0.01)
    for name in ("a.csv", "a.nc"):
        ans.write(ds, tmp_path / name)
        assert_allclose(ans.read(tmp_path / name)["signal"].values, ds["signal"].values)
        assert ans.read(tmp_path / name).attrs["kind"] == "power_series"


def test_an_irradiance_with_uncertainties_from_high_to_low(tmp_path):
    text = "Power density (mW/cm2)\tUCPL intensity\tsd\n2000\t101\t2\n1000\t50.2\t1\n100\t5.03\t.1\n10\t.49\t.02\n"
    ds = ans.read(file_of(tmp_path, text))
    assert ds["signal"].dims == ("irradiance",) and "quantity" not in ds.attrs
    assert_allclose(ds["irradiance"].values, [0.01, 0.1, 1, 2])
    assert_allclose(ds["signal_sd"].values, [0.02, 0.1, 1, 2])


def test_a_unit_alone_is_enough_where_the_kind_is_said(tmp_path):
    path = file_of(tmp_path, "mW;Signal\n1;103\n2;205\n5;498\n")
    assert ans.read(path, kind="power_series")["signal"].dims == ("power",)
    with pytest.raises(ReadError, match="no name of the axis"):
        ans.read(path)


@pytest.mark.parametrize("kind", [None, "power_series"])
def test_powers_without_a_unit_are_refused(tmp_path, kind):
    with pytest.raises(ReadError, match=r"expected a power in W, mW, uW or nW, or an irradiance .* found 'Power'"):
        ans.read(file_of(tmp_path, "Power,Intensity\n1,103\n2,205\n5,498\n"), kind=kind)


def test_a_spectrum_that_is_said_to_be_a_power_series_is_refused(tmp_path):
    with pytest.raises(ReadError, match="expected a power in W"):
        ans.read(file_of(tmp_path, "wavelength (nm),counts\n500,1\n501,2\n502,3\n"), kind="power_series")


def test_a_power_that_is_measured_is_no_axis(tmp_path):
    """Time is the axis of a log of power, and is refused as it was."""
    with pytest.raises(ReadError, match="a wavelength or an energy"):
        ans.read(file_of(tmp_path, "Time (s),Power (mW)\n1,103\n2,205\n5,498\n"))
    spectrum = ans.read(file_of(tmp_path, "wavelength (nm),Power (mW)\n500,103\n501,205\n502,498\n"))
    assert spectrum["signal"].dims == ("wavelength",)


def test_zero_power_and_a_power_twice_are_named(tmp_path):
    with pytest.raises(
        ReadError, match="expected a positive number, found 0. Leave the dark out, and give it .* as background"
    ):
        ans.read(file_of(tmp_path, "Power (mW),counts\n0,3\n1,103\n2,205\n"))
    with pytest.raises(ReadError, match=r"expected every position once, found 0.001.*ans.power_law\(power, counts\)"):
        ans.read(file_of(tmp_path, "Power (mW),counts\n1,3\n1,103\n2,205\n"))


def test_the_numbers_of_a_large_power_are_finite():
    assert np.isfinite(read_power("Power density (W/um2)").factor)


def test_powers_in_any_order_are_sorted(tmp_path):
    ds = ans.read(file_of(tmp_path, "Power (mW),counts,sd\n5,498,22\n1,103,10\n10,1020,32\n2,205,14\n"))
    assert_allclose(ds["power"].values, [1e-3, 2e-3, 5e-3, 1e-2])
    assert ds["signal"].values.tolist() == [103, 205, 498, 1020] and ds["signal_sd"].values.tolist() == [10, 14, 22, 32]
    assert "the points were not in order of power, sorted" in data.notes_of(ds)
    with pytest.raises(ReadError, match="an axis that ascends or descends"):
        ans.read(file_of(tmp_path, "wavelength (nm),counts\n505,1\n501,2\n502,3\n"))


@pytest.mark.parametrize("said", [{}, {"quantity": "counts"}])
def test_a_scan_of_the_excitation_is_one_whatever_its_quantity(tmp_path, said):
    path = file_of(tmp_path, "Excitation wavelength (nm),Intensity\n500,103\n501,205\n502,498\n")
    assert ans.read(path, **said).attrs["kind"] == "ple"
    assert ans.read(path, kind="spectrum").attrs["kind"] == "spectrum"
