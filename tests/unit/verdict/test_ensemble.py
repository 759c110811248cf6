"""The ensemble's tables of a study: what is there is analysed, what is broken named, what is absent costs nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import xarray as xr

import antistokes as ans
from antistokes import data, io
from antistokes.verdict import output
from antistokes.verdict.study import Study
from tests.unit.verdict import series_folder as of

QUICK = "[lineshape]\nhigher_states = 0\nfree_shares = false\nfree_skewness = false\n"
YIELD = "Yield of up-conversion over temperature"
EVERY = {
    *("emission_comparison", "red_tail", "red_tail_up", "purity", "ple_ratio", "power_law", "edge_series"),
    *("tail_activation", "yield_activation", "yield_activation_down", "shift_comparison"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of.write(tmp_path_factory.mktemp("series"))


@pytest.fixture(scope="module")
def whole(folder: Path) -> Study:
    """All tables at once, with a line shape that predicts the shift."""
    return studied(folder, of.WHOLE + QUICK)


def studied(folder: Path, text: str) -> Study:
    (folder / "now.toml").write_text(text, encoding="utf-8")
    return ans.study(folder / "now.toml")


def told(found: Study, what: str) -> str:
    """The one warning about a table."""
    (one,) = (w for w in found.warnings if w.startswith(what))
    return one


def test_every_table_gives_its_result(whole: Study) -> None:
    e = whole.ensemble
    assert set(e.results) == EVERY <= set(whole.results)
    assert set(e.warnings) <= set(whole.warnings)
    assert len({w.partition(": ")[2] for w in e.warnings}) == len(e.warnings)  # what several say is said once
    assert (whole.mechanism.verdict, "nothing was tested" in whole.mechanism.says) == ("not weighed yet", False)
    files = {i["file"] for i in whole.inputs}
    assert {"ucpl.csv", "ple.csv", "lamp.csv", "power.csv", "absorption_5.csv", "up_emission_0.csv"} <= files


def test_the_intrinsic_sample_is_found_to_be_one(whole: Study) -> None:
    e = whole.ensemble
    assert e.power_law.slope.low < 1 < e.power_law.slope.high and e.power_law.linear.outcome == "supports"
    assert e.ple_ratio.equivalences[0].outcome == "supports" and e.ple_ratio.window == of.SEEN["window"]
    assert e.yield_activation.activation_mev.low < 0 < e.yield_activation.activation_mev.high
    assert e.yield_activation_down.constant.outcome == "supports"
    assert e.shift_comparison.same.outcome == "supports"
    assert e.emission_comparison.shift_mev.high < 0  # unequal dots, excited in the tail
    assert e.emission_comparison.predicted_shift_mev is not None
    assert e.red_tail.outcome == e.red_tail_up.outcome == "supports"
    assert next(iter(e.tail_activation.apparent_mev.values())).value == pytest.approx(46.6, abs=1)
    assert e.edge_series.shift_mev_per_k.value == pytest.approx(-0.25, abs=0.01)
    assert e.purity.excitation_nm == of.LASER_NM


def test_results_keep_the_schema_and_their_curves(whole: Study, tmp_path: Path) -> None:
    text = resources.files("antistokes.verdict").joinpath("results.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    written = json.loads(json.dumps(output.results_dict(whole), allow_nan=False))
    jsonschema.validate(written, schema)
    assert set(schema["properties"]["results"]["properties"]) >= EVERY
    written["results"]["power_law"]["linear"]["outcome"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schema)
    output.write_results(whole, tmp_path)
    with xr.open_dataset(tmp_path / "results.nc", engine="h5netcdf") as back:
        found = back["tail_activation_apparent_energy"]
        np.testing.assert_array_equal(found.values, whole.ensemble.tail_activation.curves["apparent_energy"].values)
        assert list(back["yield_activation_branch"].values[[0, -1]]) == ["heating", "cooling"]


def test_keys_reach_the_analyses(folder: Path) -> None:
    text = (
        of.PAIR
        + '[up_emission]\nfile = "ucpl.csv"\ncut_nm = 645\nexclude_nm = [[640, 642]]\n'
        + '[ple]\nfile = "ple.csv"\nabsorption = "abs.csv"\ngeometry = "front-face"\ndetection_nm = 630\n'
        + "bandpass_nm = 3\nrange_nm = [560, 680]\n"
        + '[power]\nfile = "power.csv"\nbackground = 5\nbackground_sd = 1\n'
    )
    e = studied(folder, text).ensemble
    assert e.emission_comparison.window_nm[1] <= 645 and (640, 642) in e.emission_comparison.masked_nm
    assert e.red_tail is not None and e.red_tail_up is None  # there is no tail behind a filter
    assert (e.ple_ratio.geometry, e.ple_ratio.detection_nm, e.ple_ratio.bandpass_nm) == ("front-face", 630, 3)
    assert e.ple_ratio.curves["wavelength"].values.max() == 680
    counts = io.read(folder / "power.csv")["signal"].values
    np.testing.assert_allclose(e.power_law.curves["signal"].values, counts - 5)


def test_keys_of_the_temperature_reach_the_yields_and_the_tail(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []

    def recorded(*series: Any, **options: Any) -> None:
        seen.append(options)
        raise ans.DataError("enough")

    monkeypatch.setattr("antistokes.analysis.yield_series.yield_activation", recorded)
    monkeypatch.setattr("antistokes.analysis.activation.tail_activation", recorded)
    keys = (
        'phonon_mev = 30\ncoupling = "inp-znse-zns"\nsolvent = "toluene"\ngeometry = "front-face"\n'
        "window = [0.4, 0.6]\ncut_nm = 645\nexclude_nm = [[640, 642]]\n"
        "baseline_sd = 1e-4\ncommon_baseline_sd = 2e-4\ntemperature_sd_k = 0.5\n"
    )
    general = of.PAIR.replace("[study]", "[study]\nlevel = 0.9").replace("path_cm = 1.0", "near_nm = 620")
    found = studied(folder, general + "[temperature]\n" + keys + "".join(map(of.steps, of.SERIES)))
    tail, up, down = seen
    assert tail == {
        **{"phonon_mev": 30, "coupling": "inp-znse-zns", "near_nm": 620},
        **{"baseline_sd": 1e-4, "common_baseline_sd": 2e-4, "temperature_sd_k": 0.5, "level": 0.9},
    }
    both = {
        **{"geometry": "front-face", "window": (0.4, 0.6), "solvent": "toluene", "absorption_at": "each temperature"},
        **{"baseline_sd": 1e-4, "common_baseline_sd": 2e-4, "level": 0.9},
    }
    assert up == both | {"cut_nm": 645, "exclude_nm": ((640, 642),)}  # the filter stands in this light only
    assert down == both | {"cut_nm": None, "exclude_nm": ()}
    assert (
        f"Absorption tail over temperature, {YIELD}, Yield of down-conversion over temperature: not done: enough"
        in (found.warnings)
    )


def test_peaks_are_compared_blue_of_the_filter(folder: Path) -> None:
    text = of.PAIR + "[temperature]\ncut_nm = 620\n" + of.steps("up_emission") + of.steps("emission")
    found = studied(folder, text)  # nothing redder than 620 nm is looked at, and no peak lies bluer
    assert found.ensemble.shift_comparison is None
    assert any("highest at an end of the data or at the cut" in w for w in found.warnings)


def test_a_dark_is_subtracted_of_up_converted_light(folder: Path) -> None:
    light = io.read(folder / "ucpl.csv")
    io.write(light.assign(signal=light["signal"] + 50.0), folder / "raised.csv")
    io.write(light.assign(signal=0 * light["signal"] + 50.0), folder / "dark.csv")
    clear, dark = (
        studied(folder, of.PAIR + f'[up_emission]\nfile = "{name}.csv"\n{more}').ensemble.emission_comparison
        for name, more in (("ucpl", ""), ("raised", 'dark = "dark.csv"\n'))
    )
    assert dark.shift_mev.value == pytest.approx(clear.shift_mev.value, abs=1e-6)


def test_steps_may_say_what_their_files_do_not(folder: Path) -> None:
    lines = ""
    for i, (kelvin, branch) in enumerate([(300, "heating"), (330, "heating"), (330, "cooling"), (300, "cooling")]):
        bare = io.read(folder / f"absorption_{(0, 1, 4, 5)[i]}.csv")
        io.write(data.with_attrs(bare, temperature_k=None, branch=None), folder / f"bare_{i}.csv")
        lines += f'[[temperature.absorption]]\nfile = "bare_{i}.csv"\ntemperature_k = {kelvin}\nbranch = "{branch}"\n'
    e = studied(folder, of.PAIR + "[temperature]\nbelow_mev = 40\n" + lines).ensemble
    assert list(e.edge_series.curves["temperature"].values) == [300, 330, 330, 300]
    assert list(e.edge_series.curves["branch"].values) == ["heating", "heating", "cooling", "cooling"]
    assert list(e.tail_activation.apparent_mev) == ["apparent energy 40 meV below the maximum"]
    assert e.edge_series.reversibility[0].outcome == "supports"


def test_the_temperature_of_the_study_is_not_that_of_the_steps(folder: Path) -> None:
    e = studied(folder, of.PAIR + "[temperature]\n" + of.steps("absorption")).ensemble
    assert set(e.edge_series.curves["temperature"].values) == set(of.KELVIN)


@pytest.mark.parametrize(
    ("lines", "what", "why"),
    [
        ('[ple]\nfile = "no.csv"\n', "[ple]: not used: ", "no.csv"),
        ('[ple]\nfile = "pl.csv"\n', "Excitation spectrum: not done: ", "geometry must be declared"),
        ('[up_emission]\nfile = "abs.csv"\n', "[up_emission]: not used: ", "Are two files swapped?"),
        ('[power]\nfile = "pl.csv"\n', "Power series: not done: ", "along power or irradiance"),
        (
            "[temperature]\n" + of.steps("up_emission"),
            f"{YIELD}: not done",
            "[[temperature.absorption]]",
        ),
        (
            "[temperature]\n" + of.steps("absorption", 1) + of.steps("up_emission"),
            f"{YIELD}: not done",
            "measure it at each",
        ),
    ],
)
def test_a_broken_table_is_named_and_the_rest_is_used(folder: Path, lines: str, what: str, why: str) -> None:
    found = studied(folder, of.PAIR + of.POWER * ("[power]" not in lines) + lines)
    assert why in told(found, what)
    assert ("power_law" in found.results) == ("[power]" not in lines)
    assert "emission_summary" in found.results and "emission_comparison" not in found.results
    assert not any(i["file"] == "no.csv" for i in found.inputs)
    output.results_dict(found)


def test_a_step_that_cannot_be_read_is_named_and_the_others_are_used(folder: Path) -> None:
    text = of.PAIR + "[temperature]\n" + of.steps("absorption", 3) + '[[temperature.absorption]]\nfile = "no.csv"\n'
    found = studied(folder, text)
    assert "no.csv" in told(found, "[temperature.absorption 4]: not used: ")
    assert found.ensemble.edge_series.curves.sizes["step"] == 3


def test_an_absurd_temperature_is_named_and_the_others_are_used(folder: Path) -> None:
    listed = of.steps("absorption", 4).replace('_1.csv"', '_1.csv"\ntemperature_k = 4040.4')
    text = of.PAIR + "[temperature]\n" + listed
    found = studied(folder, text)
    assert any("4040.4 K is absurd" in w for w in found.warnings)
    assert list(found.ensemble.edge_series.curves["temperature"].values) == [300, 360, 360]


def test_counts_are_corrected_as_the_emission_is(folder: Path) -> None:
    light = io.read(folder / "pl.csv")
    nm = light["wavelength"].values
    response = np.exp(-0.5 * ((nm - 600) / 60) ** 2)
    about = {"quantity": "counts", "kind": "emission", "medium": "air"}
    for name, laser_nm in (("pl", 532.0), ("ucpl", of.LASER_NM)):
        ds = io.read(folder / f"{name}.csv")
        seen = data.build("wavelength", nm, ds["signal"].values * response, excitation_nm=laser_nm, **about)
        io.write(seen, folder / f"{name}_counts.csv")
    io.write(data.build("wavelength", nm, 1e6 * response, **about), folder / "even_lamp.csv")
    even = data.build("wavelength", nm, np.ones(nm.size), kind="emission", quantity="photons_per_nm", medium="air")
    io.write(even, folder / "even.csv")
    tables = (
        '[emission]\nfile = "pl_counts.csv"\n[calibration]\nfile = "even_lamp.csv"\ncertificate = "even.csv"\n'
        '[up_emission]\nfile = "ucpl_counts.csv"\n'
    )
    raw, plain = studied(folder, tables), studied(folder, of.PAIR + of.UP)
    found, expected = (s.ensemble.emission_comparison.shift_mev for s in (raw, plain))
    assert found.value == pytest.approx(expected.value, abs=3 * expected.sd)


def test_a_dilute_scan_that_stands_in_is_told(folder: Path) -> None:
    text = of.PAIR.replace("path_cm = 1.0\n", 'path_cm = 1.0\nconcentrated = "absorption_0.csv"\n') + of.PLE
    assert any("held against the dilute scan" in w for w in studied(folder, text).warnings)


def test_a_study_without_the_tables_loads_none_of_it(folder: Path) -> None:
    (folder / "pair.toml").write_text(of.PAIR, encoding="utf-8")
    code = (
        "import sys, antistokes as ans; from antistokes.report.html import report_html; "
        "s = ans.study(sys.argv[1]); report_html(s); assert not s.ensemble.results; "
        "names = 'activation comparison edge_series ple power purity red_tail shifts yield_series'.split(); "
        "sys.exit(any(f'antistokes.analysis.{n}' in sys.modules for n in names))"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(folder / "pair.toml")], check=False)
    assert ran.returncode == 0
