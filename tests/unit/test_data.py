import json

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from antistokes import data, quantities, units
from antistokes.errors import DataError

NM = np.array([600.0, 610.0, 620.0])


def emission(quantity="photons_per_nm", signal=(1.0, 2.0, 3.0), **attrs):
    return data.build("wavelength", NM, signal, kind="emission", quantity=quantity, **attrs)


# --- build


def test_build_sorts_everything_along():
    ds = data.build(
        "wavelength", [620, 600, 610], [3, 1, 2], signal_sd=[0.3, 0.1, 0.2], signal_modes=[[30, 10, 20], [0, 0, 1]]
    )
    assert ds["wavelength"].values.tolist() == [600, 610, 620]
    assert ds["signal"].values.tolist() == [1, 2, 3]
    assert ds["signal_sd"].values.tolist() == [0.1, 0.2, 0.3]
    assert ds["signal_modes"].dims == ("mode", "wavelength")
    assert ds["signal_modes"].values.tolist() == [[10, 20, 30], [0, 1, 0]]


def test_build_puts_the_units_of_the_quantity():
    ds = data.build("energy", [1.9, 2.0], [1, 2], quantity="power_per_ev", kind="emission", signal_sd=[0.1, 0.1])
    assert (ds["energy"].units, ds["signal"].units, ds["signal_sd"].units) == ("eV", "W/eV", "W/eV")
    assert data.build("energy", [1.9, 2.0], [1, 2])["signal"].units == "arb. units"


def test_build_takes_one_mode_as_a_row():
    ds = data.build("wavelength", NM, NM, signal_modes=[1, 2, 3])
    assert ds["signal_modes"].shape == (1, 3)


def test_attributes_become_plain():
    ds = emission(excitation_nm=np.float64(660), medium=None, source={"file": "a.csv"}, notes=["read as air"])
    assert type(ds.attrs["excitation_nm"]) is float
    assert "medium" not in ds.attrs
    assert data.json_attr(ds, "source", {}) == {"file": "a.csv"}
    assert data.notes_of(ds) == ("read as air",)
    assert data.notes_of(emission()) == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"axis": "raman"}, "axis must be one of wavelength, energy, .* got 'raman'"),
        ({"x": [600, 610]}, r"fit together, got axes of \(2,\) and a signal of \(3,\)"),
        ({"x": [[600, 610, 620]], "signal": [[1, 2, 3]]}, "must fit together"),
        ({"x": [], "signal": []}, "no samples"),
        ({"x": [600, 0, 620]}, "wavelength must be positive and finite, found 0"),
        ({"x": [600, -5, 620]}, "wavelength must be positive and finite, found -5"),
        ({"x": [600, np.nan, 620]}, "wavelength must be positive and finite, found nan"),
        ({"x": [600, 620, 600]}, "wavelength must ascend without repeats, found 600 twice"),
        ({"signal": [1, np.nan, 3]}, "signal must be finite, found NaN or infinity at wavelength 610"),
        ({"signal_sd": [1, 1, np.inf]}, "signal_sd must be finite, found NaN or infinity at wavelength 620"),
        ({"signal_modes": [[0, 0, 0], [np.nan, 0, 0]]}, "signal_modes must be finite.* at wavelength 600"),
        ({"signal_sd": [0.1, -0.1, 0.1]}, "signal_sd must not be negative"),
        ({"kind": "decay"}, r"attrs\['kind'\] must be one of"),
        ({"quantity": "photons"}, "unknown quantity 'photons'; known are photons_per_nm"),
        ({"medium": "water"}, r"attrs\['medium'\] must be 'air' or 'vacuum', found 'water'"),
        ({"signal": [1, 2 + 1j, 3]}, "signal must hold real numbers, found complex128"),
        ({"signal_sd": [1, 2 + 1j, 3]}, "signal_sd must hold real numbers"),
        ({"x": [600, 610 + 1j, 620]}, "wavelength must hold real numbers"),
        ({"signal_modes": [[[1, 2, 3]]]}, "signal_modes must be rows"),
        ({"flag": [0, 8, 0]}, "flagged as missing must be NaN, found 2 at wavelength 610"),
        ({"flag": [0, 8, 0], "signal": [1, np.inf, 3]}, "flagged as missing must be NaN, found inf at wavelength 610"),
        ({"flag": [0, 0, 9], "signal": [1, 2, 3]}, "flagged as missing must be NaN, found 3 at wavelength 620"),
        ({"flag": [0, 32, 0]}, "flag must be a sum of 1, 2, 4, 8, 16, found 32"),
        ({"flag": [0, 257, 0]}, "flag must be a sum of .*, found 257"),
        ({"flag": [0, -1, 0]}, "flag must be a sum of .*, found -1"),
        ({"flag": [0, np.nan, 0]}, "flag must hold whole numbers, found float64"),
        ({"dark": np.nan}, r"attrs\['dark'\] must be finite, found nan"),
        ({"dark": -np.inf}, r"attrs\['dark'\] must be finite, found -inf"),
        ({"exposures": 0}, r"attrs\['exposures'\] must be a positive number, found 0"),
        ({"rate": "per minute"}, r"attrs\['rate'\] must be 'per second' or left out, found 'per minute'"),
        ({"corrected": True}, r"attrs\['corrected'\] must be str, int or float, found bool"),
    ],
)
def test_build_names_what_is_wrong(arguments, message):
    with pytest.raises(DataError, match=message):
        data.build(**{"axis": "wavelength", "x": NM, "signal": [1.0, 2.0, 3.0], **arguments})


# --- check


def test_check_returns_the_same_object():
    ds = emission()
    assert data.check(ds) is ds


def test_check_wants_a_signal():
    with pytest.raises(DataError, match=r"needs a variable 'signal', found \['If'\]"):
        data.check(xr.Dataset({"If": ("wavelength", [1.0])}, {"wavelength": [600.0]}))


def test_check_wants_an_axis_it_knows():
    with pytest.raises(DataError, match=r"found dims \['colour'\]"):
        data.check(xr.Dataset({"signal": ("colour", [1.0])}))


def frames(**more):
    return data.build("wavelength", NM[::-1], [[1, 2, 3], [4, 5, 6]], along={"frame": [1, 0]}, **more)


def test_several_axes_ascend_and_whole_numbers_stay_whole():
    ds = frames(flag=[[0, 0, 1], [0, 0, 0]])
    assert ds["signal"].dims == ("frame", "wavelength") and ds["signal"].dtype == np.dtype(int)
    assert ds["signal"].values.tolist() == [[6, 5, 4], [3, 2, 1]]
    assert ds["flag"].values.tolist() == [[0, 0, 0], [1, 0, 0]]
    assert data.flagged(ds, "saturated").sum() == 1 and not data.flagged(ds, "missing", "cosmic").any()


def test_analyses_ask_for_one_spectrum():
    with pytest.raises(DataError, match=r"found dims \['frame', 'wavelength'\].*average its frames"):
        data.spectral_axis(frames())
    assert data.spectral_axis(frames().isel(frame=0)) == "wavelength"


def test_only_a_missing_sample_may_be_nan():
    missing = data.FLAGS["missing"]
    ds = data.build("wavelength", NM, [1, np.nan, 3], flag=[0, missing, 0])
    assert data.flagged(ds, "missing").tolist() == [False, True, False]
    with pytest.raises(DataError, match="finite, found NaN or infinity at wavelength 610"):
        data.build("wavelength", NM, [1, np.nan, 3], flag=[missing, 0, 0])


def test_check_sees_flags_that_were_set_behind_build():
    ds = data.build("wavelength", NM, [1.0, 2.0, 3.0], flag=[0, 1, 0])
    ds["flag"].values[1] = data.FLAGS["missing"]
    with pytest.raises(DataError, match="flagged as missing must be NaN, found 2 at wavelength 610"):
        data.check(ds)
    ds["flag"].values[1] = 32
    with pytest.raises(DataError, match="flag must be at most 31, found 32"):
        data.check(ds)
    with pytest.raises(DataError, match="flagged as missing must be NaN, found 5 at wavelength 610"):
        frames(flag=[[0, 0, 0], [0, 8, 0]])


def test_modes_are_of_one_spectrum():
    with pytest.raises(DataError, match="signal_modes are for a 1-d signal, found one along"):
        frames(signal_modes=[[1, 2, 3]])


def test_units_of_positions():
    ds = data.build("x", [0, 1], [[1, 2]], along={"y": [0.5]}, axis_units={"y": "um"})
    assert (ds["x"].attrs["units"], ds["y"].attrs["units"]) == ("px", "um")
    assert data.build("abscissa", [-1, 1], [1, 2], axis_units={"abscissa": "Hz"})["abscissa"].attrs["units"] == "Hz"
    with pytest.raises(DataError, match="y must be in px or um, found 'm'"):
        data.build("x", [0, 1], [[1, 2]], along={"y": [0.5]}, axis_units={"y": "m"})


def test_check_wants_the_unit_of_the_axis():
    ds = emission()
    ds["wavelength"].attrs["units"] = "um"
    with pytest.raises(DataError, match="wavelength must be in nm, found 'um'"):
        data.check(ds)


def test_check_wants_ascending_samples():
    with pytest.raises(DataError, match="twice or out of order"):
        data.check(emission().isel(wavelength=[2, 1, 0]))


def test_messages_call_the_measurement_by_its_file_and_column():
    source = {"file": "set.csv", "column": "If"}
    assert data.label(emission(source=source)) == "set.csv, column 'If'"
    assert data.label(emission(source={"file": "set.csv"})) == "set.csv"
    assert data.label(emission()) == "emission Dataset"


# --- attributes


def test_with_attrs_sets_removes_adds_notes_and_leaves_the_original():
    before = emission(excitation_nm=660.0, notes=["one"])
    after = data.with_attrs(before, quantity="power_per_nm", excitation_nm=None, temperature_k=295, notes=["two"])
    assert "excitation_nm" not in after.attrs and after.attrs["temperature_k"] == 295
    assert data.notes_of(after) == ("one", "two")
    assert after["signal"].units == "W/nm"
    assert before.attrs["excitation_nm"] == 660.0 and data.notes_of(before) == ("one",)
    assert before["signal"].units == "photons/nm"


def test_with_attrs_checks():
    with pytest.raises(DataError, match="unknown quantity"):
        data.with_attrs(emission(), quantity="light")


def test_an_undeclared_quantity_is_asked_for():
    with pytest.raises(DataError, match=r"nothing says what the numbers are. Declare quantity = one of absorbance"):
        data.require_quantity(data.build("wavelength", NM, NM), data.ABSORPTION_QUANTITIES)
    with pytest.raises(DataError, match=r"needs one of absorbance, .* but its quantity is 'photons_per_nm'"):
        data.require_quantity(emission(), data.ABSORPTION_QUANTITIES)
    assert data.require_quantity(emission(), data.EMISSION_QUANTITIES) == "photons_per_nm"


def test_every_quantity_has_a_unit_and_one_family():
    assert not set(data.EMISSION_QUANTITIES) & set(data.ABSORPTION_QUANTITIES)
    assert all(data.QUANTITIES.values())


# --- axes


@pytest.mark.parametrize(("medium", "read_as"), [(None, "air"), ("air", "air"), ("vacuum", "vacuum")])
def test_wavelength_and_energy(medium, read_as):
    wavelength, energy, found = data.wavelength_and_energy(emission(medium=medium))
    assert found == read_as
    assert_allclose(wavelength, NM)
    assert_allclose(energy, units.energy_from_wavelength(NM, read_as))


def test_an_energy_axis_gives_wavelengths_in_its_medium():
    ds = data.build("energy", [1.9, 2.0], [1, 2], medium="vacuum")
    wavelength, energy, medium = data.wavelength_and_energy(ds)
    assert medium == "vacuum" and energy.tolist() == [1.9, 2.0]
    assert_allclose(wavelength, units.HC_EV_NM / energy)


# --- convert


def test_convert_by_hand_in_vacuum():
    ds = emission("power_per_nm", medium="vacuum")
    energy_joule = units.PLANCK_J_S * units.LIGHT_SPEED_M_PER_S / (NM * 1e-9)
    assert_allclose(quantities.convert(ds, "photons_per_nm")["signal"], ds["signal"] / energy_joule, rtol=1e-12)
    assert_allclose(quantities.convert(ds, "power_per_ev")["signal"], ds["signal"] * NM**2 / units.HC_EV_NM, rtol=1e-12)


def test_convert_carries_independent_and_shared_uncertainty():
    ds = data.build(
        "wavelength", NM, [1, 2, 3], quantity="photons_per_nm", signal_sd=[0.1, 0.2, 0.3], signal_modes=[[1, 0, -1]]
    )
    out = quantities.convert(ds, "power_per_ev")
    factor = out["signal"].values / ds["signal"].values
    assert_allclose(out["signal_sd"], ds["signal_sd"] * factor)
    assert_allclose(out["signal_modes"], ds["signal_modes"] * factor)
    assert (out["signal"].units, out["signal_sd"].units, out["signal_modes"].units) == ("W/eV",) * 3
    assert out.attrs["quantity"] == "power_per_ev" and ds.attrs["quantity"] == "photons_per_nm"


def test_shared_uncertainty_keeps_its_sign_through_a_falling_conversion():
    ds = data.build(
        "wavelength", NM, [0.1, 0.2, 0.3], quantity="absorbance", signal_sd=[0.01] * 3, signal_modes=[0.01] * 3
    )
    out = quantities.convert(ds, "transmittance")
    assert (out["signal_modes"] < 0).all() and (out["signal_sd"] > 0).all()


def test_convert_to_itself_changes_nothing():
    ds = emission()
    assert quantities.convert(ds, "photons_per_nm") is ds


def test_absorption_by_hand():
    ds = data.build("wavelength", NM, [0.0, 1.0, 2.0], kind="absorption", quantity="absorbance")
    assert_allclose(quantities.convert(ds, "transmittance")["signal"], [1, 0.1, 0.01])
    assert_allclose(quantities.convert(ds, "absorptance")["signal"], [0, 0.9, 0.99], atol=1e-15)


@pytest.mark.parametrize(
    ("have", "want"),
    [
        ("counts", "photons_per_nm"),
        ("photons_per_nm", "counts"),
        ("absorbance", "photons_per_nm"),
        ("power_per_nm", "absorptance"),
        ("absorbance", "absorption_per_cm"),
    ],
)
def test_what_needs_further_data_is_refused(have, want):
    with pytest.raises(DataError, match=f"{have} cannot be converted to {want} without further data"):
        quantities.convert(emission(have), want)


@pytest.mark.parametrize(("quantity", "signal"), [("absorptance", (0.1, 1.0, 0.2)), ("transmittance", (0.5, 0.0, 0.4))])
def test_no_logarithm_of_nothing(quantity, signal):
    with pytest.raises(DataError, match="no light is left"):
        quantities.convert(emission(quantity, signal), "absorbance")


def test_convert_asks_for_an_undeclared_quantity():
    with pytest.raises(DataError, match="nothing says what the numbers are"):
        quantities.convert(data.build("wavelength", NM, NM), "absorbance")


def test_notes_are_json_text():
    assert json.loads(emission(notes=["a", "b"]).attrs["notes"]) == ["a", "b"]
