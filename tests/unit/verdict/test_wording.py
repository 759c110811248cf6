"""Warnings in the words of a study, joined where they say the same, the worst ones first."""

import ast
import re
from pathlib import Path

import pytest

import antistokes
from antistokes.analysis.said import joined
from antistokes.verdict import wording

CODE = Path(antistokes.__file__).parent / "analysis"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Every text in the code of the analyses, as it is put together; what is filled in stands as {}."""
    found = []
    for path in CODE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(
                        str(getattr(v, "value", "{}")) if isinstance(v, ast.Constant) else "{}" for v in node.values
                    )
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


@pytest.mark.parametrize("phrase", [p for p, _ in wording.STUDY_WORDS])
def test_every_phrase_is_one_that_an_analysis_says(phrase: str, texts: list[str]) -> None:
    assert any(re.search(phrase, text) for text in texts)


@pytest.mark.parametrize("phrase", wording.CONTRADICTIONS)
def test_every_contradiction_is_one_that_an_analysis_says(phrase: str, texts: list[str]) -> None:
    assert any(phrase in text for text in texts)


def test_a_study_speaks_of_its_tables() -> None:
    (said,) = wording.worded(
        [
            (
                "[yield_ratio]",
                "down: not stated; expected attrs['power_w'] [W], at the sample (ans.read(..., power_w=...)).",
            )
        ]
    )
    assert (
        said
        == "[yield_ratio]: down: not stated; expected up_power_w and down_power_w under [yield_ratio], at the sample."
    )


def test_the_same_of_many_spectra_is_said_once() -> None:
    edge = "at {} nm the laser's band does not end at the baseline: {} % of the integral."
    said = [
        ("[yield.sphere]", "Run 2: a.txt, column 'I': " + edge.format(315, 1.7)),
        ("[yield.sphere]", "Run 2: b.txt, column 'I': at 720 nm the emission is cut off."),
        ("[yield.sphere]", "Run 3: c.txt: " + edge.format(335, 1.0)),
        ("[yield.sphere]", "d.txt: " + edge.format(335, 2.0)),
    ]
    assert wording.worded(joined(said)) == (
        "[yield.sphere]: Run 2: a.txt, column 'I': " + edge.format(315, 1.7) + " Alike: run 3, c.txt; d.txt.",
        "[yield.sphere]: Run 2: b.txt, column 'I': at 720 nm the emission is cut off.",
    )
    assert wording.worded([("a", "one"), ("b", "one"), ("b", "one")]) == ("a, b: one",)


def test_contradictions_come_first() -> None:
    said = ["of no matter", "a: THE SAMPLE CANNOT ADD LIGHT: 1.2", "of no matter", "last"]
    assert wording.worst_first(said) == ("a: THE SAMPLE CANNOT ADD LIGHT: 1.2", "of no matter", "last")
