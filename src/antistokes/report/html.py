"""One self-contained page of a study: no request leaves the machine that opens it."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from antistokes.io.whole import replace
from antistokes.report import numbers
from antistokes.report.bokeh import embedded, page_library
from antistokes.report.figures import panels
from antistokes.verdict.output import results_dict
from antistokes.verdict.study import Study

TONES = {"could cool in this window": "cools", "would heat": "heats"}  # any other verdict leaves the question open
OUTCOMES = {"supports": "✓", "contradicts": "✗", "inconclusive": "?"}


def write_report(study: Study, path: str | Path) -> Path:
    """Write a study as one self-contained HTML page.

    Figures can be zoomed and hovered, and saved; the page loads nothing from anywhere.

    Parameters
    ----------
    study : Study
        What was found.
    path : path-like
        File to write; folders are made if absent, an interrupted run leaves the old page or the new one.

    Returns
    -------
    Path
        The file.
    """
    text, out = report_html(study), Path(path)
    replace(out, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return out


def report_html(study: Study) -> str:
    """Return a study as the text of one self-contained HTML page.

    Parameters
    ----------
    study : Study
        What was found.

    Returns
    -------
    str
        HTML; everything from the user's files is escaped.
    """
    shown = panels(study)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_text("report.html.j2")).render(
        study=study,
        cards=_cards(study),
        key_numbers=numbers.key_numbers(study),
        figures=shown,
        groups=numbers.groups(study),
        matrices=numbers.matrices(study),
        outcomes=OUTCOMES,
        settings=numbers.settings_text(results_dict(study)["settings"]),
        margins=numbers.settings_text({k: v for k, v in study.margins.items() if isinstance(v, dict)}),
        style=Markup(_text("report.css")),  # ours
        library=Markup(page_library()),  # Bokeh's
        plots=Markup(_script_json(embedded(shown, study.versions["bokeh"]))),
    )


def _script_json(content: dict[str, Any]) -> str:
    """Return JSON that a script element can hold: no "<" of the user's ends it."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _cards(study: Study) -> list[dict[str, Any]]:
    both = (("Mechanism", study.mechanism), ("Cooling", study.cooling))
    return [{"title": title, "verdict": v, "tone": TONES.get(v.verdict, "open")} for title, v in both]


def _text(name: str) -> str:
    return resources.files("antistokes.report").joinpath(name).read_text(encoding="utf-8")
