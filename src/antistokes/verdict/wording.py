"""Warnings of analyses in the words of a study: tables and keys of study.toml, each said once, the worst ones first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from antistokes.analysis.said import Said

# What an analysis asks for in Python, and what a study asks for instead. Each phrase is in the code of an analysis.
STUDY_WORDS = (
    (r"attrs\['power_w'\] \[W\]", "up_power_w and down_power_w under [yield_ratio]"),
    (r"attrs\['excitation_nm'\] \[nm\]", "excitation_nm under the table of the spectrum, or in its file"),
    (r" \(ans\.read\([^)]*\)\)", ""),
    (
        r"Give correction = calibrate_response\(\.\.\.\) or response_from_factors\(\.\.\.\)",
        "Name factors under [yield.sphere.correction], or a lamp under [calibration]",
    ),
    (r"Correct the spectra \(correct_response\)", "Name a lamp under [calibration]"),
    (r"\bboth \(correct_response\)", "both by a lamp under [calibration]"),
    (r"give the absorption spectrum, or (?=up_absorptance)", "name [yield_ratio.absorption], or state "),
    (r"\bup is excited at (.*), down at", r"[up_emission] is excited at \1, [emission] at"),
    (r"contaminants ask for", "[[yield_ratio.contaminant]] asks for"),
    (r"give a fit_lineshape result as prediction", "[lineshape] predicts it"),
)
# A measurement that contradicts itself is said before all else.
CONTRADICTIONS = ("THE SAMPLE CANNOT ADD LIGHT", "two estimators disagree")


def worded(said: Said) -> tuple[str, ...]:
    """Return each warning once, in the words of a study, with the names of all analyses that gave it."""
    names: dict[str, list[str]] = {}
    for what, text in said:
        names.setdefault(_in_study_words(text), []).append(what)
    return tuple(f"{', '.join(dict.fromkeys(concerned))}: {text}" for text, concerned in names.items())


def worst_first(warnings: Sequence[str]) -> tuple[str, ...]:
    """Return each warning once, what contradicts itself before all else."""
    return tuple(sorted(dict.fromkeys(warnings), key=lambda w: not any(c in w for c in CONTRADICTIONS)))


def _in_study_words(text: str) -> str:
    for phrase, words in STUDY_WORDS:
        text = re.sub(phrase, words, text)
    return text
