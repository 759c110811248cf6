"""The yields of a study: what was measured goes on, what is broken is named, what is absent costs nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import xarray as xr

import antistokes as ans
from antistokes import data, io
from antistokes.physics.sphere import collected
from antistokes.report import numbers
from antistokes.verdict import output, quantum_yield, verdicts
from antistokes.verdict.study import Study
from tests.unit.verdict import sphere_folder as of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of.write(tmp_path_factory.mktemp("sphere"))


@pytest.fixture(scope="module")
def whole(folder: Path) -> Study:
    return ans.study(folder)


def studied(folder: Path, text: str) -> Study:
    (folder / "now.toml").write_text(text, encoding="utf-8")
    return ans.study(folder / "now.toml")


def told(found: Study, what: str) -> str:
    """What is said about a table."""
    return "\n".join(w for w in found.warnings if what in w.partition(": ")[0])


def test_the_truth_is_found(whole: Study) -> None:
    y, truth = whole.yields, of.truth()
    assert set(y.results) == {"absolute_yield", "yield_ratio", "power_conversion_640nm", "power_conversion_655nm"}
    assert set(y.results) <= set(whole.results) and set(y.warnings) <= set(whole.warnings)
    assert y.absolute_yield.observed_yield.low < truth.observed_yield < y.absolute_yield.observed_yield.high
    assert y.absolute_yield.absorptance.low < truth.absorptance < y.absolute_yield.absorptance.high
    assert len(y.absolute_yield.repeats) == of.RUNS
    assert y.yield_ratio.ratio.low < 1 < y.yield_ratio.ratio.high and y.yield_ratio.equal.outcome == "supports"
    files = {i["file"] for i in whole.inputs}
    assert {"0_empty.csv", "2_direct.csv", "factors.txt", "up.csv"} <= files


def test_what_was_said_already_is_not_said_again(whole: Study) -> None:
    texts = [w.split(": ", 1)[1] for w in whole.yields.warnings]
    assert not {*texts, *whole.yields.warnings} & set(whole.emission_summary.warnings)


def test_the_measured_yield_goes_on_as_its_draws(whole: Study) -> None:
    drawn, used = whole.yields.absolute_yield.drawn, whole.cooling_window.external_yield
    below = drawn[drawn <= 1]
    np.testing.assert_allclose([used.low, used.value, used.high], np.quantile(below, [0.025, 0.5, 0.975]), atol=1e-3)
    assert used.how.startswith("measured")
    red = whole.yields.power_conversion[1]
    gain = red.mean_emission_ev.value / ans.units.energy_from_wavelength(655.0)
    assert red.efficiency.value == pytest.approx(np.median(drawn) * gain, abs=1e-3)
    assert not red.exitance_stated and "the measured yield is read as the external one" in " ".join(whole.warnings)


def test_results_keep_the_schema_and_their_curves(whole: Study, tmp_path: Path) -> None:
    text = resources.files("antistokes.verdict").joinpath("results.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    written = json.loads(json.dumps(output.results_dict(whole), allow_nan=False))
    jsonschema.validate(written, schema)
    written["results"]["yield_ratio"]["equal"]["outcome"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schema)
    output.write_results(whole, tmp_path)
    with xr.open_dataset(tmp_path / "results.nc", engine="h5netcdf") as back:
        found = back["absolute_yield_density"].values
        np.testing.assert_array_equal(found, whole.yields.absolute_yield.curves["density"].values)


def test_keys_reach_the_analyses(folder: Path) -> None:
    keys = 'method = "two"\nself_absorption = 0.1863\nself_absorption_sd = 0.005\n'
    text = of.PAIR + "[yield]\nself_absorption = 0.05\nexitance_w_per_m2 = 20\n" + of.TABLE + keys + of.runs(1)
    ratio = "[up_emission]\nfile = 'up.csv'\n[yield_ratio]\nup_absorptance = 0.1367\nup_absorptance_sd = 1e-4\n"
    ratio += "down_absorptance = 0.6165\nup_power_w = 2e-3\ndown_power_w = 1e-3\nlinearity_sd = 0.01\nmargin = 0.1\n"
    y = (found := studied(folder, text + ratio)).yields
    assert y.absolute_yield.method == "two" and len(y.absolute_yield.repeats) == 1
    assert y.absolute_yield.internal_yield.value == pytest.approx(of.MADE["quantum_yield"], abs=0.02)
    internal = y.absolute_yield.internal_yield.value
    expected = internal * 0.95 / (1 - 0.05 * internal)
    assert found.cooling_window.external_yield.value == pytest.approx(expected, abs=2e-3)
    power, observed = y.power_conversion[0], y.absolute_yield.observed_yield.value
    assert internal - observed > 0.004  # what leaves the sphere is the light that is observed
    assert power.external_yield.value == pytest.approx(observed, abs=5e-4)
    assert power.exitance_stated and power.exitance_w_per_m2 == 20
    assert "as observed in the sphere" in told(found, "Power conversion")
    assert y.yield_ratio.ratio.value == pytest.approx(532 / 640 / 2, rel=0.01)  # more power than there was
    assert y.yield_ratio.equal.margin_low == 0.9 and y.yield_ratio.budget["linearity"].value == pytest.approx(
        1, rel=0.02
    )


def test_the_observed_yield_of_a_sample_that_absorbs_its_light_is_told(folder: Path) -> None:
    found = studied(folder, of.PAIR + "[yield]\nself_absorption = 0.05\n" + of.TABLE + of.runs(1))
    assert "the observed yield is taken for the internal one" in told(found, "[yield.sphere]")


def test_counts_take_the_calibration_of_the_study(folder: Path) -> None:
    nm = np.arange(420.0, 800.5, 1.0)
    about = {"kind": "emission", "medium": "air"}
    lamp = 1e7 * of.grating_and_detector(nm)
    io.write(data.build("wavelength", nm, lamp, quantity="counts", **about), folder / "lamp.csv")
    io.write(data.build("wavelength", nm, np.ones(nm.size), quantity="photons_per_nm", **about), folder / "even.csv")
    light = io.read(folder / "down.csv")
    seen = light["signal"].values * of.grating_and_detector(light["wavelength"].values)
    io.write(data.build("wavelength", light["wavelength"].values, seen, quantity="counts", **about), folder / "raw.csv")
    pair, sphere = of.PAIR.replace("down.csv", "raw.csv"), of.TABLE.partition("correction")[0] + of.runs(1)
    calibrated = studied(folder, pair + '[calibration]\nfile = "lamp.csv"\ncertificate = "even.csv"\n' + sphere)
    assert calibrated.yields.absolute_yield.observed_yield.value == pytest.approx(of.truth().observed_yield, abs=0.01)
    raw = studied(folder, pair + sphere)
    assert raw.yields.absolute_yield is None and raw.cooling_window.external_yield is None
    assert "not done" in told(raw, "[yield.sphere]") and "correction" in told(raw, "[yield.sphere]")
    assert not raw.yields.power_conversion


@pytest.mark.parametrize(
    ("change", "what", "says"),
    [
        (("0_direct.csv", "lost.csv"), "[yield.sphere]", "not used: .*lost.csv"),
        (("factors.txt", "lost.txt"), "[yield.sphere.correction]", "not used: .*lost.txt"),
        (("factors.txt", "abs.csv"), "[yield.sphere.correction]", "not done: .*factors have no quantity"),
        (("0_direct.csv", "abs.csv"), "[yield.sphere]", "not used: .*sphere.*absorption"),
        (("[560, 760]", "[790, 799]"), "[yield.sphere]", "not done: "),
    ],
)
def test_what_is_broken_is_named_and_the_rest_is_used(
    folder: Path, change: tuple[str, str], what: str, says: str
) -> None:
    text = (of.PAIR + of.TABLE + of.runs(1)).replace(*change)
    found = studied(folder, text)
    assert re.search(says, told(found, what)) and found.cooling_window is not None


def test_the_quantity_of_all_runs_is_for_files_that_say_none(folder: Path) -> None:
    direct = io.read(folder / "0_direct.csv")
    rows = np.column_stack([direct["wavelength"].values, direct["signal"].values])
    np.savetxt(folder / "bare.csv", rows, delimiter=",", header="wavelength (nm),value", comments="")
    text = of.PAIR + of.TABLE + 'quantity = "counts"\n' + of.runs(1)
    timed = '[{ file = "bare.csv", integration_time_s = 1 }]'
    said, bare = (studied(folder, text.replace('"0_direct.csv"', name)) for name in ('"0_direct.csv"', timed))
    assert bare.yields.absolute_yield.observed_yield == said.yields.absolute_yield.observed_yield
    wrong = studied(folder, text.replace("0_direct.csv", "abs.csv"))
    assert "Are two files swapped?" in told(wrong, "[yield.sphere]") and wrong.yields.absolute_yield is None


def test_a_yield_that_cannot_be_external_leaves_the_window_without(folder: Path) -> None:
    text = of.PAIR + of.TABLE.replace("relative_sd = 0.005", "relative_sd = 1e-4").replace("0.01", "1e-4") + of.runs(1)
    brighter = io.read(folder / "0_direct.csv")
    y = brighter["signal"].values * np.where(brighter["wavelength"].values > 500, 1.4, 1.0)
    about = {k: v for k, v in brighter.attrs.items() if k not in data.JSON_ATTRS}
    io.write(data.build("wavelength", brighter["wavelength"].values, y, **about), folder / "bright.csv")
    found = studied(folder, text.replace("0_direct.csv", "bright.csv"))
    assert found.yields.absolute_yield.observed_yield.low > 1
    assert "lie outside 0 to 1" in told(found, "[yield.sphere]")
    assert found.cooling_window.external_yield is None and "The measured yield is not used" in found.cooling.says
    assert found.yields.power_conversion[0].efficiency.value > 1  # there nothing is left out


@pytest.mark.parametrize(
    ("absorptance", "made", "laser_sd", "says"),
    [
        (0.3, 0.97, 1e-3, None),
        (0.3, 1.003, 1e-3, None),  # within its uncertainty it may be below one
        (0.3, 1.02, 1e-3, "% of its draws lie outside 0 to 1"),
        (0.01, 0.6, 8e-3, "the absorptance is not resolved"),
    ],
)
def test_a_yield_that_says_nothing_is_not_predicted_from(
    absorptance: float, made: float, laser_sd: float, says: str | None
) -> None:
    found = ans.yield_from_integrals(collected(absorptance, made, 0.1 * absorptance), laser_sd=laser_sd, band_sd=1e-3)
    unfit = quantum_yield._unfit(found)
    assert unfit is None if says is None else says in unfit


def test_a_sphere_that_contradicts_itself_decides_nothing(folder: Path) -> None:
    empty = io.read(folder / "0_empty.csv")
    about = {k: v for k, v in empty.attrs.items() if k not in data.JSON_ATTRS}
    weaker = data.build("wavelength", empty["wavelength"].values, np.round(0.7 * empty["signal"].values), **about)
    io.write(weaker, folder / "weaker.csv")
    text = of.PAIR.replace("temperature_k = 300\n", "temperature_k = 300\ndraws = 100\n") + of.TABLE
    found = studied(folder, text + of.runs(1).replace("0_empty.csv", "weaker.csv"))
    assert found.warnings[0].startswith("[yield.sphere]: THE SAMPLE CANNOT ADD LIGHT")
    reasons = found.yields.absolute_yield.contradicted
    assert reasons and found.cooling.verdict == "undecided"
    assert found.cooling.conditions[: len(reasons)] == tuple(f"contradicted: {r}" for r in reasons)
    assert "quantum yield in the sphere, CONTRADICTED" in dict(numbers.of_the_yields(found))
    (power, *_), written = found.yields.power_conversion, output.results_dict(found)["results"]
    assert power.says[0] == power.warnings[0] == verdicts.doubt(reasons)
    assert power.warnings[0] not in "\n".join(found.warnings)  # which the sphere has said
    assert written["power_conversion_640nm"]["warnings"][0] == power.warnings[0]


def test_only_factors_that_a_band_needs_are_told(folder: Path) -> None:
    nm, factor = np.loadtxt(folder / "factors.txt", delimiter=",", skiprows=1).T
    for name, gap in (("beside.txt", (420, 500, 510, 800)), ("within.txt", (440, 600))):
        rows = "".join(f"{x:g},{0 if x in gap else y:.8g}\n" for x, y in zip(nm, factor, strict=True))
        (folder / name).write_text("wavelength (nm),factor\n" + rows, encoding="utf-8")
        text = of.PAIR + of.TABLE.replace("factors.txt", name) + of.runs(1)
        assert ("are left out" in told(studied(folder, text), "[yield.sphere]")) == (name == "within.txt")


def test_leaks_of_the_excitation_reach_the_ratio(folder: Path) -> None:
    leak = '[[yield_ratio.contaminant]]\nname = "pump"\nwavelength_nm = 532\nfraction = 0.01\n'
    found = studied(folder, of.PAIR + of.RATIO + leak)
    budget, (pump,) = found.yields.yield_ratio.budget, found.yields.yield_ratio.purity.leaks
    assert (pump.wavelength_nm, pump.fraction) == (532, 0.01) and "leaked light (one-sided)" in budget
    assert "pump" in told(found, "[yield_ratio]")


def test_a_ratio_without_up_converted_light_is_told(folder: Path) -> None:
    found = studied(folder, of.PAIR + "[yield_ratio]\n")
    assert "not done: it takes [up_emission]" in told(found, "[yield_ratio]") and found.yields.yield_ratio is None


def test_a_ratio_takes_the_absorption_of_its_cuvette(folder: Path) -> None:
    thin = io.read(folder / "abs.csv")
    about = {k: v for k, v in thin.attrs.items() if k not in data.JSON_ATTRS}
    half = data.build("wavelength", thin["wavelength"].values, thin["signal"].values / 2, **about)
    io.write(half, folder / "half.csv")
    found = studied(folder, of.PAIR + of.RATIO + 'absorption = "half.csv"\n').yields.yield_ratio
    assert found.up_absorptance.value == pytest.approx(1 - (1 - 0.13668) ** 0.5, rel=1e-3)
    text = of.PAIR.replace("path_cm = 1.0\n", 'path_cm = 1.0\nconcentrated = "abs.csv"\n') + of.RATIO
    assert "the dilute scan of [absorption] stands for the cuvette" in told(studied(folder, text), "[yield_ratio]")


def test_the_power_of_a_stated_yield_counts_the_background(folder: Path) -> None:
    text = of.PAIR + "[yield]\nvalue = 0.99\nsd = 0.005\n"
    free, lossy = (
        studied(folder, text + more).yields.power_conversion for more in ("", "[background]\nper_cm = 0.01\n")
    )
    alpha = studied(folder, text).cooling_window.at[0].absorption.value
    assert lossy[0].efficiency.value / free[0].efficiency.value == pytest.approx(alpha / (alpha + 0.01), rel=1e-3)
    assert free[0].external_yield.value == pytest.approx(0.99, abs=1e-3)


def test_a_temperature_that_is_not_known_is_told(folder: Path) -> None:
    plain = io.read(folder / "down.csv")
    about = {k: v for k, v in plain.attrs.items() if k not in (*data.JSON_ATTRS, "temperature_k")}
    cold = data.build("wavelength", plain["wavelength"].values, plain["signal"].values, **about)
    io.write(cold, folder / "plain.csv")
    text = '[study]\nexcitation_nm = 640\n[emission]\nfile = "plain.csv"\n[yield]\nvalue = 0.99\n'
    found = studied(folder, text)
    assert "the bounds are those of 300 K" in told(found, "Power conversion")
    assert len(found.yields.power_conversion) == 1 and found.cooling_window is None


def test_a_study_without_the_tables_loads_none_of_it(folder: Path) -> None:
    (folder / "pair.toml").write_text(of.PAIR, encoding="utf-8")
    code = (
        "import sys, antistokes as ans; from antistokes.report.html import report_html; "
        "s = ans.study(sys.argv[1]); report_html(s); assert not s.yields.results; "
        "names = 'yields sphere_result sphere_integrals factors yield_ratio power_conversion'.split(); "
        "sys.exit(any(f'antistokes.analysis.{n}' in sys.modules for n in names))"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(folder / "pair.toml")], check=False)
    assert ran.returncode == 0


def test_a_published_measurement_as_a_study(real_data: Path, folder: Path) -> None:
    """The runs of de Mello's method by NTU, see tests/published/test_demello.py; the authors' numbers of each run."""
    path = real_data / "data" / "plqy-demello-ntu" / "data"
    table = "[yield.sphere]\nlaser_nm = [315, 335]\nemission_nm = [400, 720]\nquantity = 'counts'\n"
    table += f"correction = {{ file = '{path / 'CF.txt'}', gives = 'power_per_nm' }}\n"
    for run in (path / "PLQY" / str(i) for i in (1, 2, 3)):
        table += (
            f"[[yield.sphere.run]]\nempty = '{run / 'A1.txt'}'\nindirect = ['{run / 'B1.txt'}', '{run / 'B2.txt'}']\n"
        )
        table += f"direct = ['{run / 'C1.txt'}', '{run / 'C2.txt'}']\n"
    found = studied(folder, of.PAIR + table)
    authors = ((0.64597, 0.93467), (0.64891, 0.90896), (0.65287, 0.92632))
    for repeat, (absorptance, value) in zip(found.yields.absolute_yield.repeats, authors, strict=True):
        assert repeat.absorptance == pytest.approx(absorptance, abs=3e-4)
        assert repeat.observed_yield == pytest.approx(value, abs=2e-3)
    assert "THE SAMPLE CANNOT ADD LIGHT" in told(found, "[yield.sphere]")
