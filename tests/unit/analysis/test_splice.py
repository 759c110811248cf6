import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data, units
from antistokes.analysis.splice import splice_absorption
from antistokes.errors import DataError
from antistokes.lab import spectra as lab

SAMPLE = lab.Sample()
NM = np.arange(400.0, 760.5)
TRUTH = SAMPLE.alpha_per_cm(units.energy_from_wavelength(NM)) / units.LN10
CLEAR = (705.0, 760.0)


def scan(concentration, seed=0, nm=NM, **settings):
    rng = np.random.default_rng([seed, int(10 * concentration)])
    return lab.measure_absorption(SAMPLE, nm, rng, concentration=concentration, **settings)


def flat(value, nm=NM, sd=None):
    return data.build("wavelength", nm, np.full(nm.size, value), kind="absorption", quantity="absorbance", signal_sd=sd)


def test_without_noise_scale_and_spectrum_are_exact():
    found = splice_absorption(scan(1, photons=np.inf), scan(30, photons=np.inf))
    assert_allclose(found.scale.value, 30.0, rtol=1e-9)
    x = found.absorption["wavelength"].values
    assert_allclose(found.absorption["signal"].values, 30 * TRUTH[np.searchsorted(NM, x)], rtol=1e-6, atol=1e-9)
    assert x[0] == NM[TRUTH >= 3][-1] + 1 + 4 and x[-1] == 760.0 and np.all(np.diff(x) > 0)


def test_four_samples_are_left_out_beside_saturation_and_only_there():
    nm = np.arange(460.0, 760.5)
    found = splice_absorption(scan(1, nm=nm), scan(30, nm=nm))
    assert found.absorption["wavelength"].values[0] == 460.0
    last = nm[scan(30, nm=nm)["signal"].values >= 3][-1]
    assert found.join_nm >= last + 5


def test_a_flag_counts_as_saturation_whatever_the_value():
    c = scan(30)
    clipped = c["signal"].values >= 3
    value = np.where(clipped, 2.5, c["signal"].values)  # a detector that ends lower
    flag = np.where(clipped, data.FLAGS["clipped"], 0).astype(np.uint8)
    flagged = c.assign(signal=("wavelength", value, c["signal"].attrs), flag=("wavelength", flag))
    expected, found = splice_absorption(scan(1), c), splice_absorption(scan(1), flagged)
    assert found.join_nm == expected.join_nm and found.scale.value == expected.scale.value


def test_baselines_come_back():
    d = scan(1, photons=np.inf, offset=0.002, scattering=0.001)
    c = scan(30, photons=np.inf, offset=0.003, scattering=0.004)
    found = splice_absorption(d, c, transparent_nm=CLEAR, scattering=True)
    assert_allclose(found.scale.value, 30.0, rtol=1e-4)  # at 705 nm 30 parts of the tail are 6e-7 still
    expected = {
        "dilute baseline, constant": 0.002,
        "dilute baseline, Rayleigh part at 600 nm": 0.001,
        "concentrated baseline, constant": 0.003,
        "concentrated baseline, Rayleigh part at 600 nm": 0.004,
    }
    assert {k: v.value for k, v in found.parameters.items()} == pytest.approx(expected, abs=2e-5)


def test_the_join_is_where_the_concentrated_scan_begins_to_be_used():
    found = splice_absorption(scan(1), scan(30))
    x, y, sd = (found.absorption[k].values for k in ("wavelength", "signal", "signal_sd"))
    assert scan(30)["signal"].values[NM < found.join_nm].max() >= 3.0
    red = x >= found.join_nm
    assert_allclose(y[red], scan(30)["signal"].values[np.searchsorted(NM, x[red])], atol=0)
    assert_allclose(y[~red], found.scale.value * scan(1)["signal"].values[np.searchsorted(NM, x[~red])], rtol=1e-12)
    assert np.median(sd[~red]) > 5 * np.median(sd[red])  # 30 times the dilute noise


def test_modes_and_noise_are_the_scatter_of_the_tail():
    """30 pairs of scans: s.d. of the joined spectrum over the stated one, within 43 % (99.9 %: 1 +- 3.3/sqrt(60))."""
    wanted = np.array([500.0, 600.0, 660.0, 685.0, 700.0])
    z, stated, shared = [], [], []
    for seed in range(30):
        d, c = scan(1, seed, offset=0.002), scan(30, seed, offset=0.003, scattering=0.004)
        ds = splice_absorption(d, c, transparent_nm=CLEAR, scattering=True).absorption
        at = np.searchsorted(ds["wavelength"].values, wanted)
        common = np.sum(ds["signal_modes"].values[:, at] ** 2, axis=0)
        stated.append(ds["signal_sd"].values[at] ** 2 + common)
        shared.append(common)
        z.append(ds["signal"].values[at] - 30 * TRUTH[np.searchsorted(NM, wanted)])
    spread = np.std(z, axis=0, ddof=1) / np.sqrt(np.mean(stated, axis=0))
    assert_allclose(spread, 1.0, atol=0.43)
    assert np.all(np.abs(np.mean(z, axis=0)) < 3.3 * np.std(z, axis=0) / np.sqrt(30))
    assert np.all(np.mean(shared, axis=0)[:3] > 0.05 * np.mean(stated, axis=0)[:3])  # they are not a trifle


def test_the_scale_covers_itself():
    """30 pairs without baselines: z of mean 0 and s.d. 1."""
    z = []
    for seed in range(30):
        found = splice_absorption(scan(1, seed), scan(30, seed))
        z.append((found.scale.value - 30) / found.scale.sd)
    assert abs(np.mean(z)) < 3.3 / np.sqrt(30)
    assert_allclose(np.std(z), 1.0, atol=0.43)


def test_the_scale_covers_itself_on_unequal_grids():
    """A dilute scan every 2 nm, a concentrated one every .5 nm: the interpolated samples share their noise.

    A 95 % interval holds the truth in 50 to 60 of 60 runs (99.9 %, binomial); with samples taken as independent it
    was 65 %, and 50 of 60 would be one case in 500.
    """
    coarse, fine = np.arange(460.0, 760.5, 2.0), np.arange(460.0, 760.5, 0.5)
    found = [splice_absorption(scan(1, seed, coarse), scan(30, seed, fine)).scale for seed in range(60)]
    assert 50 <= sum(e.low <= 30 <= e.high for e in found)
    z = [(e.value - 30) / e.sd for e in found]
    assert abs(np.mean(z)) < 3.3 / np.sqrt(60)
    assert_allclose(np.std(z), 1.0, atol=3.3 / np.sqrt(120))


def test_one_shape_on_unequal_grids_is_not_called_two():
    """A warning in 2 % of runs would be at most 4 of 40 at 99.9 %; on equal grids it is 1.5 %."""
    coarse, fine = np.arange(460.0, 760.5, 2.0), np.arange(460.0, 760.5, 1.0)
    found = [splice_absorption(scan(1, seed, coarse), scan(30, seed, fine)) for seed in range(40)]
    assert sum(any("do not have one shape" in w for w in f.warnings) for f in found) <= 4


def test_grids_may_differ():
    d = scan(1, photons=np.inf, nm=np.arange(400.0, 760.1, 0.7))
    c = scan(30, photons=np.inf, nm=np.arange(450.0, 750.0, 1.3))
    assert_allclose(splice_absorption(d, c).scale.value, 30.0, rtol=1e-5)  # local cubics at 0.7 nm


def test_a_blank_is_subtracted():
    found = splice_absorption(
        scan(1, photons=np.inf, offset=0.01),
        scan(30, photons=np.inf, offset=0.02),
        blank_dilute=flat(0.01),
        blank_concentrated=flat(0.02, np.arange(390.0, 780.0, 10.0)),
    )
    assert_allclose(found.scale.value, 30.0, rtol=1e-6)
    x = found.absorption["wavelength"].values
    assert_allclose(found.absorption["signal"].values, 30 * TRUTH[np.searchsorted(NM, x)], rtol=1e-5, atol=1e-9)


def test_the_noise_of_a_blank_is_counted():
    c, blank = scan(30), flat(0.0, sd=np.full(NM.size, 0.01))
    found = splice_absorption(scan(1), c, blank_concentrated=blank).absorption
    red = found["wavelength"].values > 700
    assert_allclose(found["signal_sd"].values[red], 0.01, rtol=0.01)


def test_stated_uncertainty_is_used():
    sd = np.full(NM.size, 1e-3)
    d, c = (scan(k).assign(signal_sd=("wavelength", sd, {"units": "1"})) for k in (1, 30))
    found = splice_absorption(d, c).absorption
    red = found["wavelength"].values > 660
    assert_allclose(found["signal_sd"].values[red], 1e-3, atol=0)
    assert_allclose(found["signal_sd"].values[~red][0], 30e-3, rtol=0.01)


def test_what_it_says_of_itself():
    c = data.with_attrs(scan(30), path_cm=0.2)
    found = splice_absorption(data.with_attrs(scan(1), path_cm=1.0), c)
    assert any("No transparent range was given" in w for w in found.warnings)
    assert not splice_absorption(scan(1), scan(30), transparent_nm=CLEAR).warnings
    ds = found.absorption
    assert ds.attrs["path_cm"] == 0.2 and ds.attrs["quantity"] == "absorbance"
    assert data.json_attr(ds, "corrections", {})["splice"]["join_nm"] == found.join_nm
    assert any(note.startswith(f"spliced at {found.join_nm:.1f} nm") for note in data.notes_of(ds))


def test_two_shapes_are_told():
    other = lab.measure_absorption(lab.Sample(e00_ev=1.99), NM, np.random.default_rng(0), concentration=30)
    found = splice_absorption(scan(1), other)
    assert found.misfit.value > 10
    assert any("do not have one shape: reduced chi-square" in w for w in found.warnings)


def test_correlations_are_those_of_a_matrix():
    table = splice_absorption(scan(1), scan(30), transparent_nm=CLEAR, scattering=True).correlation
    names = [
        "ln scale",
        *(
            f"{who} baseline, {part}"
            for who in ("dilute", "concentrated")
            for part in ("constant", "Rayleigh part at 600 nm")
        ),
    ]
    assert list(table) == names
    matrix = np.array([[table[a][b] for b in names] for a in names])
    assert_allclose(np.diag(matrix), 1.0, atol=1e-12)
    assert_allclose(matrix, matrix.T, atol=1e-12)
    assert np.all(np.linalg.eigvalsh(matrix) > 0)
    assert matrix[1, 2] < -0.9 and matrix[3, 4] < -0.9  # two baselines that look much alike over 55 nm


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dilute": scan(1).isel(wavelength=slice(45, 85))}, "overlap in 0 samples that are ten times above noise"),
        (
            {"concentrated": scan(1).isel(wavelength=slice(0, 50))},
            r"only \d+ samples lie red of the last one above an absorbance of 3",
        ),
        ({"dilute": scan(1e-4)}, "overlap in 0 samples that are ten times above noise in both"),
        ({"transparent_nm": (800.0, 900.0)}, "holds 0 dilute and 0 concentrated samples; expected at least 3 of each"),
        ({"transparent_nm": (760.0, 705.0)}, "holds 0 dilute and 0 concentrated samples"),
        ({"blank_dilute": flat(0.0, np.arange(450.0, 761.0))}, "blank covers 450.0-760.0 nm; expected 449.0-760.0 nm"),
        ({"dilute": data.with_attrs(scan(1), quantity=None)}, "nothing says what the numbers are"),
        ({"concentrated": data.with_attrs(scan(1), quantity="absorption_per_cm")}, "needs one of absorbance"),
    ],
)
def test_what_cannot_be_spliced(arguments, message):
    with pytest.raises(DataError, match=message):
        splice_absorption(**{"dilute": scan(1), "concentrated": scan(30), **arguments})


def test_scattering_needs_a_transparent_range():
    with pytest.raises(ValueError, match="scattering needs transparent_nm"):
        splice_absorption(scan(1), scan(30), scattering=True)


def test_scans_in_two_media():
    vacuum = scan(30, photons=np.inf, medium="vacuum")
    with pytest.raises(DataError, match="one scan is in air, the other in vacuum wavelengths; expected one medium"):
        splice_absorption(scan(1, photons=np.inf), vacuum)
    found = splice_absorption(scan(1, photons=np.inf, medium="vacuum"), vacuum)
    assert_allclose(found.scale.value, 30.0, rtol=1e-9)


def test_a_blank_of_a_few_points():
    blank = data.with_attrs(flat(0.0, np.array([390.0, 500.0, 600.0, 700.0, 800.0])), source={"file": "thf.csv"})
    with pytest.raises(DataError, match="thf.csv: 5 samples are too few; expected at least 12"):
        splice_absorption(scan(1), scan(30), blank_dilute=blank)


def test_stated_uncertainty_of_zero():
    sd = np.zeros(NM.size)
    d, c = (scan(k, photons=np.inf).assign(signal_sd=("wavelength", sd, {"units": "1"})) for k in (1, 30))
    assert_allclose(splice_absorption(d, c).scale.value, 30.0, rtol=1e-6)
