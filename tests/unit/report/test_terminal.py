"""What the terminal shows."""

import io

import numpy as np
import pytest
from rich.console import Console

from antistokes import data
from antistokes.report import terminal


def shown(renderable, width=100):
    out = io.StringIO()
    Console(file=out, width=width).print(renderable)
    return out.getvalue()


def test_summary_has_verdicts_and_numbers(studies):
    study = studies["whole"]
    text = " ".join(shown(terminal.summary(study), 300).split())
    for part in (study.name, "not tested yet", "could cool in this window", "gain at 660 nm", "supports"):
        assert part in text
    for number in (
        study.gains[0].mean_mev,
        study.cooling_window.blue_edge_nm,
        study.cooling_window.at[0].break_even_yield,
    ):
        assert str(number) in text


def test_summary_is_a_few_lines(studies):
    lines = {name: len(shown(terminal.summary(s)).splitlines()) for name, s in studies.items()}
    fitted = {name for name, s in studies.items() if s.lineshape is not None}  # what it leaves open has to be said
    series, sphere = lines.pop("series"), lines.pop("sphere")  # which have to name what each table leaves open
    assert all(n <= (34 if name in fitted else 22) for name, n in lines.items()) and series <= 66 and sphere <= 72


def test_summary_has_the_measured_yields(studies):
    y, text = studies["sphere"].yields, " ".join(shown(terminal.summary(studies["sphere"]), 2000).split())
    assert f"yields quantum yield in the sphere: {y.absolute_yield.observed_yield}" in text
    assert f"yield below the gap over that above it: {y.yield_ratio.ratio}" in text
    assert "yields" not in shown(terminal.summary(studies["whole"]), 2000).split()


def test_summary_has_the_numbers_of_the_series(studies):
    e, text = studies["series"].ensemble, " ".join(shown(terminal.summary(studies["series"]), 2000).split())
    for number in (e.power_law.slope, e.ple_ratio.ratio, e.yield_activation.activation_mev):
        assert str(number) in text


def test_summary_has_the_line_shape_its_prediction_and_what_is_open(studies):
    study = studies["whole"]
    fit, tail = study.lineshape, study.lineshape_tail
    text = " ".join(shown(terminal.summary(study), 2000).split())
    for number in (fit.e00_ev, fit.reorganisation_mev, fit.inhomogeneous_width_mev):
        assert str(number) in text
    gain = tail.gain_mev["gain by mean, 660 nm"]
    assert f"predicted gain, 660 nm {gain} by mean, of light excited at 660 nm" in text
    assert f"{study.gains[0].mean_mev} by mean, {study.gains[0].peak_mev} by peak, of the measured emission" in text
    assert f"{tail.blue_edge_nm} to {tail.red_edge_nm}, from the line shape: beyond the data it is not measured" in text
    assert fit.undetermined and all(sentence in text for sentence in (*fit.undetermined, *fit.warnings))
    assert "line shape" not in shown(terminal.summary(studies["heats"]), 2000)


def test_summary_says_why_it_is_undecided(studies):
    assert studies["emission"].cooling.says in " ".join(shown(terminal.summary(studies["emission"]), 300).split())


def test_names_from_the_user_are_no_markup(studies):
    assert "[bold]co" in shown(terminal.summary(studies["emission"]), 200)


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "ascii", "cp1252"])
def test_inspect_plot_fits_its_frame(studies, encoding):
    text = terminal.inspect_plot(studies["whole"].emission, 40, 6, encoding=encoding)
    text.encode(encoding)
    lines = text.splitlines()
    assert len(lines) == 8 and "560 nm" in lines[-1] and lines[-1].endswith("740 nm")
    assert max(map(len, lines)) == 40


def test_inspect_plot_shows_a_line_where_it_is():
    x = np.linspace(500.0, 600.0, 400)
    ds = data.build("wavelength", x, np.where(np.abs(x - 550) < 0.2, 1.0, 0.0))
    top, *_, floor = terminal.inspect_plot(ds, 50, 5, encoding="ascii").splitlines()[:5]
    assert abs(top.index("*") - (top.index("|") + 50) / 2) <= 1
    assert floor.count("*") >= 44


@pytest.mark.parametrize("height", [1, 4])
def test_inspect_plot_of_a_constant(height):
    ds = data.build("wavelength", [500.0, 501.0], [0.0, 0.0])
    assert "⣀" in terminal.inspect_plot(ds, 10, height)


def test_a_plot_of_frames_is_of_their_mean():
    nm = np.linspace(500, 700, 60)
    y = np.stack([np.exp(-0.5 * ((nm - 600) / 20) ** 2), np.full(60, np.nan)])
    flag = np.where(np.isnan(y), data.FLAGS["missing"], 0)
    ds = data.build("wavelength", nm, y, along={"frame": [0, 1]}, flag=flag, kind="emission", quantity="counts")
    plot = terminal.inspect_plot(ds)
    assert "mean over frame" in plot and plot.splitlines()[0].strip().startswith("0.99")
    assert "mean over" not in terminal.inspect_plot(ds.isel(frame=0))
