"""Numbers in words: tables, tiles, matrices, settings."""

import math
import tomllib

import pytest

from antistokes.analysis.result import as_tables
from antistokes.estimate import Estimate
from antistokes.report import numbers
from antistokes.verdict.output import results_dict


def test_every_number_of_every_analysis_is_in_a_table(studies):
    study = studies["whole"]
    rows = [row for group in numbers.groups(study) for row in group.rows]
    expected = sum(len(rows) for result in study.results.values() for _, rows in as_tables(result))
    assert len(rows) == expected
    assert all(row.label and row.value for row in rows)


def test_columns_hold_what_the_estimate_says():
    row = numbers.row("gain", Estimate(89.5, 0.1, 89.3, 89.7, 0.95, "meV", "by peak"))
    assert (row.value, row.interval, row.level, row.unit, row.how) == (
        "89.50",
        "89.30 to 89.70",
        "95 %",
        "meV",
        "by peak",
    )
    assert numbers.row("a", Estimate(2.0, unit="cm^-1")).unit == "cm⁻¹"


def test_limits_show_as_such():
    upper = numbers.row("width", Estimate(3.0, low=0.0, high=3.0, unit="meV", kind="upper limit"))
    lower = numbers.row("edge", Estimate(700.0, unit="nm", kind="lower limit"))
    assert upper.value.startswith("< 3") and lower.value.startswith("> 700")
    assert upper.interval == lower.interval == ""


def test_a_number_without_an_interval_has_none():
    row = numbers.row("x", Estimate(2.0, low=math.nan, high=math.nan))
    assert (row.interval, row.level, row.unit) == ("", "", "")


def test_key_numbers_are_those_that_exist(studies):
    assert [row.label for row in numbers.key_numbers(studies["emission"])] == [
        "gain by mean, 660 nm, of the measured emission",
        "gain by peak, 660 nm, of the measured emission",
        "gain by mean, 671 nm, of the measured emission",
        "gain by peak, 671 nm, of the measured emission",
    ]
    labels = [row.label for row in numbers.key_numbers(studies["no yield"])]
    assert "break-even yield, 660 nm" in labels and "largest cooling efficiency" not in labels


def test_key_numbers_of_the_line_shape_say_what_is_a_prediction(studies):
    fit, tail = studies["whole"].lineshape, studies["whole"].lineshape_tail
    found = {row.label: row for row in numbers.key_numbers(studies["whole"])}
    for label, estimate in (
        ("E_00 (line shape)", fit.e00_ev),
        ("reorganisation energy (line shape)", fit.reorganisation_mev),
        ("inhomogeneous width, s.d. (line shape)", fit.inhomogeneous_width_mev),
        ("gain by mean, 660 nm, of the measured emission", studies["whole"].gains[0].mean_mev),
        ("gain by mean, 660 nm, of light excited there (prediction)", tail.gain_mev["gain by mean, 660 nm"]),
        ("cooling window by the line shape (prediction), blue edge", tail.blue_edge_nm),
        ("cooling window by the line shape (prediction), red edge", tail.red_edge_nm),
    ):
        value, low, high = estimate.texts()
        assert (found[label].value, found[label].interval) == (value, f"{low} to {high}")
    assert "Line shape" in [m.title for m in numbers.matrices(studies["whole"])]
    assert not any("line shape" in row.label for row in numbers.key_numbers(studies["heats"]))


def test_matrices_are_symmetric_with_ones(studies):
    found = {m.title: m for m in numbers.matrices(studies["whole"])}
    splice = found["Joined absorption spectrum"]
    assert len(splice.names) == 1 + len(studies["whole"].splice.parameters)
    assert all(splice.cells[i][i] == "1" for i in range(len(splice.names)))
    assert [list(row) for row in zip(*splice.cells, strict=True)] == [list(row) for row in splice.cells]
    assert all(cell for row in splice.cells for cell in row)
    assert found["Reciprocity (Kennard-Stepanov)"].names == ("intercept", "slope")


@pytest.mark.parametrize("name", ["whole", "series"])
def test_settings_are_toml(studies, name):
    settings = results_dict(studies[name])["settings"]
    read = tomllib.loads(numbers.settings_text(settings))
    assert read.pop("yield", None) == settings.get("quantum_yield")
    assert read == {k: v for k, v in settings.items() if k != "quantum_yield"}


def test_a_response_says_where_it_is_known_and_how_well(studies):
    study = studies["calibrated"]
    (group,) = (g for g in numbers.groups(study) if g.title == "Response of the spectrometer")
    found = {r.label: r for r in group.rows}
    assert (found["response known from"].value, found["response known to"].unit) == ("560.0", "nm")
    assert 0.3 < float(found["noise of the lamp"].value) < 2
    assert 0.4 < float(found["uncertainty of its light"].value) < float(found["both, where largest"].value) < 5
