"""Index and absorption of the materials; files in the form of the refractiveindex.info database, made here."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.materials import load
from antistokes.materials.formulas import index_by_formula
from antistokes.materials.optics import absorption_per_cm, extinction, read_refractive_index, refractive_index


@pytest.mark.parametrize(
    ("name", "wavelength_nm", "index", "atol"),
    [
        ("fused_silica", 589.3, 1.45840, 1e-5),  # Malitson 1965, table of computed values
        ("fused_silica", 404.66, 1.46962, 1e-5),
        ("fused_silica", 1013.98, 1.45024, 1e-5),
        ("toluene", 589.3, 1.4969, 1e-3),
        ("pmma", 589.3, 1.4914, 1.5e-3),
        ("znse", 632.8, 2.58, 2e-2),
        ("cds", 632.8, 2.49, 2e-2),
    ],
)
def test_known_indices(name, wavelength_nm, index, atol):
    assert_allclose(refractive_index(load(name), wavelength_nm), index, atol=atol)


def test_index_keeps_the_shape_and_falls_with_wavelength():
    grid = np.linspace(310.0, 1500.0, 60).reshape(6, 10)
    index = refractive_index(load("toluene"), grid)
    assert index.shape == grid.shape
    assert np.all(np.diff(index.ravel()) < 0)
    assert refractive_index(load("toluene"), 600.0).shape == ()
    assert refractive_index(load("toluene"), []).shape == (0,)


def test_formulas_of_toluene_meet():
    below, above = refractive_index(load("toluene"), [640.7, 640.71])
    assert 0 < below - above < 6e-4


@pytest.mark.parametrize(
    ("name", "wavelength_nm", "message"),
    [
        ("toluene", [600, 1700], "index of toluene is known at 300.1-640.7 nm and 500-1600 nm, got 1700 nm"),
        ("fused_silica", 200, "index of fused_silica is known at 210-3710 nm, got 200 nm"),
        ("oleylamine", 600, "index of oleylamine is known at no wavelength; a file"),
        ("pmma", math.nan, "known at 420-1620 nm, got nan nm"),
    ],
)
def test_index_outside_its_range_is_refused(name, wavelength_nm, message):
    with pytest.raises(ValueError, match=message):
        refractive_index(load(name), wavelength_nm)


def test_overtones_of_toluene():
    toluene = load("toluene")
    grid = np.arange(510.0, 890.5, 0.5)
    alpha = absorption_per_cm(toluene, grid)
    assert_allclose(grid[np.argmax(alpha)], 875.5, atol=1.0)
    assert_allclose(absorption_per_cm(toluene, 714.1), 7.5e-3, rtol=0.02)
    assert alpha[grid < 580].max() < 1e-4
    narrow = load("toluene").overtones.bands[3]
    half = 1e7 / (1e7 / narrow.centre.value + narrow.fwhm.value / 2)
    assert_allclose(absorption_per_cm(toluene, half), narrow.peak.value / 2, rtol=0.02)


def test_absorption_outside_its_range_or_unknown_is_refused():
    with pytest.raises(ValueError, match="absorption of toluene is known at 510-890 nm, got 900 nm"):
        absorption_per_cm(load("toluene"), [700, 900])
    with pytest.raises(ValueError, match="No absorption bands are known of oleylamine; read_refractive_index takes"):
        absorption_per_cm(load("oleylamine"), 700)


@pytest.mark.parametrize(("name", "expected"), [("cdse", 1.1e5), ("cds", 1.1e5)])
def test_local_field_of_docs_materials(name, expected):
    numbers = load(name).numbers
    n, alpha = numbers["refractive_index_405nm"].value, numbers["absorption_405nm"].value
    permittivity = (n + 1j * alpha * 405e-7 / (4 * math.pi)) ** 2
    field = 3 * 1.5**2 / (permittivity + 2 * 1.5**2)
    assert_allclose(n / 1.5 * abs(field) ** 2 * alpha, expected, rtol=0.05)


X = 0.6
HAND = {
    1: ("0.1 1.2 0.2", math.sqrt(1.1 + 1.2 * 0.36 / (0.36 - 0.04))),
    2: ("0.1 1.2 0.2", math.sqrt(1.1 + 1.2 * 0.36 / (0.36 - 0.2))),
    3: ("2.2 0.02 -2 0.001 -4", math.sqrt(2.2 + 0.02 / 0.36 + 0.001 / 0.1296)),
    4: (
        "2.2 0.3 2 0.2 2 0.01 0 0.1 1 -0.01 2",
        math.sqrt(2.2 + 0.3 * 0.36 / (0.36 - 0.04) + 0.01 / (0.36 - 0.1) - 0.0036),
    ),
    5: ("1.5 0.004 -2", 1.5 + 0.004 / 0.36),
    6: ("0 0.05 200", 1 + 0.05 / (200 - 1 / 0.36)),
    7: ("1.5 0.01 0.001 -0.002 0.003", 1.5 + 0.01 / 0.332 + 0.001 / 0.332**2 - 0.002 * 0.36 + 0.003 * 0.1296),
    8: ("0.3 0.02 0.1 -0.005", math.sqrt((1 + 2 * (r := 0.3 + 0.02 * 0.36 / 0.26 - 0.0018)) / (1 - r))),
    9: ("2.5 0.012 0.03 0.03 1.5 1.8", math.sqrt(2.5 + 0.012 / 0.33 + 0.03 * (0.6 - 1.5) / (0.81 + 1.8))),
}


def written(tmp_path, text):
    path = tmp_path / "page.yml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("number", HAND)
def test_each_formula_of_a_file(number, tmp_path):
    coefficients, expected = HAND[number]
    text = (
        "# a page\nREFERENCES: |\n    A. Author, a journal.\nCOMMENTS: |\n    20 °C\nDATA:\n"
        f"  - type: formula {number}\n    wavelength_range: 0.4 0.8\n    coefficients: {coefficients}\n"
    )
    found = read_refractive_index(written(tmp_path, text))
    assert_allclose(refractive_index(found, [1e3 * X]), [expected], rtol=1e-12)
    assert (found.references, found.comments, found.extinction) == ("A. Author, a journal.", "20 °C", ())
    with pytest.raises(ValueError, match="index of page.yml is known at 400-800 nm, got 900 nm"):
        refractive_index(found, 900)
    with pytest.raises(ValueError, match="extinction coefficient of page.yml is known at no wavelength"):
        extinction(found, 600)


@pytest.mark.parametrize("count", [1, 5])
def test_formula_4_may_be_short(count):
    c = [4.0, 0.3, 2, 0.2, 2][:count]
    assert_allclose(index_by_formula(4, c, X), math.sqrt(4 + (0.3 * 0.36 / 0.32 if count == 5 else 0)))


def test_a_table_of_n_and_k(tmp_path):
    text = "DATA:\n  - type: tabulated nk\n    data: |\n        0.5 2.0 0.1\n        0.7 1.8 0.3\n        0.6 1.9 0.2\n"
    found = read_refractive_index(written(tmp_path, text))
    assert_allclose(refractive_index(found, [500, 550, 700]), [2.0, 1.95, 1.8])
    assert_allclose(extinction(found, [500, 550, 700]), [0.1, 0.15, 0.3])
    assert_allclose(absorption_per_cm(found, 500.0), 4 * math.pi * 0.1 / 500e-7)
    with pytest.raises(ValueError, match="is known at 500-700 nm, got 499 nm"):
        refractive_index(found, [600, 499])


def test_a_formula_beside_a_table_of_k(tmp_path):
    text = (
        "DATA:\n  - type: formula 5\n    range: 0.4 0.8\n    coefficients: 1.5\n"
        "  - type: tabulated k\n    data: |\n        0.5 1e-8\n        0.6 3e-8\n"
        "  - type: tabulated n\n    data: |\n        0.7 1.6\n        0.9 1.4\n"
    )
    found = read_refractive_index(written(tmp_path, text))
    assert_allclose(refractive_index(found, [450, 750, 850]), [1.5, 1.5, 1.45])  # the first that holds
    assert_allclose(absorption_per_cm(found, [550.0]), [4 * math.pi * 2e-8 / 550e-7])


BLOCK = "DATA:\n  - type: formula 1\n    wavelength_range: 0.4 0.8\n    coefficients: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a list DATA, as in files of refractiveindex.info, found NoneType"),
        ("just words", "expected a list DATA"),
        ("DATA: []", "expected a list DATA"),
        ("DATA:\n  - [", "expected YAML in UTF-8, found"),
        ("DATA: !!python/object/apply:os.getcwd []", "expected YAML in UTF-8, found"),
        ("DATA:\n  - 3", "DATA 1: expected a type 'formula N', 'tabulated n', 'tabulated k', 'tabulated nk', found ''"),
        ("DATA:\n  - type: tabulated n2", "found 'tabulated n2'"),
        ("DATA:\n  - type: tabulated n", "DATA 1: expected rows of 2 numbers, found \\[\\] a row"),
        ("DATA:\n  - type: tabulated n\n    data: 0.5 1.5 0.1", "expected rows of 2 numbers, found \\[3\\] a row"),
        ("DATA:\n  - type: tabulated n\n    data: 0.5 x", "expected numbers, found could not convert string"),
        ("DATA:\n  - type: tabulated n\n    data: 0.5 nan", "expected numbers, found '0.5 nan', which is not finite"),
        (BLOCK + "0 1", "DATA 1: expected a known formula.* found Formula 1 cannot have 2 coefficients"),
        (BLOCK + "x", "expected a known formula.* found could not convert"),
        (BLOCK.replace("1", "10") + "1", "found Formula 10 is unknown; the database numbers them 1 to 9"),
        (BLOCK.replace("0.4 0.8", "0.8 0.4") + "1", "expected a rising wavelength_range, found '0.8 0.4'"),
        (BLOCK.replace("0.4 0.8", "0.4") + "1", "expected a known formula, its coefficients and a wavelength_range"),
    ],
)
def test_a_wrong_file_is_told(text, message, tmp_path):
    path = written(tmp_path, text)
    with pytest.raises(ValueError, match=message) as caught:
        read_refractive_index(path)
    assert str(path) in str(caught.value)


def test_bytes_that_are_no_text_are_told(tmp_path):
    path = tmp_path / "page.yml"
    path.write_bytes(b"DATA: \xff\xfe")
    with pytest.raises(ValueError, match="expected YAML in UTF-8"):
        read_refractive_index(path)


def test_a_square_that_is_not_positive_is_told():
    with pytest.raises(ValueError, match="Formula 1 gives no positive square of the index"):
        index_by_formula(1, [0, 1.2, 0.5], [0.49])
