"""What the terminal says of a file: all that analysis needs, once, at any width."""

import io

import numpy as np
import pytest
from rich.console import Console

from antistokes import data
from antistokes.report.inspection import MOST_ROWS, inspect_table

NM = np.array([500.0, 501.0, 502.0])


def shown(*datasets, width=200, **more):
    out = io.StringIO()
    Console(file=out, width=width).print(inspect_table(datasets, **more))
    return [line.strip() for line in out.getvalue().splitlines()]


def scan(name="", file="a.csv", reader="cary", **about):
    source = {"file": file, "reader": reader, **({"column": name} if name else {})}
    return data.build("wavelength", NM, [1.0, 2.0, 3.0], source=source, **about)


def test_everything_that_analysis_needs():
    about = {"kind": "emission", "quantity": "counts", "medium": "air", "excitation_nm": 655.0, "detection_nm": 700.0}
    about |= {"bandpass_nm": 2.5, "integration_time_s": 0.1, "temperature_k": 295.86, "power_w": 1e-3, "path_cm": 1.0}
    about |= {"instrument": "FLS1000", "acquired_at": "2023-10-09T12:00:01.25+00:00", "scans": 20}
    flag = [0, data.FLAGS["saturated"], data.FLAGS["saturated"] | data.FLAGS["cosmic"]]
    ds = data.build(
        "wavelength", NM, [1.0, 2.0, 3.0], signal_sd=[1, 1, 1], flag=flag, source={"file": "a.csv"}, **about
    )
    assert shown(ds) == [
        "a.csv",
        "holds       emission, counts, s.d. of each sample",
        "axis        wavelength in air, 500 to 502 nm, 3 samples",
        "measured    excitation 655 nm, detection 700 nm, bandpass 2.5 nm, integration time 0.1 s, "
        "temperature 295.86 K, power 0.001 W, path 1 cm",
        "instrument  FLS1000",
        "acquired    2023-10-09 12:00:01+00:00",
        "also        scans 20",
        "flags       2 samples saturated, 1 sample cosmic",
    ]


def test_what_is_not_declared_is_said_and_names_are_no_markup():
    text = shown(scan("[red]If", file="[bold]a.csv", notes=["a [guess]"]))
    assert text[0] == "[bold]a.csv (cary)"
    assert text[1:3] == ["column  [red]If", "holds   spectrum, quantity not declared"]
    assert text[-1] == "note    a [guess]"


def test_what_several_scans_share_is_said_once():
    first = scan("a", quantity="absorbance", kind="absorption", instrument="Cary 50", notes=["air", "of a"])
    others = [scan(n, quantity="transmittance", kind="absorption", instrument="Cary 50", notes=["air"]) for n in "bc"]
    assert shown(first, *others) == [
        "a.csv (cary), 3 measurements",
        "holds       absorption",
        "axis        wavelength, 500 to 502 nm, 3 samples",
        "instrument  Cary 50",
        "note        air",
        "note        of a ('a')",
        "column  what differs",
        "a       absorbance",
        "b       transmittance",
        "c       transmittance",
        "plotted: 'a'",
    ]


def test_a_note_of_most_says_of_which_not_and_of_many_how_many():
    names = [str(i) for i in range(10)]
    notes = [["most"] * (i > 0) + ["half"] * (i % 2) for i in range(10)]
    text = shown(*(scan(n, notes=note) for n, note in zip(names, notes, strict=True)))
    assert "note   most (all but '0')" in text and "note   half (5 of 10)" in text


def test_a_long_list_is_cut_unless_it_is_asked_for():
    many = [scan(f"scan {i}") for i in range(MOST_ROWS + 5)]
    text = shown(*many)
    assert "... and 5 more, the last one 'scan 34'; written to a file, the list is whole" in text
    assert "scan 33" not in text and "scan 33" in shown(*many, most=None)


def test_frames_and_positions_show():
    y = np.ones((2, 4, 3))
    ds = data.build("wavelength", NM, y, along={"frame": [0, 1], "y": range(4)}, quantity="counts", kind="emission")
    assert "axis   wavelength, 500 to 502 nm, 2 x 4 x 3 samples (frame x y 0 to 3 px x wavelength)" in shown(ds)


@pytest.mark.parametrize("width", [40, 80])
def test_lines_fit_the_terminal(width):
    note = "corrected by the instrument's software; what the files hold is not stated"
    scans = [scan(f"a long name of a scan, number {i}", notes=[note], instrument="x" * 50) for i in range(3)]
    for some in (scans, scans[:1]):
        text = shown(*some, width=width)
        assert max(map(len, text)) <= width
        assert note in " ".join(text).replace("  ", " ")
