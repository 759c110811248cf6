"""The page: complete in itself, escaped, and whole when parts are missing."""

import re
from html.parser import HTMLParser

import pytest

import antistokes as ans
from antistokes.report.html import report_html

NAMES = ["whole", "heats", "no yield", "emission"]


class Page(HTMLParser):
    """Tags with their attributes, text of the body, and the ids."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self.inside = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "script" not in self.inside and "style" not in self.inside:
            self.text.append(data)


@pytest.fixture(scope="module")
def pages(studies):
    return {name: report_html(studies[name]) for name in NAMES}


def parsed(text):
    page = Page()
    page.feed(text)
    return page


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_loaded_from_anywhere(pages, name):
    page = parsed(pages[name])
    assert not [t for t, a in page.tags if t in ("link", "img", "iframe", "object", "embed", "base") or "src" in a]
    assert not [a["href"] for _, a in page.tags if "href" in a]
    style = re.search(r"<style>(.*?)</style>", pages[name], flags=re.DOTALL).group(1)
    assert "url(" not in style and "@import" not in style
    (policy,) = (a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'") and "http" not in policy


def test_what_the_spectra_leave_open_is_listed(pages, studies):
    listed = " ".join(" ".join(parsed(pages["whole"]).text).split())
    after = listed.partition("What the spectra do not determine")[2].partition("Figures")[0]
    assert studies["whole"].lineshape.undetermined
    assert all(sentence in after for sentence in studies["whole"].lineshape.undetermined)
    assert "What the spectra do not determine" not in pages["heats"]


@pytest.mark.parametrize("name", NAMES)
def test_headings_verdicts_and_language(pages, studies, name):
    page, study = parsed(pages[name]), studies[name]
    assert ("html", {"lang": "en"}) in page.tags
    assert sum(t == "h1" for t, _ in page.tags) == 1
    text = " ".join(" ".join(page.text).split())
    for part in (study.mechanism.verdict, study.mechanism.says, study.cooling.verdict, study.cooling.says, study.name):
        assert part in text
    for file in study.inputs:
        assert file["file"] in text and file["sha256"] in text
    for sentence in (*study.warnings, *study.notes, *study.cooling.conditions):
        assert sentence in text
    ids = {a["id"] for _, a in page.tags if "id" in a}
    assert all(a["aria-labelledby"] in ids for _, a in page.tags if "aria-labelledby" in a)


def test_tables_have_headers_with_scope(pages):
    page = parsed(pages["whole"])
    assert all(a.get("scope") in ("col", "row") for t, a in page.tags if t == "th")


def test_names_from_the_user_are_escaped(pages):
    assert "<script>alert" not in pages["emission"]
    assert "dots &lt;script&gt;alert" in pages["emission"]


def test_without_what_was_not_measured(pages):
    text = " ".join(parsed(pages["emission"]).text)
    assert "Nothing was tested" in text and "Cooling window, predicted" not in text
    assert "nan" not in text.lower().split() and "None" not in text


def test_write_report_leaves_one_file(studies, tmp_path):
    path = ans.write_report(studies["emission"], tmp_path / "new" / "report.html")
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
