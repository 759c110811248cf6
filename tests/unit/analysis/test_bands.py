import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data, units
from antistokes.analysis.bands import Band, absorption_band, emission_band
from antistokes.errors import DataError

NM = np.arange(600.0, 651.0)
LINE = np.exp(-0.5 * ((NM - 625) / 5) ** 2)


def emission(signal=LINE, quantity="photons_per_nm", **more):
    more = {"source": {"file": "pl.csv"}, "signal_sd": np.full(NM.size, 0.01), **more}
    return data.build("wavelength", NM, signal, kind="emission", quantity=quantity, **more)


def absorption(signal=LINE, quantity="absorbance", **more):
    more = {"source": {"file": "abs.csv"}, "signal_sd": np.full(NM.size, 0.01), **more}
    return data.build("wavelength", NM, signal, kind="absorption", quantity=quantity, **more)


def changed(index, value, base=LINE):
    out = np.array(base)
    out[index] = value
    return out


OPEN_ENDS = [
    (0.005, 620.0, 1e-4, True),
    (0.005, 620.0, 1e-2, False),  # noise hides it
    (0.0, 620.0, 1e-4, False),  # nothing is left
]


# --- what a band holds


def test_emission_ascends_in_energy_and_stands_at_one():
    band = emission_band(emission(7e5 * LINE, signal_sd=7e5 * 0.01 * np.ones(NM.size), medium="vacuum"))
    assert np.all(np.diff(band.energy_ev) > 0) and np.all(np.diff(band.wavelength_nm) < 0)
    assert_allclose(band.energy_ev, units.HC_EV_NM / band.wavelength_nm, rtol=1e-14)
    expected = (LINE * NM**2)[::-1]
    assert_allclose(band.value, expected / expected.max(), rtol=1e-12)
    assert_allclose(band.sd / band.value, 0.01 / LINE[::-1], rtol=1e-12)
    assert band.warnings == ()


def test_modes_take_the_same_factors():
    ds = emission(signal_modes=[0.01 * LINE, 0.02 * (NM - 625)])
    band = emission_band(ds)
    assert_allclose(band.modes[0] / band.value, 0.01, rtol=1e-12)
    assert_allclose(band.modes[1] / band.value, (0.02 * (NM - 625) / LINE)[::-1], rtol=1e-10)


@pytest.mark.parametrize(
    ("quantity", "attrs", "arguments", "unit", "factor"),
    [
        ("absorbance", {}, {}, "absorbance", 1.0),
        ("absorbance", {"path_cm": 0.5}, {}, "cm^-1", 2 * np.log(10)),
        ("absorbance", {"path_cm": 0.5}, {"path_cm": 2.0}, "cm^-1", np.log(10) / 2),
        ("absorption_per_cm", {}, {}, "cm^-1", 1.0),
        ("cross_section_cm2", {}, {}, "cm^2", 1.0),
        ("cross_section_cm2", {}, {"number_density_per_cm3": 3e19}, "cm^-1", 3e19),
    ],
)
def test_absorption_takes_the_scale_that_is_known(quantity, attrs, arguments, unit, factor):
    band = absorption_band(absorption(quantity=quantity, signal_modes=[LINE], **attrs), **arguments)
    assert band.unit == unit
    assert_allclose(band.value, factor * LINE[::-1], rtol=1e-12)
    assert_allclose(band.sd, factor * 0.01, rtol=1e-12)
    assert_allclose(band.modes[0], factor * LINE[::-1], rtol=1e-12)


@pytest.mark.parametrize(("quantity", "signal"), [("absorptance", 1 - 10.0**-LINE), ("transmittance", 10.0**-LINE)])
def test_absorptance_and_transmittance_become_absorbance(quantity, signal):
    band = absorption_band(absorption(signal, quantity))
    assert_allclose(band.value, LINE[::-1], atol=1e-12)
    assert_allclose(band.sd, 0.01 / np.log(10) * 10.0 ** LINE[::-1], rtol=1e-9)


def test_without_stated_uncertainty_noise_is_taken_from_the_samples():
    noisy = LINE + 0.02 * np.random.default_rng(0).standard_normal(NM.size)
    band = emission_band(emission(noisy, signal_sd=None))
    top = band.value.max() * np.max(noisy)
    assert_allclose(np.median(band.sd) * top, 0.02, rtol=0.5)


def test_draws_have_the_stated_covariance():
    sd, modes = np.array([0.1, 0.2]), np.array([[0.3, -0.3], [0.0, 0.1]])
    band = Band(np.ones(2), np.ones(2), "air", np.ones(2), sd, modes, "1", "", ())
    drawn = band.draws(np.random.default_rng(0), 40_000)
    covariance = np.diag(sd**2) + modes.T @ modes
    assert_allclose(np.cov(drawn.T), covariance, atol=3.5 * 0.15 / np.sqrt(40_000 / 2))
    gradient = np.array([2.0, -1.0])
    assert_allclose(band.variance_of(gradient), gradient @ covariance @ gradient, rtol=1e-12)


def test_cut_takes_a_mask_or_indices_in_their_order():
    band = emission_band(emission(signal_modes=[LINE]))
    by_mask, by_index = band.cut(np.arange(NM.size) < 3), band.cut(np.array([2, 0]))
    assert by_mask.value.tolist() == band.value[:3].tolist()
    assert by_index.modes[0].tolist() == band.modes[0, [2, 0]].tolist()
    assert by_index.name == "pl.csv"


# --- what is said


def test_counts_are_read_with_a_warning():
    (warning,) = emission_band(emission(quantity="counts")).warnings
    assert warning.startswith("pl.csv: counts carry the response of the instrument; they are read as photons_per_nm")


def test_smoothed_data_get_a_warning():
    x = np.arange(600.0, 801.0)
    noise = np.convolve(0.01 * np.random.default_rng(0).standard_normal(205), np.full(5, 0.2), "valid")
    y = np.exp(-0.5 * ((x - 700) / 12) ** 2) + noise
    ds = data.build("wavelength", x, y, kind="emission", quantity="photons_per_nm", source={"file": "pl.csv"})
    (warning,) = emission_band(ds).warnings
    assert "smoothed or oversampled" in warning and warning.startswith("pl.csv")


def test_open_ends_are_told_with_what_they_cost():
    """The shift of the mean by a constant of the file (photons per nm), as a finite difference."""
    shifted = np.exp(-0.5 * ((NM - 640) / 5) ** 2)
    (warning,) = emission_band(emission(shifted)).warnings
    assert warning.startswith("pl.csv: at an end of the data the emission stands at ")
    assert emission_band(emission(np.exp(-0.5 * ((NM - 633) / 5) ** 2))).warnings == ()  # 0.4 %
    step, mean = 1e-6, []
    for y in (shifted, shifted + step):
        band = emission_band(emission(y))
        e = band.energy_ev
        mean.append(1e3 * np.trapezoid(e * band.value, e) / np.trapezoid(band.value, e))
    told = float(warning.split("0.1 % of the maximum by ")[1].split(" meV")[0])
    assert_allclose(told, (mean[1] - mean[0]) / step * 1e-3, atol=0.03)  # the maximum is taken in photons per eV
    ends = float(warning.split("stands at ")[1].split("%")[0])
    whole = float(warning.split("mean energies by ")[1].split(" meV")[0])
    assert_allclose(whole, 10 * ends * told, rtol=0.02)


@pytest.mark.parametrize(("offset", "centre_nm", "sd", "told"), OPEN_ENDS)
def test_ends_below_one_percent_are_told_where_the_mean_shows_them(offset, centre_nm, sd, told):
    """Off-centre, .5 % of the maximum moves the mean by 3.6 meV, far more than noise of 1e-4 of the maximum does."""
    y = offset + np.exp(-0.5 * ((NM - centre_nm) / 4) ** 2)
    warnings = emission_band(emission(y, signal_sd=np.full(NM.size, sd))).warnings
    assert bool(warnings) == told
    if told:
        assert warnings[0].startswith("pl.csv: at an end of the data the emission stands at 0.5% of its maximum")


# --- what is refused


@pytest.mark.parametrize(
    ("ds", "message"),
    [
        (
            emission(quantity=None),
            "pl.csv: nothing says what the numbers are. Declare quantity = one of photons_per_nm",
        ),
        (emission(quantity="absorbance"), "pl.csv: needs one of photons_per_nm.* but its quantity is 'absorbance'"),
        (
            emission(np.zeros(NM.size)),
            "pl.csv: the emission has no light to speak of; .* at most 0 and an integral of 0.",
        ),
        (emission(np.where(NM == 625, 1.0, -0.09)), "pl.csv: the emission has no light to speak of; .* integral of -"),
        (
            emission(changed(10, -0.3)),
            "pl.csv: at 610.0 nm the emission is -29% of its maximum; expected .* background",
        ),
        (
            emission().isel(wavelength=slice(22, 29)),
            "pl.csv: 7 samples are too few for a spectrum; expected at least 8",
        ),
    ],
)
def test_emission_that_cannot_be_used(ds, message):
    with pytest.raises(DataError, match=message):
        emission_band(ds)


@pytest.mark.parametrize(
    ("ds", "message"),
    [
        (absorption(quantity=None), "abs.csv: nothing says what the numbers are. Declare quantity = one of absorbance"),
        (absorption(quantity="counts"), "abs.csv: needs one of absorbance.* but its quantity is 'counts'"),
        (absorption(np.zeros(NM.size)), "abs.csv: nothing is absorbed; expected positive values, found at most 0"),
        (
            absorption(changed(3, -0.06), signal_sd=np.full(NM.size, 0.001)),
            "abs.csv, 603.0 nm: negative absorbance, found -0.06; expected at least -0.05. The blank or the baseline",
        ),
        (
            absorption(changed(3, -0.061)),  # six s.d. of .01
            "abs.csv, 603.0 nm: negative absorbance, found -0.061; expected at least -0.06",
        ),
        (
            absorption(changed(3, -0.06), signal_sd=changed(4, 1.0, np.full(NM.size, 0.001))),  # of the sample itself
            "abs.csv, 603.0 nm: negative absorbance, found -0.06; expected at least -0.05",
        ),
        (
            absorption(changed(3, -0.06), signal_sd=np.full(NM.size, 0.001), path_cm=10.0),  # -.014 per cm
            "abs.csv, 603.0 nm: negative absorbance, found -0.06; expected at least -0.05",
        ),
        (
            absorption(changed(25, 4.0)),
            "abs.csv, 625.0 nm: saturated absorbance, found 4; expected less than 4. Measure",
        ),
        (absorption(changed(25, 3.5), max_absorbance=3.0), "625.0 nm: saturated absorbance, found 3.5; .* less than 3"),
        (absorption(np.minimum(2 * LINE, 1.8)), "found 1.8 on three samples in a row"),
        (
            absorption(changed(5, 1.0, 0.9 * LINE), "absorptance"),
            r"abs.csv, 605.0 nm: absorptance is saturated, found 1; expected light that still comes through",
        ),
        (
            absorption(changed(5, 0.0, 10.0**-LINE), "transmittance"),
            r"abs.csv, 605.0 nm: transmittance is saturated, found 0; expected .* \(absorbance below 4\)",
        ),
        (absorption().isel(wavelength=slice(22, 29)), "abs.csv: 7 samples are too few"),
    ],
)
def test_absorption_that_cannot_be_used(ds, message):
    with pytest.raises(DataError, match=message):
        absorption_band(ds)


def test_absorption_that_is_saturated_somewhere_warns():
    said = "abs.csv: the file says that the spectrum is saturated, and not where: do not rely on it."
    assert said in absorption_band(data.with_attrs(absorption(), saturated="somewhere")).warnings
    assert said not in absorption_band(absorption()).warnings


def test_what_an_instrument_does_is_no_fault():
    absorption_band(absorption(changed(3, -0.05), signal_sd=np.full(NM.size, 1e-4)))  # noise of a blank
    absorption_band(absorption(changed(3, -0.059)))  # noise of the sample: less than six s.d.
    absorption_band(absorption(changed(3, -0.05), path_cm=0.1))  # -1.15 per cm
    absorption_band(absorption(np.minimum(LINE, 0.8)))  # a flat top below 1 is a shape
    absorption_band(absorption(changed(25, 3.99)))
    absorption_band(absorption(5 * LINE, max_absorbance=6.0))
    absorption_band(absorption(5 * LINE, corrections={"splice": {"scale": 30.0}}))
    emission_band(emission(changed(10, -0.09)))


@pytest.mark.parametrize("path_cm", [-1.0, 0.0, np.nan, np.inf])
def test_a_path_is_a_positive_length(path_cm):
    with pytest.raises(ValueError, match="path_cm must be a positive number"):
        absorption_band(absorption(), path_cm=path_cm)


@pytest.mark.parametrize("density", [-1e19, 0.0, np.nan, np.inf])
def test_a_number_density_is_positive(density):
    with pytest.raises(ValueError, match="number_density_per_cm3 must be a positive number"):
        absorption_band(absorption(quantity="cross_section_cm2"), number_density_per_cm3=density)
