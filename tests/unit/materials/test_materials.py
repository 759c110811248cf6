"""The form of every TOML, the names, and the tables that are shown."""

import copy
import pickle
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from antistokes import materials
from antistokes.materials.form import Number, material

DOCS = Path(__file__).parents[3] / "docs" / "materials.md"
UNITS = {"1", "eV", "eV/K", "meV", "m_e", "nm", "K", "K^-1", "cm^-1", "kg/m^3", "g/mol", "J/(kg K)", "W/(m K)"}
SEMICONDUCTORS = {"cdse", "cds", "zns", "znse", "inp", "cspbbr3"}


def raw(name: str):
    return tomllib.loads(files(materials).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def test_the_ten_are_there_and_in_the_docs():
    others = {"toluene", "oleylamine", "fused_silica", "pmma"}
    assert set(materials.names()) == SEMICONDUCTORS | others
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    listed = {line.split("`")[1]: line.split("|")[3:5] for line in lines if line.startswith("| `")}
    assert tuple(listed) == materials.names()
    for name, (index, bands) in listed.items():
        found = materials.load(name)
        ends = [(piece.lowest_nm, piece.highest_nm) for piece in found.dispersion]
        said = f"{min(low for low, _ in ends):g}-{max(high for _, high in ends):g} nm" if ends else ""
        assert index.strip() == said, name
        overtones = found.overtones
        assert bands.strip() == (f"{overtones.lowest_nm:g}-{overtones.highest_nm:g} nm" if overtones else ""), name


def test_units_are_of_the_list():
    assert {unit for unit, _ in materials.QUANTITIES.values()} == UNITS


@pytest.mark.parametrize("name", materials.names())
def test_form_of_each_file(name):
    """Read once more without the code that checks: every number carries its four fields, and nothing else is there."""
    text = raw(name)
    assert isinstance(text.pop("title"), str)
    pieces, bands = text.pop("dispersion", []), text.pop("overtones", {}).get("band", [])
    for quantity, table in text.items():
        assert {"value", "unit", "uncertainty", "source"} <= set(table) <= set(Number._fields), quantity
        assert table["unit"] == materials.QUANTITIES[quantity][0], quantity
        assert 0 < table["uncertainty"] < 0.5 * abs(table["value"]) or quantity.endswith("offset_to_cdse"), quantity
        assert "from memory" not in table["source"] or table["assumed"] is True, quantity
    for piece in pieces:
        assert {"unit", "uncertainty", "source"} <= set(piece)
    for band in bands:
        assert all({"value", "unit", "uncertainty"} <= set(number) for number in band.values())


@pytest.mark.parametrize("name", sorted(SEMICONDUCTORS))
def test_what_a_model_of_a_dot_needs(name):
    needed = {
        "band_gap",
        "electron_mass",
        "hole_mass",
        "lo_phonon",
        "monolayer_thickness",
        "lattice_constant",
        "density",
    }
    found = materials.load(name).numbers
    assert needed <= set(found)
    assert {"varshni_a", "varshni_b"} <= set(found) or "band_gap_slope" in found
    assert found["high_frequency_dielectric_constant"].value > 4


@pytest.mark.parametrize("name", ["cdse", "cds", "zns", "znse", "inp"])
def test_numbers_agree_with_one_another(name):
    found = {quantity: number.value for quantity, number in materials.load(name).numbers.items()}
    assert_allclose(found["monolayer_thickness"], found["lattice_constant"] / 3**0.5, rtol=2e-3)
    ratio = found["static_dielectric_constant"] / found["high_frequency_dielectric_constant"]
    assert_allclose((found["lo_phonon"] / found["to_phonon"]) ** 2, ratio, rtol=0.12)  # Lyddane, Sachs and Teller
    grams = {"cdse": 191.37, "cds": 144.48, "zns": 97.46, "znse": 144.35, "inp": 145.79}[name]
    assert_allclose(found["density"], 4 * grams / 6.02214e23 / (found["lattice_constant"] * 1e-7) ** 3 * 1e3, rtol=0.02)


@pytest.mark.parametrize("name", ["CdSe", " cdse ", "Fused Silica", "fused_silica"])
def test_load_forgives_capitals_and_spaces(name):
    assert materials.load(name).name in ("cdse", "fused_silica")


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(ValueError, match=r"no material 'tolulene'. Did you mean 'toluene'\? Known: cds, cdse"):
        materials.load("tolulene")
    with pytest.raises(ValueError, match=r"no material '../xyz'. Known: "):
        materials.load("../xyz")


def test_a_material_that_is_changed_is_read_anew():
    changed = materials.load("cdse")
    changed.numbers["band_gap"] = None
    assert materials.load("cdse").numbers["band_gap"].value == 1.74


def test_a_material_can_go_to_another_process():
    toluene = materials.load("toluene")
    assert pickle.loads(pickle.dumps(toluene)) == toluene


def test_known_numbers():
    assert materials.load("toluene").numbers["refractive_index_d"].value == 1.4969
    assert_allclose(materials.load("toluene").numbers["heat_capacity"].value * 92.138e-3, 157.1, atol=0.1)
    assert (
        materials.load("cspbbr3").numbers["band_gap_slope"].value
        > 0
        > materials.load("cds").numbers["band_gap_slope"].value
    )
    assert_allclose(materials.load("cds").numbers["lo_phonon"].value, 305 * 0.1239842, atol=0.05)


def test_assumed_numbers_are_marked_in_the_table():
    for name in materials.names():
        found = materials.load(name)
        marked = {row.quantity for row in materials.describe(found) if row.status == "assumed"}
        assert marked == set(materials.assumed(found)), name
    assert "varshni_a" in materials.assumed(materials.load("cdse"))
    assert "lo_phonon" not in materials.assumed(materials.load("cdse"))
    assert materials.assumed(materials.load("pmma")) == {}


def test_rows_of_a_liquid_hold_all():
    toluene = materials.load("toluene")
    rows = materials.describe(toluene)
    assert len(rows) == len(toluene.numbers) + len(toluene.dispersion) + 3 * len(toluene.overtones.bands) + 1
    texts = {row.quantity: row.value for row in rows}
    assert texts["density"] == "862.00 ± 0.50 kg/m^3"
    assert texts["band at 714 nm, peak"] == "0.00746 ± 0.00030 cm^-1"
    assert texts["refractive index at 589.3 nm (formula for 500-1600 nm)"] == "1.49664 ± 0.00050"
    assert texts["range of the bands"] == "510-890 nm"
    assert all(row.source for row in rows)


@pytest.mark.parametrize(
    ("value", "spread", "unit", "text"),
    [
        (1.74, 0.01, "eV", "1.740 ± 0.010 eV"),
        (-4.5e-4, 0.8e-4, "eV/K", "(-4.50 ± 0.80)e-4 eV/K"),
        (1.85e5, 2e4, "cm^-1", "(1.85 ± 0.20)e5 cm^-1"),
        (1705, 10, "J/(kg K)", "1705 ± 10 J/(kg K)"),
        (0.0, 0.5, "1", "0.00 ± 0.50"),
        (4824, 130, "1", "4824 ± 130"),
    ],
)
def test_plus_minus(value, spread, unit, text):
    assert materials.plus_minus(value, spread, unit) == text


GOOD = {
    "title": "Thing",
    "density": {"value": 1.0, "unit": "kg/m^3", "uncertainty": 0.1, "source": "here"},
    "dispersion": [
        {
            "formula": 5,
            "coefficients": [1.5],
            "lowest_nm": 400,
            "highest_nm": 700,
            "unit": "1",
            "uncertainty": 0.01,
            "source": "here",
        }
    ],
    "overtones": {
        "lowest_nm": 500,
        "highest_nm": 800,
        "source": "here",
        "assumed": True,
        "band": [
            {
                "centre": {"value": 600, "unit": "nm", "uncertainty": 1},
                "peak": {"value": 1e-3, "unit": "cm^-1", "uncertainty": 1e-4},
                "fwhm": {"value": 300, "unit": "cm^-1", "uncertainty": 30},
            }
        ],
    },
}


def test_a_good_form_passes_and_hands_its_origin_to_the_bands():
    found = material("thing", GOOD)
    assert found.overtones.bands[0].peak == Number(1e-3, "cm^-1", 1e-4, "here", True)
    assert set(materials.assumed(found)) == {f"band at 600 nm, {part}" for part in ("centre", "peak", "fwhm")}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("title",), "", "thing, title: expected a text, found ''"),
        (("weight",), {}, "thing: 'weight' is no quantity of a material. Known: band_gap, "),
        (("density",), 3.0, "thing: density, keys: expected value, unit, uncertainty, source and perhaps"),
        (("density", "colour"), 3.0, "thing: density, keys: "),
        (("density", "unit"), "g/cm^3", "thing: density, unit: expected 'kg/m^3', found 'g/cm^3'"),
        (("density", "value"), "1.0", "thing: density, value: expected a finite number, found '1.0'"),
        (("density", "value"), True, "thing: density, value: expected a finite number, found True"),
        (("density", "uncertainty"), float("nan"), "uncertainty: expected a finite number, found nan"),
        (("density", "uncertainty"), 0.0, "uncertainty: expected a standard deviation above 0, found 0.0"),
        (("density", "source"), " ", "thing: density, source: expected a text, found ' '"),
        (("density", "assumed"), "yes", "assumed and note: expected true or false, and a text"),
        (("dispersion", 0, "unit"), "um", "thing: dispersion 1, unit: expected '1', found 'um'"),
        (
            ("dispersion", 0, "highest_nm"),
            300,
            "thing: dispersion 1, range and uncertainty: expected 0 < lowest_nm < highest_nm",
        ),
        (("overtones", "highest_nm"), 300, "thing: overtones, range: expected 0 < lowest_nm < highest_nm"),
        (("overtones", "band", 0, "peak", "unit"), "m^-1", "thing: overtones, band 1, peak, unit: expected 'cm^-1'"),
    ],
)
def test_a_wrong_form_is_told(path, value, message):
    text = copy.deepcopy(GOOD)
    place = text
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ValueError) as caught:
        material("thing", text)
    assert message in str(caught.value)
