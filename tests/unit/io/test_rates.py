"""What a file calls per second is a rate, what it divides by something else is none."""

import pytest

from antistokes.io.rates import rate_of


@pytest.mark.parametrize(
    "words",
    [
        *("counts/s", "Counts / sec", "Cnt/sec", "cps", "kcps", "Intensity (cps)", "Counts (Bg corrected per second)"),
        *("counts per sec", "counts s-1", "counts s^-1", "counts s\u207b\u00b9", "photons/s/nm"),
    ],
)
def test_rates(words):
    assert rate_of(words) == "per second"


@pytest.mark.parametrize(
    "words", ["", "Counts", "counts/sample", "counts/scan", "counts per shot", "Abs", "W/nm", "cm-1"]
)
def test_no_rates(words):
    assert rate_of(words) is None
