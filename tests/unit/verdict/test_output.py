import json
import math
import os

import numpy as np
import pytest
import xarray as xr

from antistokes.verdict import output
from antistokes.verdict.study import study
from antistokes.verdict.virtual import simulate_pair


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The simulated study with few draws, and 680 nm, where absorption drowns and numbers are unbounded."""
    folder = simulate_pair(tmp_path_factory.mktemp("study"))
    toml = folder / "study.toml"
    toml.write_text(toml.read_text().replace("excitation_nm = [660]", "excitation_nm = [660, 720]\ndraws = 200"))
    return study(folder)


def numbers(tree):
    if isinstance(tree, dict):
        return [n for v in tree.values() for n in numbers(v)]
    if isinstance(tree, list):
        return [n for v in tree for n in numbers(v)]
    return [tree] if isinstance(tree, float) else []


def test_results_are_plain_json(result):
    tree = output.results_dict(result)
    assert json.loads(json.dumps(tree, allow_nan=False)) == tree
    assert len(numbers(tree)) > 100 and all(map(math.isfinite, numbers(tree)))


def test_results_hold_what_the_schema_names(result):
    tree = output.results_dict(result)
    assert tree["schema"] == output.SCHEMA and tree["version"] == tree["versions"]["antistokes"]
    assert tree["margins_version"] == tree["margins"]["version"]
    assert tree["verdicts"]["mechanism"]["verdict"] == "not tested yet"
    assert set(tree["results"]) == {
        *(
            "emission_summary",
            "absorption_summary",
            "splice",
            "reciprocity",
            "cooling_window",
            "lineshape",
            "lineshape_tail",
            "energy_gain_660nm",
            "energy_gain_720nm",
            "power_conversion_660nm",
            "power_conversion_720nm",
        )
    }
    assert [i["file"] for i in tree["inputs"]] == [
        "emission.csv",
        "absorption_dilute.csv",
        "absorption_concentrated.csv",
    ]
    assert all(len(i["sha256"]) == 64 and i["bytes"] > 0 for i in tree["inputs"])
    assert tree["settings"]["study"]["draws"] == 200 and "column" not in tree["settings"]["emission"]
    assert tree["settings"]["lineshape"]["coupling"] == "cdse-cds-zb"
    assert "solution" not in tree["results"]["lineshape"] and tree["results"]["lineshape"]["undetermined"]
    assert tree["results"]["cooling_window"]["at"][0]["excitation_nm"] == 660.0


def test_curves_keep_their_values_axes_and_units(result):
    merged = output.curves_dataset(result)
    efficiency = result.cooling_window.curves["efficiency"]
    np.testing.assert_array_equal(merged["cooling_window_efficiency"].values, efficiency.values)
    np.testing.assert_array_equal(merged["cooling_window_wavelength"].values, efficiency["wavelength"].values)
    assert merged["cooling_window_absorption"].attrs["units"] == "cm^-1"
    np.testing.assert_array_equal(merged["lineshape_residual"].values, result.lineshape.curves["residual"].values)
    assert merged["lineshape_tail_absorption"].dims == ("lineshape_tail_energy",)
    assert merged["emission_input_signal"].sizes == {"emission_input_wavelength": result.emission.sizes["wavelength"]}
    assert "reciprocity_log_ratio" in merged and merged["absorption_input_signal_modes"].ndim == 2


def test_files_are_written_and_read_back(result, tmp_path):
    paths = output.write_results(result, tmp_path / "new" / "results")
    assert [p.name for p in paths] == ["results.json", "results.nc"]
    assert json.loads(paths[0].read_text(encoding="utf-8")) == output.results_dict(result)
    with xr.open_dataset(paths[1], engine="h5netcdf") as back:
        xr.testing.assert_identical(back.load(), output.curves_dataset(result))
    assert sorted(os.listdir(paths[0].parent)) == ["results.json", "results.nc"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    target = tmp_path / "results.json"
    target.write_text("old")

    def interrupted(path):
        path.write_text("half of the n")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        output.replace(target, interrupted)
    assert target.read_text() == "old" and os.listdir(tmp_path) == ["results.json"]


def test_a_full_disk_leaves_the_old_results(result, tmp_path, monkeypatch):
    (tmp_path / "results.nc").write_text("old")

    def full(self, path, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", full)
    with pytest.raises(OSError, match="No space left"):
        output.write_results(result, tmp_path)
    assert (tmp_path / "results.nc").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["results.json", "results.nc"]


def test_what_cannot_be_json_touches_no_file(result, tmp_path, monkeypatch):
    monkeypatch.setattr(output, "results_dict", lambda study: {"x": math.nan})
    with pytest.raises(ValueError, match="JSON compliant"):
        output.write_results(result, tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_file_that_was_replaced_can_be_read_by_others(tmp_path):
    output.replace(tmp_path / "a", lambda path: path.write_text("x"))
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644
