"""Files of the refractiveindex.info database (CC0): they are read, and the shipped materials state what they state."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.materials import load
from antistokes.materials.optics import absorption_per_cm, extinction, read_refractive_index, refractive_index


@pytest.fixture
def page(real_data):
    folder = real_data / "data" / "nk-refractiveindex" / "database" / "data"
    if not folder.is_dir():
        pytest.skip("the optical constants are not among the real files")
    return lambda name: read_refractive_index(folder / name)


@pytest.mark.parametrize(
    ("file", "material", "piece"),
    [
        ("main/SiO2/nk/Malitson.yml", "fused_silica", 0),
        ("organic/C7H8 - toluene/nk/Kozma.yml", "toluene", 0),
        ("organic/C7H8 - toluene/nk/Kedenburg.yml", "toluene", 1),
        ("main/CdS/nk/Bieniewski-o.yml", "cds", 0),
    ],
)
def test_formulas_are_those_of_the_files(page, file, material, piece):
    (there,), here = page(file).dispersion, load(material).dispersion[piece]
    assert (there.formula, there.coefficients) == (here.formula, here.coefficients)
    assert_allclose([there.lowest_nm, min(there.highest_nm, here.highest_nm)], [here.lowest_nm, here.highest_nm])
    source = here.source.partition("doi:")[2].partition(";")[0]
    assert source and source in page(file).references


def test_the_index_of_toluene_lies_among_the_work_of_others(page):
    """Moutzouris et al. measured at 27 °C; the shipped formulas hold at 20 and 22 °C."""
    grid = np.arange(450.0, 1001.0, 50.0)
    toluene = load("toluene")
    colder = (27 - 21) * -toluene.numbers["thermo_optic_coefficient"].value
    other = refractive_index(page("organic/C7H8 - toluene/nk/Moutzouris.yml"), grid) + colder
    assert_allclose(refractive_index(toluene, grid), other, atol=2.5 * 1.2e-3)


def test_bands_of_toluene_are_those_of_the_measured_table(page):
    grid, toluene = np.arange(600.0, 890.0), load("toluene")
    rest = absorption_per_cm(page("organic/C7H8 - toluene/nk/Kedenburg.yml"), grid) - absorption_per_cm(toluene, grid)
    visible, baseline = rest[grid < 800], toluene.numbers["absorption_baseline"]
    assert_allclose(np.median(visible), baseline.value, atol=baseline.uncertainty)
    smooth = np.polyval(np.polyfit(grid[grid < 800], visible, 2), grid[grid < 800])
    assert np.std(visible - smooth) < 2e-4
    strong = absorption_per_cm(toluene, grid) > 2e-2
    assert_allclose(rest[strong], 0, atol=0.1 * absorption_per_cm(toluene, grid).max())


@pytest.mark.parametrize(
    ("file", "material", "wavelength_nm"),
    [
        ("main/CdSe/nk/Ninomiya-cubic.yml", "cdse", 405),
        ("main/CdSe/nk/Ninomiya-cubic.yml", "cdse", 450),
        ("main/CdS/nk/Ninomiya-o.yml", "cds", 405),
        ("main/CdS/nk/Ninomiya-o.yml", "cds", 450),
        ("main/InP/nk/Adachi.yml", "inp", 405),
        ("main/InP/nk/Adachi.yml", "inp", 450),
    ],
)
def test_absorption_in_the_blue(page, file, material, wavelength_nm):
    numbers, constants = load(material).numbers, page(file)
    stated = numbers[f"absorption_{wavelength_nm}nm"].value
    assert_allclose(absorption_per_cm(constants, wavelength_nm), stated, rtol=0.01)
    if index := numbers.get(f"refractive_index_{wavelength_nm}nm"):
        assert_allclose(refractive_index(constants, wavelength_nm), index.value, atol=6e-3)


@pytest.mark.parametrize(
    "file",
    [
        "main/CdSe/nk/Ninomiya-e.yml",
        "main/CdS/nk/Treharne.yml",
        "main/ZnS/nk/Ozaki.yml",
        "other/quantum dots/CdSe-ZnCdS/nk/Aftenieva.yml",
    ],
)
def test_tables_are_read(page, file):
    constants = page(file)
    assert np.all(refractive_index(constants, [400.0, 500.0, 600.0]) > 1.5)
    assert np.all(extinction(constants, [400.0, 500.0, 600.0]) >= 0)
    assert constants.references
