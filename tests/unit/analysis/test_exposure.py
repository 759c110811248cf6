import pytest

from antistokes import data
from antistokes.analysis.exposure import doubts_of_times, exposure_s
from antistokes.errors import DataError


def spectrum(name, quantity="counts", **attrs):
    ds = data.build("wavelength", [500.0, 510.0], [1.0, 2.0], kind="emission", quantity=quantity)
    return data.with_attrs(ds, source={"file": name}, **attrs)


def corrected(name, **attrs):
    return spectrum(name, "photons_per_nm", corrections={"response": {"lamp": "lamp.csv"}}, **attrs)


def test_sums_are_divided_by_all_their_exposures_and_light_by_nothing():
    assert exposure_s(spectrum("a", integration_time_s=0.5, exposures=6)) == 3.0
    assert exposure_s(corrected("a", integration_time_s=0.5)) == 0.5
    assert exposure_s(spectrum("a", exposures=6)) == 6.0
    assert exposure_s(spectrum("a", integration_time_s=0.5, rate="per second")) == 1.0
    assert exposure_s(spectrum("a", "photons_per_nm", integration_time_s=0.5)) == 1.0


def test_what_had_to_be_guessed_is_said():
    timed = spectrum("a", integration_time_s=1.0)
    assert doubts_of_times([timed, corrected("b", integration_time_s=2.0)]) == []
    assert "taken as equal" in doubts_of_times([spectrum("a"), spectrum("b")])[0]
    assert "per second" in doubts_of_times([timed, spectrum("b", rate="per second")])[0]
    assert doubts_of_times([spectrum("a")]) == []
    light = spectrum("a", "photons_per_nm", integration_time_s=1.0)
    assert doubts_of_times([light, light]) == doubts_of_times([spectrum("b", "photons_per_nm")] * 2) == []
    assert doubts_of_times([light, spectrum("b", "photons_per_nm")])[0].startswith("b: no integration time is stated")


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ((spectrum("a", integration_time_s=1.0), spectrum("b")), "b: no integration time is stated"),
        ((spectrum("a", rate="per second"), spectrum("b")), "b: no integration time is stated"),
        (
            (corrected("a", integration_time_s=1.0), spectrum("b", "photons_per_nm")),
            "a: the numbers are sums.* b:",
        ),
        (
            (
                spectrum("a", "photons_per_nm", integration_time_s=1.0),
                spectrum("b", "photons_per_nm", integration_time_s=1.0, exposures=5),
            ),
            "a, b: photons_per_nm collected over different times, 1 s, 5 s",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(pair, words):
    with pytest.raises(DataError, match=words):
        doubts_of_times(pair)
