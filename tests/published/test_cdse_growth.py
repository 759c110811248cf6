"""CdSe dots during growth (Imperial College teaching data, 2025/26): untidy csv as a laboratory keeps them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from markupsafe import escape

import antistokes as ans
from antistokes import data
from antistokes.report.figures import panels
from antistokes.report.html import report_html

RUN_4 = "Run 4 FL emission.csv"


@pytest.fixture
def growth(real_data: Path) -> Path:
    return real_data / "data" / "cdse-qd-growth-imperial"


@pytest.mark.parametrize(
    ("column", "peak_nm", "within"), [("30 s", 487.0, 1.0), ("240 s", 505.0, 1.5), ("330 s", 508.5, 1.5)]
)
def test_emission_moves_red_as_dots_grow(growth: Path, column: str, peak_nm: float, within: float) -> None:
    emission = ans.read(growth / RUN_4, y=column, quantity="counts")
    assert ans.describe_emission(emission).peak_nm.value == pytest.approx(peak_nm, abs=within)


def test_every_emission_and_absorption_spectrum_can_be_located(growth: Path) -> None:
    located = 0
    for path in sorted(growth.glob("*FL emission.csv")):
        for ds in ans.read_all(path, quantity="counts"):
            assert not data.json_attr(ds, "source", {})["column"].endswith(" ")
            located += 420 < ans.describe_emission(ds).peak_nm.value < 600
    for path in sorted(growth.glob("*UV-Vis.csv")):
        for ds in ans.read_all(path, quantity="absorbance"):
            ans.describe_absorption(ds)
    assert located == sum(len(ans.read_all(p)) for p in growth.glob("*FL emission.csv"))


def test_a_report_from_raw_files(growth: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        f"""
[study]
excitation_nm = 530
temperature_k = 295
[emission]
file = {json.dumps(str(growth / RUN_4))}
column = "240 s"
quantity = "counts"
[absorption]
file = {json.dumps(str(growth / "Run 4 UV-Vis.csv"))}
column = "240 s"
quantity = "absorbance"
path_cm = 1.0
[yield]
value = 0.3
sd = 0.05
""",
        encoding="utf-8",
    )
    study = ans.study(tmp_path)
    assert any("response of the instrument" in w for w in study.warnings)  # their PL is uncorrected
    assert study.cooling.verdict == "would heat"
    report = ans.write_report(study, tmp_path / "report.html")
    ans.write_results(study, tmp_path)
    assert report.stat().st_size > 100_000
    assert (
        json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["verdicts"]["mechanism"]["verdict"]
        == "not tested yet"
    )


def test_the_line_shape_of_a_pair_says_what_it_misses_and_what_is_open(growth: Path, tmp_path: Path) -> None:
    """Trap emission, an unknown response and broad higher states: the fit has to say that it is no good fit."""
    (tmp_path / "study.toml").write_text(
        f"""
[study]
excitation_nm = [545, 560]
temperature_k = 295
[emission]
file = {json.dumps(str(growth / "Run 3 FL emission.csv"))}
column = "300 s"
quantity = "counts"
[absorption]
file = {json.dumps(str(growth / "Run 3 UV-Vis.csv"))}
column = "300 s reaction"
quantity = "absorbance"
path_cm = 1.0
[lineshape]
emission_nm = [505, 585]
""",
        encoding="utf-8",
    )
    study = ans.study(tmp_path)
    fit = study.lineshape
    assert fit is not None and 2.2 < fit.e00_ev.value < 2.4
    assert 15 < fit.inhomogeneous_width_mev.value < 60
    assert fit.reduced_chi2.value > 10 and any("is not noise" in w for w in study.warnings)
    assert any("response of the instrument" in w for w in fit.warnings)
    page = report_html(study)
    shown = {panel.key: panel for panel in panels(study)}
    residual = shown["lineshape_residual"]
    assert residual.y.show[1] > 10 and "the model misses" in residual.caption  # beyond the marks at 2 s.d.
    assert fit.undetermined
    for sentence in (*fit.undetermined, *fit.warnings, residual.caption):
        assert str(escape(sentence)) in page
    assert "lineshape_tail" in shown and "lineshape_efficiency" not in shown  # no yield was given
    assert study.absorption_summary is not None and study.cooling.verdict == "undecided"
