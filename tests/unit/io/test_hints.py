from __future__ import annotations

import pytest

from antistokes import data
from antistokes.io import hints


def test_what_is_not_said_is_left_out_and_numbers_become_floats() -> None:
    assert hints.checked(None, {"y": None, "excitation_nm": 660}) == {"excitation_nm": 660.0}
    assert hints.checked("emission", {}) == {"kind": "emission"}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"quantty": "counts"}, r"unknown hint 'quantty' \(nearest: 'quantity'\)"),
        ({"quantity": "photon_per_nm"}, r"got 'photon_per_nm' \(nearest: 'photons_per_nm'\)"),
        ({"medium": "water"}, "medium must be one of air, vacuum, got 'water'"),
        ({"kind": "emision"}, r"nearest: 'emission'"),
        ({"excitation_nm": -1}, "excitation_nm must be a positive number, got -1"),
        ({"path_cm": "wide"}, "path_cm must be a positive number, got 'wide'"),
        ({"temperature_k": float("nan")}, "temperature_k must be a positive number"),
        ({"y": 2}, "y must be the name of a column, got 2"),
    ],
)
def test_a_hint_without_sense_names_the_way_out(said: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hints.checked(None, said)


def test_kind_follows_the_quantity() -> None:
    assert hints.kind_of("counts", None) == "emission"
    assert hints.kind_of("absorbance", "emission") == "absorption"
    assert hints.kind_of(None, "emission") == "emission"
    assert hints.kind_of(None, None) == "spectrum"


def test_hints_overrule_with_a_note() -> None:
    ds = data.build("wavelength", [400, 401], [1, 2], kind="emission", quantity="counts", medium="air")
    assert hints.apply(ds, {"medium": "air"}) is ds
    other = hints.apply(ds, {"quantity": "power_per_nm", "excitation_nm": 660.0})
    assert other.attrs["excitation_nm"] == 660.0
    assert other["signal"].attrs["units"] == "W/nm"
    assert data.notes_of(other) == (
        "quantity power_per_nm as the caller says, the file says counts; the numbers are scaled as counts",
    )
    assert hints.apply(ds, {"quantity": "absorbance"}).attrs["kind"] == "absorption"


def test_a_kind_that_the_quantity_does_not_tell_stays() -> None:
    ds = data.build("raman_shift", [400, 401], [1, 2], kind="raman", quantity="counts")
    assert hints.apply(ds, {"excitation_nm": 532.0}).attrs["kind"] == "raman"
    said = hints.apply(ds, {"kind": "emission"})
    assert said.attrs["kind"] == "emission"
    assert data.notes_of(said) == ("kind emission as the caller says, the file says raman",)


def test_a_stated_medium_takes_the_note_away() -> None:
    note = "medium not stated, read as air"
    ds = data.build("wavelength", [400, 401], [1, 2], medium="air", notes=["other", note])
    assert data.notes_of(hints.apply(ds, {"medium": "air"})) == ("other",)
    vacuum = hints.apply(ds, {"medium": "vacuum"})
    assert vacuum.attrs["medium"] == "vacuum" and data.notes_of(vacuum) == ("other",)
    assert hints.apply(ds, {"excitation_nm": 500.0}).attrs["medium"] == "air"
    assert note in data.notes_of(hints.apply(ds, {"excitation_nm": 500.0}))


def test_nearest() -> None:
    assert hints.nearest(" ABS", ["If", "Abs"]) == " (nearest: 'Abs')"
    assert hints.nearest("zzz", ["If", "Abs"]) == ""
