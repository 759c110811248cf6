"""The report in a real browser: drawn, quiet, and no request leaves the machine."""

from __future__ import annotations

import pytest

import antistokes as ans
from antistokes.report.figures import panels
from antistokes.verdict.virtual import simulate_pair
from tests.unit.verdict import series_folder

WIDTHS = [1200, 420]
DRAWN = "n => Bokeh.documents[0]?.is_idle && document.querySelectorAll('.bk-Plot').length == n"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return ans.study(simulate_pair(tmp_path_factory.mktemp("page") / "demo"))


@pytest.fixture(scope="module")
def browser(chromium):
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as p:
        launched = p.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture(params=WIDTHS)
def page(request, browser, study, tmp_path):
    shown = opened(browser, study, tmp_path, request.param)
    yield shown
    shown.close()


def opened(browser, study, folder, width):
    """The report of a study, drawn, with what it asked for and what it complained of."""
    path = ans.write_report(study, folder / "report.html")
    shown = browser.new_page(viewport={"width": width, "height": 900})
    shown.seen, shown.complaints = [], []
    shown.on("request", lambda r: shown.seen.append(r.url))
    shown.on("pageerror", lambda e: shown.complaints.append(str(e)))
    shown.on("console", lambda m: shown.complaints.append(m.text) if m.type in ("error", "warning") else None)
    shown.address = path.as_uri()
    shown.goto(shown.address)
    shown.wait_for_function(DRAWN, arg=len(panels(study)))
    return shown


def test_the_series_of_a_study_are_drawn_and_quiet(browser, tmp_path):
    study = ans.study(series_folder.write(tmp_path))
    shown = opened(browser, study, tmp_path, WIDTHS[1])
    check_drawn_and_quiet(shown, study)
    assert shown.evaluate(OVERFLOW) == 0
    shown.close()


def test_page_is_drawn_and_quiet(page, study):
    check_drawn_and_quiet(page, study)


def check_drawn_and_quiet(page, study):
    assert [url for url in page.seen if not url.startswith(("data:", "blob:"))] == [page.address]
    assert page.complaints == []
    for panel in panels(study):
        assert page.locator(f"figure[aria-labelledby=figure-{panel.key}] .bk-Plot").count() == 1
    for box in (figure.bounding_box() for figure in page.locator(".bk-Plot").all()):
        assert box["height"] >= 300 and box["width"] >= 300


def test_page_does_not_scroll_sideways(page):
    assert page.evaluate(OVERFLOW) == 0


def test_hover_tells_value_and_unit(page):
    figure = page.locator(".bk-Plot").first
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    page.mouse.move(box["x"] + 0.45 * box["width"], box["y"] + 0.4 * box["height"], steps=4)
    tip = page.get_by_text("emission:").first
    tip.wait_for(timeout=5000)
    assert "nm" in tip.locator("xpath=ancestor::*[contains(., 'nm')][1]").inner_text()
