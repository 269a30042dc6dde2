"""Plots are the figures and nothing else: every bar in its frame, every number in its table."""

import re
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from subjects.charts import plots
from tests.package.figures import busy_figures, no_figures

SLUGS = ["time-to-answer", "received-answered", "open", "extensions", "refusals", "erasure"]
CSS = settings.BASE_DIR / "subjects" / "static" / "charts.css"


def test_there_is_a_plot_for_each_question_of_an_authority():
    assert [plot.slug for plot in plots(busy_figures())] == SLUGS
    assert [plot.slug for plot in plots(no_figures())] == SLUGS


def test_every_bar_stands_in_its_frame():
    for plot in plots(busy_figures()):
        assert plot.bars, plot.slug
        for bar in plot.bars:
            assert bar.x >= 0, plot.slug
            assert bar.y >= 0, plot.slug
            assert bar.x + bar.width <= plot.width, plot.slug
            assert bar.y + bar.height <= plot.height, plot.slug


def test_the_table_of_a_plot_has_every_number_of_the_figures():
    figures = busy_figures()
    table = {plot.slug: plot.table.rows for plot in plots(figures)}
    days = figures["days_to_answer"]["days"]
    assert sum(row[1] for row in table["time-to-answer"]) == sum(day[1] for day in days)
    assert sum(row[2] for row in table["time-to-answer"]) == sum(day[2] for day in days)
    assert [row[1] for row in table["open"]] == [m["open_at_end"] for m in figures["by_month"]]
    assert {row[0]: row[1] for row in table["refusals"]} == figures["refusals"]
    assert {row[0]: row[1] for row in table["extensions"]} == figures["extended"]["reasons"]
    assert {row[0]: row[1] for row in table["erasure"]} == figures["erasure"]["stores"]


def test_one_is_one_and_more_are_many():
    figures = busy_figures()
    figures["days_to_answer"] |= {"days": [[1, 1, 0]], "median": 1, "p90": 1, "max": 1}
    figures["by_month"] = [figures["by_month"][0] | {"received": 1, "answered": 1}]
    figures |= {"open_at_start": 1, "received": 1, "closed": 1, "open_at_end": 0}
    figures["extended"] |= {"count": 1, "of": 1, "letters_in_time": 1}
    figures["refusals"] = {"F-N": 1}
    told = {plot.slug: plot.summary for plot in plots(figures)}
    assert told["time-to-answer"].startswith("1 request was answered, 0 of them after the last day")
    assert "within 1 day," in told["time-to-answer"]
    assert told["received-answered"] == "1 request came in and 1 was answered."
    assert told["open"].startswith("1 request was open at the start, 1 came in, 1 was closed, 0 w")
    assert told["extensions"].startswith("Of 1 request 1 was extended;")
    assert told["refusals"] == "In all 1 refused request; most: F-N: 1."
    for plot in plots(busy_figures()):
        assert not re.search(r"\b1 (requests|days|were)\b", plot.summary)


def test_a_ground_is_explained_where_it_is_counted():
    (refusals,) = [plot for plot in plots(busy_figures()) if plot.slug == "refusals"]
    assert refusals.table.rows[0][0] == "F-12-6"
    assert "reasonable doubt" in refusals.table.rows[0][2]


def test_what_is_late_can_be_told_without_colour():
    (times, *_) = plots(busy_figures())
    assert {"main", "late"} == {bar.kind for bar in times.bars}
    assert [line.kind for line in times.lines].count("limit") == 2
    assert re.search(r"chart__bar--late \{\s*fill: #ffffff;", CSS.read_text())


def test_nothing_to_show_is_said_in_words():
    for plot in plots(no_figures()):
        assert plot.bars == ()
        html = render_to_string("components/chart.html", {"plot": plot})
        assert "<svg" not in html
        assert plot.summary in html


@pytest.mark.parametrize(
    "days", [[[0, 1, 0]], [[29, 1, 0]], [[400, 0, 1]], [[0, 0, 1], [2000, 1, 0]]]
)
def test_any_spread_of_days_fits(days):
    figures = busy_figures()
    figures["days_to_answer"]["days"] = days
    times = plots(figures)[0]
    assert all(bar.x + bar.width <= times.width for bar in times.bars)
    assert sum(row[1] + row[2] for row in times.table.rows) == len(days)


def test_six_years_of_months_fit():
    figures = busy_figures()
    figures["by_month"] = [
        figures["by_month"][0] | {"month": f"{year}-{month:02}"}
        for year in range(2020, 2026)
        for month in range(1, 13)
    ]
    for plot in plots(figures)[1:3]:
        assert all(bar.x + bar.width <= plot.width for bar in plot.bars)
        assert len(plot.ticks) < 15


def test_the_drawing_is_well_formed_and_says_what_it_shows():
    for plot in plots(busy_figures()):
        html = render_to_string("components/chart.html", {"plot": plot})
        drawing = html[html.index("<svg") : html.index("</svg>") + 6]
        root = ET.fromstring(drawing)  # noqa: S314 - our own
        assert root.get("role") == "img"
        named = {part.get("id") for part in root}
        assert set(root.get("aria-labelledby").split()) <= named
        assert html.index("</svg>") < html.index("<table")
