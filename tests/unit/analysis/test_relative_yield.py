"""A yield against a reference: closed forms of light and absorption, self-absorption, indices, what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data
from antistokes.analysis.relative_yield import relative_yield
from antistokes.analysis.result import as_dict
from antistokes.errors import DataError
from antistokes.materials import load
from antistokes.materials.optics import refractive_index
from antistokes.physics.cooling import external_yield
from antistokes.physics.inner_filter import collected
from tests.unit.analysis.yield_bench import LAMP, absorption, emission

NM, OTHER_NM = 520.0, 540.0  # absorbance .5 and .4, blue of all emission


def thick(nm):
    return np.maximum(0.5 - (np.asarray(nm, dtype=float) - 520.0) / 200, 0.05)


def thin(nm):
    return thick(nm) / 10


def absorptance(nm):
    return 1 - 10.0 ** -thick(nm)


def light(quantum_yield=0.8, reference=0.95, nm=NM, reference_nm=NM, **attrs):
    """Sample and reference, excited where the tail absorbs."""
    return (
        emission(nm, quantum_yield * absorptance(nm), **{"power_w": 1e-3} | attrs),
        emission(reference_nm, reference * absorptance(reference_nm), centre_ev=2.0, **{"power_w": 4e-3} | attrs),
    )


def absorbing(noise=1e-7, **attrs):
    both = {"sample_absorption": absorption(thick, noise, **attrs), "reference_absorption": absorption(thick, noise)}
    return both | {"reference_yield": 0.95}


@pytest.mark.parametrize("quantum_yield", [0.3, 0.8, 1.05])
@pytest.mark.parametrize("reference_nm", [NM, OTHER_NM])
def test_a_known_yield_comes_back_also_above_one(quantum_yield, reference_nm):
    found = relative_yield(*light(quantum_yield, reference_nm=reference_nm), **absorbing())
    assert_allclose(found.observed_yield.value, quantum_yield, rtol=2e-4)
    assert found.internal_yield is None
    assert_allclose(found.reference_absorptance.value, absorptance(reference_nm), rtol=1e-4)


def test_absorptance_counts_and_not_absorbance():
    """Of two thicknesses of one dye the yield is one; by absorbance it would be 25 % less."""
    sample = emission(NM, 0.95 * (1 - 10.0 ** -thin(NM)))
    reference = emission(NM, 0.95 * absorptance(NM))
    found = relative_yield(
        *(sample, reference),
        reference_yield=0.95,
        sample_absorption=absorption(thin),
        reference_absorption=absorption(thick),
    )
    assert_allclose(found.observed_yield.value, 0.95, rtol=2e-4)
    assert sum("no geometry is stated" in w for w in found.warnings) == 1  # of the thick one


def test_right_angle_and_sphere():
    seen = {of: float(collected(of(NM), "right-angle")) for of in (thick, thin)}
    both = emission(NM, 0.8 * seen[thin]), emission(NM, 0.95 * seen[thick])
    given = {"sample_absorption": absorption(thin), "reference_absorption": absorption(thick), "reference_yield": 0.95}
    found = relative_yield(*both, **given, geometry="right-angle", sample_index=1.4, reference_index=1.4)
    assert_allclose(found.observed_yield.value, 0.8, rtol=3e-4)
    sphere = relative_yield(*light(), **absorbing(), geometry="sphere", sample_index=1.5, reference_index=1.33)
    assert_allclose(sphere.observed_yield.value, 0.8, rtol=3e-4)
    assert "index" not in sphere.budget


def test_indices_enter_squared_by_number_or_by_name():
    plain = relative_yield(*light(), **absorbing(), sample_index=(1.5, 0.0075), reference_index=1.36)
    assert_allclose(plain.observed_yield.value, 0.8 * (1.5 / 1.36) ** 2, rtol=3e-4)
    assert_allclose(plain.budget["index"].value, 1.0, rtol=0.01)
    named = relative_yield(*light(), **absorbing(), sample_index="toluene", reference_index=1.36)
    n = float(refractive_index(load("toluene"), 1239.84198 / 1.96))
    assert_allclose(named.observed_yield.value, 0.8 * (n / 1.36) ** 2, rtol=3e-4)
    warm = relative_yield(*light(temperature_k=333.15), **absorbing(), sample_index="toluene", reference_index=1.36)
    slope = load("toluene").numbers["thermo_optic_coefficient"].value
    assert_allclose(warm.observed_yield.value, 0.8 * ((n + 40 * slope) / 1.36) ** 2, rtol=3e-4)
    unsaid = relative_yield(*light(), **absorbing())
    assert any("No index is stated" in w for w in unsaid.warnings)


def test_self_absorption_of_both():
    """What leaves the reference is less than its yield, and the sample's own is more than what leaves it."""
    leaves = float(external_yield(0.8, 0.3)), float(external_yield(0.95, 0.2))
    found = relative_yield(
        *light(*leaves), **absorbing(), sample_self_absorption=(0.3, 0.01), reference_self_absorption=0.2
    )
    assert_allclose(found.observed_yield.value, leaves[0], rtol=3e-4)
    assert_allclose(found.internal_yield.value, 0.8, rtol=1e-3)
    assert_allclose(np.median(found.drawn), found.internal_yield.value)
    slope = leaves[0] * (1 - leaves[0]) / (1 - 0.3 + 0.3 * leaves[0]) ** 2
    assert_allclose(found.internal_yield.sd, 0.01 * slope, rtol=0.03)


def test_budget_and_density_are_of_the_yield_that_is_drawn():
    """To first order: d ln phi = [(1 - a) d ln Q + (1 - Q) da] / (1 - a + a Q)."""
    leaves = float(external_yield(0.8, 0.3))
    given = absorbing() | {"reference_yield": (0.95, 0.0095)}
    plain = relative_yield(*light(leaves), **given, power_sd=0.01)
    found = relative_yield(*light(leaves), **given, power_sd=0.01, sample_self_absorption=(0.3, 0.03))
    damped = (1 - 0.3) / (1 - 0.3 + 0.3 * leaves)  # dphi/phi over dQ/Q
    assert_allclose(found.budget["power"].value, damped * plain.budget["power"].value, rtol=0.01)
    by_again = 0.03 * (1 - leaves) / (1 - 0.3 + 0.3 * leaves)  # dphi/phi
    assert_allclose(found.budget["self-absorption"].value, 100 * by_again, rtol=0.03)
    together = np.sqrt(2 * (0.01 * damped) ** 2 + by_again**2)
    assert_allclose(found.budget["all together"].value, 100 * together, rtol=0.02)
    assert list(found.budget)[-1] == "all together" and "self-absorption" not in plain.budget
    assert found.curves["quantum_yield"].values.mean() == pytest.approx(0.8, abs=0.01)
    assert_allclose(np.median(found.observed_drawn), leaves, rtol=1e-3)
    assert_allclose(found.observed_drawn, plain.observed_drawn)
    wide = relative_yield(*light(leaves), **given, sample_self_absorption=(0.3, 0.1))
    assert wide.dominant == "self-absorption" and "dilute" in wide.says[0]


def test_noisy_light_with_self_absorption_has_a_yield():
    """Draws of the light below zero over an absorptance that may be nothing: no internal yield is there to draw."""
    sample = emission(NM, 0.01, noise=1.0)
    given = {"reference_yield": (0.9, 0.02), "reference_absorptance": 0.5, "sample_self_absorption": (0.3, 0.05)}
    found = relative_yield(sample, emission(OTHER_NM, 0.45), sample_absorptance=(0.01, 0.006), **given)
    assert found.observed_yield.high == found.internal_yield.high == np.inf
    assert 0.5 < found.internal_yield.value < 2 and found.budget["absorptance, sample"].value > 30
    assert any("The absorptance of the sample is not resolved" in w for w in found.warnings)
    noisier = relative_yield(
        emission(NM, 0.01, noise=3.0), emission(OTHER_NM, 0.45), sample_absorptance=(0.01, 0.003), **given
    )
    assert np.isfinite(noisier.internal_yield.value) and noisier.internal_yield.low < 0


def test_a_tail_that_is_not_there_leaves_a_lower_limit():
    empty = absorption(lambda nm: np.where(nm < 500, 0.5, 0.0), noise=1e-3, offset=-1e-3)
    found = relative_yield(
        *light(), **absorbing() | {"sample_absorption": empty}, sample_self_absorption=(0.3, 0.05), baseline_sd=1e-3
    )
    assert found.observed_yield.kind == found.internal_yield.kind == "lower limit"
    assert 0 < found.internal_yield.value < np.inf and found.budget["absorptance, sample"].value == np.inf


def test_light_of_the_reference_that_is_not_known_to_a_tenth_makes_the_yield_skew():
    """It stands below the line as the sample's absorptance does."""
    given = {"reference_yield": 0.95, "sample_absorptance": (0.5, 1e-3), "reference_absorptance": (0.5, 1e-3)}
    for noise, skew in ((0.1, False), (0.5, True)):
        faint = emission(NM, 0.95 * 0.5, noise=noise)
        found = relative_yield(emission(NM, 0.4), faint, **given)
        assert np.isnan(found.observed_yield.sd) == np.isnan(found.light_ratio.sd) == skew


def test_the_ratio_of_the_light_is_that_of_the_spectra():
    found = relative_yield(*light(0.6, 0.95, reference_nm=OTHER_NM), **absorbing() | {"reference_yield": (0.95, 0.05)})
    assert_allclose(found.light_ratio.value, 0.6 * absorptance(NM) / (0.95 * absorptance(OTHER_NM)), rtol=3e-4)
    assert found.light_ratio.high / found.light_ratio.low < 1.001  # the reference's yield is no part of it


def test_stated_uncertainties_are_factors_that_are_never_negative():
    """Log-normal: equally probable twofold up and down, and the median stays."""
    given = {"reference_yield": 0.95, "sample_absorptance": 0.5, "reference_absorptance": 0.5}
    found = relative_yield(emission(NM, 0.4), emission(NM, 0.475), **given, linearity_sd=0.5)
    assert_allclose(found.observed_yield.value, 0.8, rtol=2e-3)
    ends = np.array([found.observed_yield.low, found.observed_yield.high]) / found.observed_yield.value
    assert_allclose(ends, np.exp([-0.98, 0.98]), rtol=0.01)
    assert found.drawn.min() > 0


def test_a_spectrum_that_ends_in_light_is_told():
    nm = data.wavelength_and_energy(light()[0])[0]
    cut = [ds.isel(energy=nm < 648.0) for ds in light()]
    found = relative_yield(*cut, **absorbing())
    for name in ("sample", "reference"):
        assert any(w.startswith(f"{name}: the data end where the emission stands at") for w in found.warnings)
    whole = relative_yield(*light(), **absorbing())
    assert not any("the data end" in w for w in whole.warnings)


def test_an_absorptance_that_contradicts_the_spectrum_is_told():
    given = absorbing() | {"sample_absorptance": (0.3, 0.01), "reference_absorptance": float(absorptance(NM))}
    found = relative_yield(*light(), **given, baseline_sd=1e-3)
    (said,) = (w for w in found.warnings if "contradicts the absorption spectrum" in w)
    assert said.startswith("sample: the stated absorptance, 0.3, ")
    (exact,) = (w for w in found.warnings if "Taken as exact" in w)
    assert exact.endswith("absorptance, reference.")


def test_results_are_compared_by_what_they_are():
    first, second = (relative_yield(*light(), **absorbing()) for _ in range(2))
    assert first != second and first.observed_yield == second.observed_yield and "curves" not in repr(first)


def test_small_uncertainties_are_those_of_first_order():
    noise, baseline = 2e-4, 5e-4
    given = absorbing(noise) | {"reference_yield": (0.95, 0.0095)}
    found = relative_yield(*light(reference_nm=OTHER_NM), **given, baseline_sd=baseline, power_sd=0.004)
    per = np.array([np.log(10) * (1 - absorptance(nm)) / absorptance(nm) for nm in (NM, OTHER_NM)])
    expected = np.sqrt(0.01**2 + 0.004**2 + np.sum((noise**2 + baseline**2) * per**2))
    assert_allclose(found.observed_yield.sd / 0.8, expected, rtol=0.02)
    assert_allclose(found.budget["all together"].value, 100 * expected, rtol=0.02)
    assert_allclose(found.budget["baseline of the absorption"].value, 100 * baseline * np.hypot(*per), rtol=0.02)
    assert_allclose(found.budget["reference"].value, 1.0, rtol=0.01)
    assert found.dominant == "reference" and "reference whose yield is known better" in found.says[0]
    assert list(found.curves.coords) == ["quantum_yield"]


def test_a_skew_yield_has_no_standard_uncertainty():
    given = {"reference_yield": 0.95, "sample_absorptance": (0.01, 0.002), "reference_absorptance": 0.3}
    found = relative_yield(emission(NM, 0.008), emission(NM, 0.285), **given)
    assert np.isnan(found.observed_yield.sd)
    assert_allclose(
        [found.observed_yield.low, found.observed_yield.high], [0.8 / 1.392, 0.8 / 0.608], rtol=0.01
    )  # .01 +- 1.96 of .002
    assert any("skew" in w for w in found.warnings)
    lost = relative_yield(emission(NM, 0.008), emission(NM, 0.285), **given | {"sample_absorptance": (0.01, 0.01)})
    assert lost.observed_yield.high == np.inf and as_dict(lost)["observed_yield"]["high"] is None


def test_one_excitation_needs_no_power_and_two_do():
    one = light(power_w=1e-3)
    bare = [data.with_attrs(ds, power_w=None) for ds in one]
    found = relative_yield(*bare, **absorbing())
    assert_allclose(found.observed_yield.value, 0.8, rtol=3e-4)
    assert any("No power is stated" in w for w in found.warnings)
    two = [data.with_attrs(ds, power_w=None) for ds in light(reference_nm=OTHER_NM)]
    with pytest.raises(DataError, match=r"excited at 520 nm and 540 nm, and no power is stated"):
        relative_yield(*two, **absorbing())
    with pytest.raises(DataError, match="1 of 2 emission spectra state power_w"):
        relative_yield(bare[0], one[1], **absorbing())


def test_what_is_not_alike_is_told():
    warm = data.with_attrs(light()[0], temperature_k=320.0), data.with_attrs(light()[1], temperature_k=300.0)
    assert any("320 K, the reference at 300 K" in w for w in relative_yield(*warm, **absorbing()).warnings)
    counts = [data.with_attrs(ds, quantity="counts") for ds in light()]
    found = relative_yield(*counts, **absorbing())
    (said,) = (w for w in found.warnings if "cancels only where" in w)
    assert "+12.6 nm apart" in said or "+12.7 nm apart" in said
    air = light()[0], data.with_attrs(light()[1], medium="air")
    assert any("Wavelengths of the sample are of vacuum" in w for w in relative_yield(*air, **absorbing()).warnings)
    full = relative_yield(
        *light(geometry="front-face"),
        **absorbing(),
        **{f"{k}_sd": 1e-3 for k in ("power", "stray", "inner_filter", "linearity")},
        baseline_sd=1e-4,
        sample_index=1.5,
        reference_index=1.5,
    )
    assert not any("Taken as exact" in w or "index" in w or "geometry" in w for w in full.warnings)


def test_laser_lines_within_the_data_are_bridged():
    """At 600 nm, in the flank of the band: a straight line is 1 % too low there, and said to stand for some light."""
    both = light(nm=600.0, reference_nm=600.0)
    nm = data.wavelength_and_energy(both[0])[0]
    spike = 30 * np.exp(-0.5 * ((nm - 600.0) / 0.7) ** 2)
    lit = [ds.assign(signal=("energy", ds["signal"].values + spike, ds["signal"].attrs)) for ds in both]
    found = relative_yield(*lit, **absorbing())
    assert_allclose(found.observed_yield.value, 0.8, rtol=0.02)
    assert any("straight lines across what is left out stand for" in w for w in found.warnings)
    flag = np.where(np.abs(nm - 600.0) < 1, 1, 0)
    ended = [data.build("energy", ds["energy"], ds["signal"], flag=flag, **ds.attrs) for ds in lit]
    assert_allclose(relative_yield(*ended, **absorbing()).observed_yield.value, found.observed_yield.value, rtol=2e-3)


def test_corrected_counts_of_unequal_times():
    sample, reference = light()
    long = data.with_attrs(sample.assign(signal=sample["signal"] * 20), integration_time_s=20.0, corrections=LAMP)
    short = data.with_attrs(reference, integration_time_s=1.0, corrections=LAMP)
    assert_allclose(relative_yield(long, short, **absorbing()).observed_yield.value, 0.8, rtol=3e-4)


def test_bad_input_is_named():
    sample, reference = light()
    given = absorbing()
    with pytest.raises(ValueError, match="reference_yield must be above 0 and at most 1, got 1.2"):
        relative_yield(sample, reference, **given | {"reference_yield": 1.2})
    with pytest.raises(ValueError, match="give sample_absorption or sample_absorptance"):
        relative_yield(sample, reference, **given | {"sample_absorption": None})
    with pytest.raises(ValueError, match="index of sample and reference, or of neither"):
        relative_yield(sample, reference, **given, sample_index=1.5)
    with pytest.raises(ValueError, match="reference_index must be from 1 to 4"):
        relative_yield(sample, reference, **given, sample_index=1.5, reference_index=0.3)
    with pytest.raises(ValueError, match="sample_index must be from 1 to 4, or a material, got 36"):
        relative_yield(sample, reference, **given, sample_index=36, reference_index=1.3)
    with pytest.raises(ValueError, match=r"sample_self_absorption must be in \[0, 1\)"):
        relative_yield(sample, reference, **given, sample_self_absorption=1.0)
    with pytest.raises(DataError, match=r"^sample \(emission Dataset\): .*excitation_nm"):
        relative_yield(data.with_attrs(sample, excitation_nm=None), reference, **given)
    with pytest.raises(ValueError, match=r"sample_absorptance is the part .* got 1.5"):
        relative_yield(sample, reference, **given, sample_absorptance=1.5)
    short = given["reference_absorption"].isel(wavelength=slice(0, 60))
    with pytest.raises(DataError, match="does not reach the excitation at 520.0 nm"):
        relative_yield(sample, reference, **given | {"reference_absorption": short})
    with pytest.raises(DataError, match="several geometries"):
        relative_yield(
            *(
                data.with_attrs(d, geometry=g)
                for d, g in zip((sample, reference), ("sphere", "front-face"), strict=True)
            ),
            **given,
        )
    with pytest.raises(ValueError, match="level"):
        relative_yield(sample, reference, **given, level=0.0)
