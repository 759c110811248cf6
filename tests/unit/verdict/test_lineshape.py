"""The line shape of a study: where it is asked for, and never at the cost of the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import antistokes as ans
from antistokes.lab import spectra as lab
from antistokes.verdict.lineshape import unequal_gains
from antistokes.verdict.study import Study

LASER_NM = 655.0
QUICK = "[lineshape]\nhigher_states = 0\nfree_shares = false\nfree_skewness = false"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair of spectra of a sample at 300 K, in files that say so."""
    out = tmp_path_factory.mktemp("pair")
    absorption, emission = lab.absorption_and_emission(absorption_nm=np.arange(560.0, 720.5), photons=1e7)
    ans.write(absorption, out / "abs.csv")
    ans.write(emission, out / "pl.csv")
    return out


def studied(folder: Path, lines: str = "", *, study: str = "temperature_k = 300", absorption: bool = True) -> Study:
    """Run a study of the pair with more lines in its study.toml."""
    source = '[absorption]\nfile = "abs.csv"\npath_cm = 1.0\n' if absorption else ""
    text = f'[study]\nexcitation_nm = {LASER_NM}\n{study}\n[emission]\nfile = "pl.csv"\n{source}{lines}\n'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return ans.study(folder)


def test_the_fit_gives_back_the_sample_and_what_it_predicts(folder: Path) -> None:
    sample = lab.Sample()
    found = studied(folder, "[yield]\nvalue = 0.98\nsd = 0.005\n[lineshape]")
    fit, tail = found.lineshape, found.lineshape_tail
    assert fit.e00_ev.value == pytest.approx(sample.e00_ev, abs=1e-3)
    assert fit.reorganisation_mev.value == pytest.approx(sample.reorganisation_mev, rel=0.05)
    assert fit.e00_ev.level == found.config.study.level
    assert list(tail.gain_mev) == [f"gain by mean, {LASER_NM:g} nm"] and "efficiency" in tail.curves
    assert set(found.warnings) >= {*fit.warnings, *tail.warnings}
    assert (found.results["lineshape"], found.results["lineshape_tail"]) == (fit, tail)


def test_keys_of_the_table_reach_the_fit(folder: Path) -> None:
    lines = (
        f"{QUICK}\nbaseline = false\nabsorption_nm = [615, 690]\nemission_nm = [610, 670]\nexclude_nm = [[640, 645]]"
    )
    found = studied(folder, lines)
    fit = found.lineshape
    spectrum, nm = fit.curves["spectrum"].values, fit.curves["wavelength"].values
    absorbed, emitted = nm[spectrum == 0], nm[spectrum == 1]
    assert (absorbed.min(), absorbed.max()) == pytest.approx((615, 690), abs=1)
    assert (emitted.min(), emitted.max()) == pytest.approx((610, 670), abs=1)
    assert not np.any((emitted >= 640) & (emitted <= 645))
    assert not fit.higher_states and not any("share" in name for name in fit.correlation)
    assert np.all(fit.curves["baseline"].values == 0)
    tail = found.lineshape_tail  # without a yield no cooling is predicted
    assert "efficiency" not in tail.curves and tail.blue_edge_nm is None


def test_the_temperature_of_the_study_overrules_that_of_the_files(folder: Path) -> None:
    assert studied(folder, QUICK, study="temperature_k = 290").lineshape.solution.layout.temperatures_k == (290,)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"absorption": False}, "it takes an absorption and an emission spectrum"),
        ({"lines": "emission_nm = [630, 632]"}, "samples lie in"),
        ({"study": "temperature_k = 3"}, "expected a temperature"),
    ],
)
def test_a_fit_that_fails_is_a_warning_and_the_study_goes_on(folder: Path, options: dict, why: str) -> None:
    options = {**options, "lines": f"[lineshape]\n{options.get('lines', '')}"}
    found = studied(folder, **options)
    assert found.lineshape is None and found.lineshape_tail is None
    (told,) = (w for w in found.warnings if w.startswith("Line shape not fitted: "))
    assert why in told
    assert found.gains and "lineshape" not in found.results
    assert (found.cooling_window is None) == (options.get("absorption") is False)


def test_a_fit_that_does_not_end_says_what_to_try(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **options: object) -> None:
        raise ans.FitError("it did not end")

    monkeypatch.setattr("antistokes.analysis.lineshape.fit_lineshape", fails)
    (told,) = (w for w in studied(folder, "[lineshape]").warnings if w.startswith("Line shape not fitted: "))
    assert "it did not end. Try fewer higher_states, free_skewness = false, or windows" in told


@pytest.mark.parametrize(
    ("excitation_nm", "predicted", "said"),
    [
        (532.0, 81.0, "emission, excited at 532 nm; 81.0"),
        (532.0, 81.0, "Unequal dots excited in the tail emit redder"),
        (655.2, 81.0, "Both are of the same excitation"),
        (None, 81.0, "emission, whose excitation is not stated; 81.0"),
        (532.0, 83.9, ""),
    ],
)
def test_two_gains_that_are_apart_are_explained(excitation_nm: float | None, predicted: float, said: str) -> None:
    gain = SimpleNamespace(excitation_nm=LASER_NM, mean_mev=ans.Estimate(84.0, 0.1, 83.8, 84.2, 0.95, "meV"))
    there = ans.Estimate(predicted, 0.1, predicted - 0.2, predicted + 0.2, 0.95, "meV")
    tail = SimpleNamespace(gain_mev={f"gain by mean, {LASER_NM:g} nm": there})
    emission = SimpleNamespace(attrs={} if excitation_nm is None else {"excitation_nm": excitation_nm})
    found = unequal_gains([gain], tail, emission)  # type: ignore[list-item, arg-type]
    assert len(found) == bool(said) and said in "".join(found)
    assert unequal_gains([gain], None, emission) == ()  # type: ignore[list-item, arg-type]


def test_excitation_and_bandpass_of_study_toml_reach_the_fit(folder: Path) -> None:
    source = '[absorption]\nfile = "abs.csv"\npath_cm = 1.0\nbandpass_nm = 1.5\n'
    lines = f"excitation_nm = 590\nbandpass_nm = 2.5\n{source}{QUICK}"
    found = studied(folder, lines, absorption=False)
    assert (found.emission.attrs["excitation_nm"], found.emission.attrs["bandpass_nm"]) == (590.0, 2.5)
    assert found.absorption.attrs["bandpass_nm"] == 1.5
    assert not any("as study.toml says" in note for note in found.notes)  # the files say nothing of it
    plain = studied(folder, f'[absorption]\nfile = "abs.csv"\n{QUICK}', absorption=False)
    assert any("its excitation (excitation_nm) is not stated" in w for w in plain.warnings)
    assert not any("its excitation (excitation_nm) is not stated" in w for w in found.warnings)
    assert [s.weight.shape[0] > 1 for s in found.lineshape.solution.spectra] == [True, True]


def test_what_overrules_a_file_is_noted(folder: Path) -> None:
    ans.write(ans.read(folder / "pl.csv", excitation_nm=532, bandpass_nm=1), folder / "said.csv")
    text = '[emission]\nfile = "said.csv"\nexcitation_nm = 590\nbandpass_nm = 1\n'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    found = ans.study(folder)
    (note,) = (note for note in found.notes if "as study.toml says" in note)
    assert note.endswith("excitation_nm 590 as study.toml says, the file says 532")
    assert found.emission.attrs["excitation_nm"] == 590


def test_a_prediction_that_fails_leaves_the_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **options: object) -> None:
        raise ans.DataError("no tail")

    monkeypatch.setattr("antistokes.analysis.lineshape_tail.predict_tail", fails)
    found = studied(folder, QUICK)
    assert found.lineshape is not None and found.lineshape_tail is None
    assert "Nothing is predicted from the line shape beyond the data: no tail" in found.warnings


def test_a_study_without_the_table_does_not_load_the_fit(folder: Path) -> None:
    assert studied(folder).lineshape is None
    code = (
        "import sys, antistokes as ans; from antistokes.report.html import report_html; "
        "report_html(ans.study(sys.argv[1])); sys.exit('antistokes.analysis.lineshape' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(folder)], check=False).returncode == 0
