"""The report: one page that needs nothing else, and a tagged PDF of it."""

import re
import zlib

import pytest

from subjects.package.report import pdf, report
from tests.package.figures import busy_figures, no_figures

FACTS = {
    "made": "2026-11-23T10:00:00Z",
    "size": 4321,
    "origin": "faces.example/rights-log",
    "root": "ab" * 32,
    "keys": ["cd" * 32],
    "stamps": [],
    "witnesses": [],
    "redacted": 0,
    "pruned_below": 0,
    "software": "tests",
    "problems": [],
    "more_problems": 0,
}


def inside(printed: bytes) -> bytes:
    """Open the packed parts of a PDF, where its structure stands."""
    parts = [printed]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", printed, re.DOTALL):
        try:
            parts.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    return b"\n".join(parts)


def test_the_page_has_every_plot_with_its_table_and_needs_nothing_else():
    page = report(busy_figures(), FACTS)
    assert page.count("<svg") == 6
    assert page.count("<figure") == 6
    assert page.count("<h1") == 1
    assert not re.search(r"<script|<link|(?:src|href)=|@import|url\(", page)
    assert '<html lang="en">' in page
    assert "207 of 212 (97.6 %)" in page


def test_a_log_without_requests_has_a_report_too():
    page = report(no_figures(), FACTS)
    assert "<svg" not in page
    assert "No request was answered in this period." in page
    assert "No time stamp" in page


def test_what_does_not_fit_is_said_before_any_figure():
    page = report(busy_figures(), FACTS | {"problems": ["entry 7: <odd>"], "more_problems": 2})
    assert page.index("entry 7: &lt;odd&gt;") < page.index("In short")
    assert "and 2 more" in page


def test_the_pdf_is_tagged_and_has_a_language_and_a_title():
    printed = pdf(report(busy_figures(), FACTS))
    if printed is None:
        pytest.skip("no PDF without libpango")
    assert printed.startswith(b"%PDF-")
    content = inside(printed)
    assert b"/MarkInfo" in content
    assert re.search(rb"/Marked true", content)
    assert re.search(rb"/Lang ?\(en\)", content)
    assert b"pdfuaid:part" in content
    assert b"/DisplayDocTitle true" in content
    assert content.count(b"/S /Figure") == 6
    assert re.search(rb"/Alt \(Time to answer", content)


def test_printing_fetches_nothing():
    page = '<html lang="en"><title>t</title><img alt="x" src="http://127.0.0.1:1/x.png">'
    assert pdf(page) is None or b"127.0.0.1" not in inside(pdf(page) or b"")
