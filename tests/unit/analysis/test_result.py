import json
import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes.analysis.result import as_dict, as_tables, number
from antistokes.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class Inner:
    title: ClassVar[str] = "Inner"
    excitation_nm: float = 660.0
    gain: Estimate = number("gain")


@dataclass(frozen=True, kw_only=True)
class Outer:
    title: ClassVar[str] = "Outer"
    first: Estimate = number("first number")
    absent: Estimate | None = number("absent number", optional=True)
    at: tuple[Inner, ...] = ()
    last: Estimate = number("last number")
    probability: float | None = None
    correlation: dict[str, float] = field(default_factory=dict)
    parameters: dict[str, Estimate] = field(default_factory=dict)
    curves: xr.Dataset = field(default_factory=xr.Dataset)
    warnings: tuple[str, ...] = ()


RESULT = Outer(
    first=Estimate(1.0, 0.1, 0.8, math.inf, unit="K", how="by hand"),
    at=(Inner(gain=Estimate(2.0)), Inner(gain=Estimate(3.0, kind="lower limit"))),
    last=Estimate(math.inf),
    probability=math.nan,
    correlation={"a, b": -math.inf},
    parameters={"offset": Estimate(5.0)},
    curves=xr.Dataset({"y": ("x", np.array([np.nan]))}),
    warnings=("careful",),
)


def test_what_is_not_finite_becomes_null():
    text = json.dumps(as_dict(RESULT), allow_nan=False)
    back = json.loads(text)
    assert back["last"]["value"] is None and back["probability"] is None and back["correlation"] == {"a, b": None}
    assert back["first"] == {
        "value": 1.0,
        "sd": 0.1,
        "low": 0.8,
        "high": None,
        "level": 0.95,
        "unit": "K",
        "how": "by hand",
        "kind": "value",
    }


def test_nested_results_are_kept_and_curves_left_out():
    out = as_dict(RESULT)
    assert [a["gain"]["value"] for a in out["at"]] == [2.0, 3.0]
    assert out["at"][1]["gain"]["kind"] == "lower limit"
    assert out["parameters"]["offset"]["value"] == 5.0
    assert out["absent"] is None and out["warnings"] == ["careful"]
    assert "curves" not in out


def test_numpy_numbers_are_numbers():
    json.dumps(as_dict(Inner(excitation_nm=np.float64(660.0), gain=Estimate(np.float64(1.0)))), allow_nan=False)


def test_tables_are_in_the_order_of_the_fields_and_nested_results_follow():
    tables = as_tables(RESULT)
    assert [title for title, _ in tables] == ["Outer", "Inner", "Inner"]
    assert [label for label, _ in tables[0][1]] == ["first number", "last number", "offset"]
    assert [e.value for _, rows in tables for _, e in rows] == [1.0, math.inf, 5.0, 2.0, 3.0]
