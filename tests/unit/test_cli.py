"""The commands, as a user types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import antistokes as ans
from antistokes import cli
from antistokes.lab import spectra as lab

STUDY = ["study", "--absorption", "a.csv", "--emission", "pl.csv", "--excitation", "660", "--yield", "0.99:0.01"]


def run(*tokens: str) -> int:
    """Run a command in this process; return its exit code."""
    try:
        cli.main(list(tokens))
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.fixture
def spectra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a.csv and pl.csv as a spreadsheet would save them; it becomes the current one."""
    absorption, emission = lab.absorption_and_emission()
    x = absorption.wavelength.values[::-1]
    rows = [f"{a:.1f},{b:.6f}" for a, b in zip(x, absorption.signal.values[::-1], strict=True)]
    (tmp_path / "a.csv").write_text("Wavelength (nm),Absorbance\n" + "\n".join(rows) + "\n", encoding="utf-8")
    pairs = zip(emission.wavelength.values, emission.signal.values, strict=True)
    rows = [f"{a:.1f},{b:.3f}" for a, b in pairs]
    (tmp_path / "pl.csv").write_text("wavelength (nm),photons/nm\n" + "\n".join(rows) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def without_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the numbers are asked for, the page (a second of Bokeh) is not drawn."""
    monkeypatch.setattr("antistokes.report.html.write_report", lambda _, path: path)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_demo_writes_a_report_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("demo", str(tmp_path / "out")) == 0
    said = capsys.readouterr().out
    results = tmp_path / "out" / "results"
    assert "not tested yet" in said
    assert "could cool in this window" in said
    assert str(results / "report.html") in said
    assert {p.name for p in results.iterdir()} == {"report.html", "results.json", "results.nc"}


@pytest.mark.usefixtures("without_page")
def test_two_spectra_without_a_folder(spectra: Path) -> None:
    assert run(*STUDY, "--background", "1e-4:2e-5", "--path", "1", "--temperature", "300") == 0
    found = json.loads((spectra / "results" / "results.json").read_text(encoding="utf-8"))
    gain = found["results"]["energy_gain_660nm"]["mean_mev"]
    assert gain["low"] < gain["value"] < gain["high"]
    assert found["verdicts"]["mechanism"]["verdict"] == "not tested yet"


@pytest.mark.usefixtures("without_page")
def test_the_line_shape_of_two_spectra(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*STUDY, "--temperature", "300", "--lineshape", "cdse-cds-zb") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "reorganisation energy" in said and "not determined" in said
    found = json.loads((spectra / "results" / "results.json").read_text(encoding="utf-8"))
    width = found["results"]["lineshape"]["inhomogeneous_width_mev"]
    assert width["low"] < width["value"] < width["high"] and "gain_mev" in found["results"]["lineshape_tail"]
    assert run(*STUDY, "--lineshape", "cdse-cds-zb") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Line shape not fitted: the temperature of the sample is not known" in said
    assert "State temperature_k in [study] of study.toml, or --temperature on the command line" in said
    assert run(*STUDY, "--lineshape", "cdse-cds") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "[lineshape] coupling: expected one of cdse-cds-zb" in said and "Did you mean 'cdse-cds-zb'?" in said


def test_help_of_the_line_shape_lists_the_families(capsys: pytest.CaptureFixture[str]) -> None:
    from antistokes.physics.presets import PRESETS

    run("study", "--help")
    said = "".join(capsys.readouterr().out.replace("│", " ").split())
    assert "Oneof" + ",".join(PRESETS) in said


def test_init_then_study(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init", ".") == 0
    assert run("study", ".") == 0
    assert (spectra / "results" / "report.html").exists()
    assert run("init", ".") == 2
    assert "study.toml" in capsys.readouterr().err


def test_a_folder_without_study_toml_names_init(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("study", str(tmp_path)) == 2
    assert "antistokes init" in capsys.readouterr().err


def test_inspect_shows_and_converts(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", "a.csv", "pl.csv", "--to", "csv") == 0
    said = capsys.readouterr().out
    assert "absorbance" in said
    assert "photons_per_nm" in said
    original, copy = ans.read("a.csv"), ans.read("a.antistokes.csv")
    np.testing.assert_array_equal(copy.signal.values, original.signal.values)
    assert copy.attrs == original.attrs
    assert run("inspect", "no-such*.csv") == 2


def test_inspect_is_told_what_was_measured(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (spectra / "two.csv").write_text("500,1\n510,2\n520,1\n", encoding="utf-8")
    assert run("inspect", "two.csv", "--kind", "ple") == 0
    assert "holds" in (said := capsys.readouterr().out) and " ple" in said
    assert run("inspect", "two.csv", "--kind", "nonsense") == 2


def test_inspect_says_what_the_analysis_needs(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ds = ans.read("pl.csv", excitation_nm=660, temperature_k=300)
    ans.write(ds, spectra / "pl.nc")
    assert run("inspect", "pl.nc", "a.csv") == 0
    said = capsys.readouterr().out
    assert "excitation 660 nm, temperature 300 K" in said
    assert said.count("medium not stated, read as air") == 2
    assert max(map(len, said.splitlines())) <= 80


def test_inspect_looks_through_folders_and_patterns(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (spectra / "notes.md").write_text("none", encoding="utf-8")
    assert run("inspect", ".") == 0
    assert run("inspect", "p*.csv") == 0
    said = capsys.readouterr().out
    assert said.count("pl.csv (table)") == 2 and said.count("a.csv (table)") == 1
    assert "left out by their suffix (name them to read them): notes.md" in said


def test_what_a_csv_cannot_hold_is_refused_with_the_way_out(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = ans.build("wavelength", [500.0, 501.0], np.ones((3, 2)), along={"frame": range(3)}, quantity="counts")
    ans.write(frames, spectra / "cam.nc")
    assert run("inspect", "cam.nc", "--to", "csv") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "a csv cannot hold several axes (3 frame x 2 wavelength)" in said
    assert "antistokes inspect FILE --to nc" in said
    assert not list(spectra.glob("cam*.csv"))
    assert run("inspect", "cam.nc", "--to", "nc") == 0


@pytest.mark.usefixtures("spectra")
def test_errors_are_wrapped_at_the_width_of_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("study", ".") == 2
    whole = capsys.readouterr().err
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert run("study", ".") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 1 and max(map(len, lines)) <= 50
    assert " ".join(lines) == whole.strip()


def empty(path: Path) -> None:
    path.write_text("", encoding="utf-8")


def one_column(path: Path) -> None:
    path.write_text("Absorbance\n" + "0.1\n" * 20, encoding="utf-8")


BAD = {
    "empty file": (lambda: empty(Path("a.csv")), ["a.csv", "expected", "found"]),
    "one column": (lambda: one_column(Path("a.csv")), ["a.csv", "expected", "one column"]),
    "text where numbers belong": (
        lambda: change(Path("a.csv"), "\n600.0,", "\n600.0,oops"),
        ["a.csv", "line 122", "oops"],
    ),
    "duplicated wavelengths": (lambda: change(Path("pl.csv"), "\n600.5,", "\n600.0,"), ["pl.csv", "line", "600"]),
    "NaN": (lambda: change(Path("a.csv"), "\n600.0,0", "\n600.0,NaN\n599.5,0"), ["a.csv", "line 122"]),
    "wavelength 0": (lambda: change(Path("a.csv"), "\n480.0,", "\n0.0,"), ["a.csv", "line 242", "0"]),
    "negative absorbance": (
        lambda: change(Path("a.csv"), "\n700.0,0.", "\n700.0,-0.7"),
        ["a.csv", "700.0 nm", "negative", "expected"],
    ),
    "saturated absorbance": (
        lambda: change(Path("a.csv"), "\n500.0,", "\n500.0,1"),
        ["a.csv", "500.0 nm", "saturated", "expected"],
    ),
}


@pytest.mark.parametrize("what", list(BAD))
def test_bad_file_gets_a_sentence_and_exit_code_2(what: str, spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil, words = BAD[what]
    spoil()
    assert run(*STUDY) == 2
    said = " ".join(capsys.readouterr().err.split())
    for word in words:
        assert word in said
    assert "Traceback" not in said


def test_spectra_that_do_not_overlap(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    absorption, _ = lab.absorption_and_emission(absorption_nm=np.arange(430.0, 550.0, 1.0))
    ans.write(absorption, spectra / "a.csv")
    assert run(*STUDY) == 2
    said = capsys.readouterr().err
    for word in ("do not overlap", "a.csv", "pl.csv", "430.0-549.0 nm", "expected"):
        assert word in said


@pytest.mark.parametrize("excitation", ["900", "300"])
def test_excitation_outside_the_data(excitation: str, spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*STUDY[:-4], "--excitation", excitation, "--yield", "0.99:0.01") == 2
    said = capsys.readouterr().err
    for word in (f"{excitation} nm", "outside", "a.csv", "480.0 to 720.0 nm"):
        assert word in said


@pytest.mark.usefixtures("without_page")
def test_undeclared_quantity_is_asked_for(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(Path("pl.csv"), "photons/nm", "Intensity (a.u.)")
    assert run(*STUDY) == 2
    said = capsys.readouterr().err
    assert "pl.csv" in said
    assert "--emission-quantity" in said
    assert run(*STUDY, "--emission-quantity", "photons_per_nm") == 0


def test_unknown_key_names_the_nearest(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("study.toml").write_text('[emission]\nfile = "pl.csv"\nquantitty = "counts"\n', encoding="utf-8")
    assert run("study", ".") == 2
    said = capsys.readouterr().err
    for word in ("study.toml", "[emission]", "quantitty", "'quantity'"):
        assert word in said


@pytest.mark.usefixtures("without_page")
def test_yield_above_one_is_allowed_with_a_note(spectra: Path) -> None:
    assert run(*STUDY[:-1], "1.01:0.02") == 0
    found = json.loads((spectra / "results" / "results.json").read_text(encoding="utf-8"))
    assert any("above one" in w for w in found["warnings"])
    assert found["results"]["cooling_window"]["external_yield"]["high"] <= 1


@pytest.mark.usefixtures("without_page")
def test_unknown_medium_is_read_as_air_with_a_note(spectra: Path) -> None:
    assert run(*STUDY) == 0
    found = json.loads((spectra / "results" / "results.json").read_text(encoding="utf-8"))
    assert sum("read as air" in note for note in found["notes"]) == 2


def verdict(folder: Path) -> dict[str, str]:
    found = json.loads((folder / "results" / "results.json").read_text(encoding="utf-8"))
    return found["verdicts"]["cooling"]


def test_a_cut_emission_predicts_nothing(spectra: Path) -> None:
    assert run(*STUDY[:-1], "0.99:0.002") == 0
    assert verdict(spectra)["verdict"] == "could cool in this window"
    emission = ans.read("pl.csv")
    ans.write(emission.sel(wavelength=slice(None, 645.0)), spectra / "pl.csv")
    assert run(*STUDY[:-1], "0.99:0.002") == 0
    assert verdict(spectra)["verdict"] == "undecided"
    assert "cut off" in verdict(spectra)["says"]


def test_a_yield_far_above_one_decides_nothing_and_percent_is_refused(
    spectra: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*STUDY[:-1], "1.05:0.01") == 0
    assert verdict(spectra)["verdict"] == "undecided"
    assert run(*STUDY[:-1], "99:1") == 2
    assert "fraction" in capsys.readouterr().err


def test_a_folder_and_options_are_not_mixed(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init", ".") == 0
    assert run("study", ".", "--yield", "0.5:0.01") == 2
    assert "not both" in capsys.readouterr().err
    assert run("study", "pl.csv") == 2
    assert "--emission" in capsys.readouterr().err


def test_demo_overwrites_nothing_of_the_user_s(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("mine", encoding="utf-8")
    assert run("demo", str(tmp_path)) == 2
    assert (tmp_path / "study.toml").read_text(encoding="utf-8") == "mine"


def test_init_passes_by_baselines(spectra: Path) -> None:
    text = Path("a.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"{text[0].split(',')[0]},Toluene baseline Abs,Batch 7 Abs"] + [
        f"{r.split(',')[0]},0.01,{r.split(',')[1]}" for r in text[1:]
    ]
    Path("a.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert run("init", ".") == 0
    study = Path("study.toml").read_text(encoding="utf-8")
    assert 'column = "Batch 7 Abs"' in study
    assert "Toluene" not in study


def test_bad_numbers_on_the_command_line(spectra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*STUDY[:-1], "much") == 2
    assert "--yield" in capsys.readouterr().err


def test_only_cyclopts_is_imported_at_the_top() -> None:
    code = "import sys, antistokes.cli; sys.exit(any(m in sys.modules for m in ('numpy', 'xarray', 'scipy', 'bokeh')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
