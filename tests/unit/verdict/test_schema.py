"""results.json keeps the schema that is shipped."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import antistokes as ans
from antistokes.verdict import config
from antistokes.verdict.output import results_dict
from antistokes.verdict.study import run
from antistokes.verdict.virtual import simulate_pair


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    text = resources.files("antistokes.verdict").joinpath("results.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_pair(tmp_path_factory.mktemp("virtual"))


@pytest.mark.parametrize(
    "changes",
    [
        {"yield": None, "lineshape": None},
        {"background": None, "lineshape": None},
        {"absorption": None},
        {"yield": {"value": 0.5, "sd": 0.01}, "study": {"excitation_nm": [532, 640, 700]}, "lineshape": None},
    ],
    ids=["no yield", "no background", "emission only", "heats, far excitations"],
)
def test_results_keep_the_schema(folder: Path, schema: dict[str, Any], changes: dict[str, Any]) -> None:
    import tomllib

    raw = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8")) | changes
    study = run(config.parse({k: v for k, v in raw.items() if v is not None}, folder / "study.toml"), folder)
    text = json.dumps(results_dict(study), allow_nan=False)
    jsonschema.validate(json.loads(text), schema)


def test_a_whole_study_keeps_the_schema_which_refuses_what_it_should(folder: Path, schema: dict[str, Any]) -> None:
    good = json.loads(json.dumps(results_dict(ans.study(folder)), allow_nan=False))
    assert {"lineshape", "lineshape_tail"} <= set(good["results"])
    jsonschema.validate(good, schema)
    good["verdicts"]["cooling"]["verdict"] = "cools"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(good, schema)
