import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from antistokes import data, quantities

EMISSION = [q for q in data.EMISSION_QUANTITIES if q != "counts"]
ABSORPTION = ["absorbance", "absorptance", "transmittance"]


@st.composite
def spectra(draw, quantities, low, high):
    n = draw(st.integers(1, 12))
    axis = draw(st.sampled_from(sorted(data.SPECTRAL)))
    ends = (250.0, 2000.0) if axis == "wavelength" else (0.6, 5.0)
    x = draw(st.lists(st.floats(*ends), min_size=n, max_size=n, unique=True))
    column = st.lists(st.floats(low, high), min_size=n, max_size=n)
    uncertainty = st.lists(st.floats(0.0, 0.1), min_size=n, max_size=n)
    return data.build(
        axis,
        x,
        draw(column),
        quantity=draw(st.sampled_from(quantities)),
        medium=draw(st.sampled_from(["air", "vacuum", None])),
        signal_sd=draw(uncertainty),
        signal_modes=draw(st.lists(uncertainty, min_size=1, max_size=3)),
    )


def assert_same(one, other):
    assert one.attrs == other.attrs
    for name in one.variables:
        assert_allclose(other[name].values, one[name].values, rtol=1e-9, atol=1e-12, err_msg=str(name))
        assert other[name].attrs == one[name].attrs


@settings(max_examples=40)
@given(spectra(EMISSION, -1e3, 1e3), st.sampled_from(EMISSION))
def test_emission_round_trip(ds, quantity):
    assert_same(ds, quantities.convert(quantities.convert(ds, quantity), ds.attrs["quantity"]))


@settings(max_examples=40)
@given(spectra(["absorbance"], -0.5, 3.0), st.sampled_from(ABSORPTION))
def test_absorption_round_trip(ds, quantity):
    assert_same(ds, quantities.convert(quantities.convert(ds, quantity), ds.attrs["quantity"]))


@settings(max_examples=40)
@given(spectra(EMISSION, 0.1, 1e3), st.sampled_from(EMISSION), st.sampled_from(EMISSION))
def test_a_detour_changes_nothing(ds, by_way_of, quantity):
    assert_same(quantities.convert(ds, quantity), quantities.convert(quantities.convert(ds, by_way_of), quantity))


@settings(max_examples=40)
@given(spectra(EMISSION, 0.1, 1e3), st.sampled_from(EMISSION))
def test_relative_uncertainty_survives_every_linear_conversion(ds, quantity):
    out = quantities.convert(ds, quantity)
    assert_allclose(out["signal_sd"] / out["signal"], ds["signal_sd"] / ds["signal"], rtol=1e-12, atol=1e-15)


@settings(max_examples=40)
@given(spectra(["absorbance"], 0.0, 2.5), st.permutations(ABSORPTION))
def test_uncertainty_of_absorption_takes_the_finite_difference(ds, order):
    """Through any chain of the three quantities, a small step of the signal and its derivative agree."""
    step = 1e-6
    raised = ds.assign(signal=ds["signal"] + step)
    raised["signal"].attrs = ds["signal"].attrs
    small = ds.assign(signal_sd=ds["signal_sd"] * 0 + step)
    for quantity in order:
        raised, small, ds = (quantities.convert(d, quantity) for d in (raised, small, ds))
    assert_allclose(np.abs(raised["signal"] - ds["signal"]), small["signal_sd"], rtol=1e-4, atol=1e-11)


@settings(max_examples=40)
@given(spectra(EMISSION, -1e3, 1e3), st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter(ds, random):
    axis = data.axis_of(ds)
    order = random.sample(range(ds.sizes[axis]), ds.sizes[axis])
    again = data.build(
        axis,
        ds[axis].values[order],
        ds["signal"].values[order],
        signal_sd=ds["signal_sd"].values[order],
        signal_modes=ds["signal_modes"].values[:, order],
        **ds.attrs,
    )
    assert again.identical(ds)


@pytest.mark.parametrize(("have", "want"), list(itertools.permutations(EMISSION, 2)))
@pytest.mark.parametrize("medium", ["air", "vacuum"])
def test_the_whole_is_conserved(have, want, medium):
    """Photons (or power) of a line: the same integral over nm and over eV; power = sum of photon energies."""
    x = np.linspace(540.0, 760.0, 8001)
    line = np.exp(-0.5 * ((x - 640.0) / 12.0) ** 2)
    ds = data.build("wavelength", x, line, quantity=have, medium=medium)
    out = quantities.convert(ds, want)
    weight = 1.0
    if have[:5] != want[:5]:
        joule = data.wavelength_and_energy(ds)[1] * data.units.ELEMENTARY_CHARGE_C
        weight = 1 / joule if have.startswith("power") else joule
    assert_allclose(integral(out), integral(ds.assign(signal=ds["signal"] * weight)), rtol=1e-6)


def integral(ds):
    wavelength, energy, _ = data.wavelength_and_energy(ds)
    x = wavelength if ds.attrs["quantity"].endswith("per_nm") else -energy
    return np.trapezoid(ds["signal"].values, x)
