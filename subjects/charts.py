"""Figures as plots: rectangles, lines and words in whole units, with the table they are drawn from.

A plot is plain data. `components/chart.html` draws it, `charts.css` colours it, and it can be read
without either: every bar stands with its number in the table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from subjects import law

WIDTH: Final = 720
"""Units across; a word is 22 units high, so that it can be read on a screen of 360 pixels."""
TOP, BOTTOM, LEFT, RIGHT = 70, 300, 64, 700
"""Edges of the field that upright bars are drawn in; the legend stands above it."""
ROW: Final = 64
"""Units for one lying bar and the words above it."""
MOST_BARS: Final = 40
MOST_LABELS: Final = 7
REQUESTS: Final = ("request was", "requests were")
MONTH, THREE_MONTHS = 30, 91
"""Days. The law counts months, which differ: the line is a guide, the colours are exact."""

Cell = str | int
Figures = Mapping[str, Any]


class Bar(NamedTuple):
    """A rectangle; `kind` is `main`, `late` or `second`, and `label` says what it stands for."""

    x: int
    y: int
    width: int
    height: int
    kind: str
    label: str


class Line(NamedTuple):
    """A straight line; `kind` is `axis`, `grid` or `limit`."""

    x1: int
    y1: int
    x2: int
    y2: int
    kind: str


class Tick(NamedTuple):
    """A word at a place; `anchor` is `start`, `middle` or `end`, as in SVG."""

    x: int
    y: int
    text: str
    anchor: str = "middle"


class Table(NamedTuple):
    """The numbers of a plot; the first cell of a row names it."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Plot:
    """One plot; without bars there is nothing to draw, and `summary` says so."""

    slug: str
    title: str
    summary: str
    table: Table
    height: int = 0
    bars: Sequence[Bar] = ()
    lines: Sequence[Line] = ()
    ticks: Sequence[Tick] = ()
    width: int = WIDTH


class _Series(NamedTuple):
    """One number for each label of the axis, all drawn alike."""

    name: str
    kind: str
    values: Sequence[int]


def plots(figures: Figures) -> list[Plot]:
    """Draw the figures of `figures.json`: how long, how many, put off, refused, erased."""
    return [
        _time_to_answer(figures),
        _months(figures),
        _open(figures),
        _extensions(figures),
        _lying(
            "refusals",
            "Refusals by ground",
            figures["refusals"],
            ("refused requests", "Ground", "Refused"),
            {entry.code: entry.text for entry in law.refusals()},
        ),
        _lying(
            "erasure",
            "Face codes erased, by store",
            figures["erasure"]["stores"],
            ("erased face codes", "Store", "Erased"),
        ),
    ]


def _time_to_answer(figures: Figures) -> Plot:
    answered = figures["days_to_answer"]
    days = [(int(day), int(good), int(late)) for day, good, late in answered["days"]]
    title = "Time to answer, against the limit"
    head = ("Days from receipt", "In time", "Late")
    if not days:
        none = "No request was answered in this period."
        return Plot("time-to-answer", title, none, Table(head, ()))
    most = max(*(day for day, _, _ in days), MONTH + 5)
    step = -(-(most + 1) // MOST_BARS)
    bins = [[0, 0] for _ in range(most // step + 1)]
    for day, good, late in days:
        bins[day // step][0] += good
        bins[day // step][1] += late
    names = [_span(place * step, step) for place in range(len(bins))]
    in_time = _Series("in time", "main", [good for good, _ in bins])
    late_ones = _Series("late", "late", [late for _, late in bins])
    drawn = _upright(names, (in_time, late_ones), stacked=True)
    across = (RIGHT - LEFT) / (len(bins) * step)
    limits = [limit for limit in (MONTH, THREE_MONTHS) if limit <= most]
    places = [LEFT + round((limit + 1) * across) for limit in limits]
    words = [
        Tick(min(x, WIDTH - 76), TOP - 20, "one month" if limit == MONTH else "three months")
        for x, limit in zip(places, limits, strict=True)
    ]
    total, late_count = sum(good + late for _, good, late in days), sum(late_ones.values)
    return Plot(
        "time-to-answer",
        title,
        f"{_n(total, *REQUESTS)} answered, {late_count} of them after the last day. Half had their "
        f"answer within {_n(answered['median'], 'day', 'days')}, nine in ten within "
        f"{answered['p90']}, the slowest after {answered['max']}.",
        Table(head, [(name, *pair) for name, pair in zip(names, bins, strict=True) if any(pair)]),
        BOTTOM + 80,
        drawn.bars,
        [*drawn.lines, *(Line(x, TOP - 14, x, BOTTOM, "limit") for x in places)],
        [*drawn.ticks, *words, Tick((LEFT + RIGHT) // 2, BOTTOM + 66, "days from receipt")],
    )


def _months(figures: Figures) -> Plot:
    months = figures["by_month"]
    names = [str(month["month"]) for month in months]
    received = _Series("received", "main", [month["received"] for month in months])
    answered = _Series("answered", "second", [month["answered"] for month in months])
    rows = [(month["month"], month["received"], month["answered"]) for month in months]
    summary = (
        f"{_n(sum(received.values), 'request', 'requests')} came in and "
        f"{_n(sum(answered.values), 'was', 'were')} answered."
        if any((*received.values, *answered.values))
        else "No request came in or was answered in this period."
    )
    table = Table(("Month", "Received", "Answered"), rows)
    drawn = _upright(names, (received, answered))
    return _plot("received-answered", "Received and answered, by month", summary, table, drawn)


def _open(figures: Figures) -> Plot:
    months = figures["by_month"]
    names = [str(month["month"]) for month in months]
    standing = _Series("open at the end of the month", "main", [m["open_at_end"] for m in months])
    rows = [(month["month"], month["open_at_end"], month["overdue"]) for month in months]
    summary = (
        f"{_n(figures['open_at_start'], *REQUESTS)} open at the start, {figures['received']} came "
        f"in, {_n(figures['closed'], 'was', 'were')} closed, "
        f"{_n(figures['open_at_end'], 'was', 'were')} open at the end."
    )
    table = Table(("Month", "Open at the end", "Overdue in the month"), rows)
    return _plot("open", "Open requests over time", summary, table, _upright(names, (standing,)))


def _extensions(figures: Figures) -> Plot:
    extended, words = figures["extended"], ("extended requests", "Reason", "Extensions")
    texts = {entry.code: entry.text for entry in law.extension_reasons()}
    plot = _lying("extensions", "Extensions by reason", extended["reasons"], words, texts)
    summary = (
        f"Of {_n(extended['of'], 'request', 'requests')} "
        f"{_n(extended['count'], 'was', 'were')} extended; the person was told in time in "
        f"{extended['letters_in_time']} of them."
        if extended["count"]
        else f"None of {_n(extended['of'], 'request', 'requests')} was extended."
    )
    return replace(plot, summary=summary)


class _Drawn(NamedTuple):
    bars: Sequence[Bar]
    lines: Sequence[Line]
    ticks: Sequence[Tick]


def _plot(slug: str, title: str, summary: str, table: Table, drawn: _Drawn) -> Plot:
    if not drawn.bars:
        return Plot(slug, title, summary, table)
    return Plot(slug, title, summary, table, BOTTOM + 48, drawn.bars, drawn.lines, drawn.ticks)


def _upright(names: Sequence[str], series: Sequence[_Series], *, stacked: bool = False) -> _Drawn:
    """Draw bars side by side, or on top of each other, over an axis of `names`."""
    heights = zip(*(one.values for one in series), strict=True)
    most = max((sum(each) if stacked else max(each) for each in heights), default=0)
    if not most:
        return _Drawn((), (), ())
    top = _round_up(most)
    scale = (BOTTOM - TOP) / top
    slot = (RIGHT - LEFT) / len(names)
    side = 1 if stacked else len(series)
    gap = 0 if slot < 4 * side else slot / 8
    wide = max(1, int((slot - 2 * gap) / side))
    bars = []
    for place, name in enumerate(names):
        floor = BOTTOM
        for number, one in enumerate(series):
            high = round(one.values[place] * scale)
            x = round(LEFT + place * slot + gap) + (0 if stacked else number * wide)
            if high:
                label = f"{name}: {one.values[place]} {one.name}"
                bars.append(Bar(x, floor - high, wide, high, one.kind, label))
            floor -= high if stacked else 0
    steps = sorted({0, top // 2, top})
    lines = [Line(LEFT, y, RIGHT, y, "grid") for y in (BOTTOM - round(n * scale) for n in steps)]
    lines[0] = Line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis")
    ticks = [Tick(LEFT - 10, BOTTOM - round(n * scale) + 8, str(n), "end") for n in steps]
    every = -(-len(names) // MOST_LABELS)
    ticks += [
        Tick(round(LEFT + (place + 0.5) * slot), BOTTOM + 32, names[place])
        for place in range(0, len(names), every)
    ]
    keys = _legend(series)
    return _Drawn([*bars, *keys.bars], lines, [*ticks, *keys.ticks])


def _legend(series: Sequence[_Series]) -> _Drawn:
    bars, ticks, x = [], [], LEFT
    for one in series:
        bars.append(Bar(x, 4, 22, 22, one.kind, one.name))
        ticks.append(Tick(x + 32, 23, one.name, "start"))
        x += 60 + 12 * len(one.name)
    return _Drawn(bars, (), ticks)


def _lying(
    slug: str,
    title: str,
    counts: Mapping[str, int],
    words: tuple[str, str, str],
    meanings: Mapping[str, str] | None = None,
) -> Plot:
    """Draw one lying bar for each name, the longest first, its name and number above it.

    `words` are what is counted, and the heads of the table; `meanings` explain the names in it.
    """
    what, name_of, number_of = words
    rows = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    total, most = sum(counts.values()), max(counts.values(), default=0)
    table = Table((name_of, number_of), rows)
    if meanings:
        explained = [(name, count, meanings.get(name, "")) for name, count in rows]
        table = Table((name_of, number_of, "What it means"), explained)
    if not most:
        return Plot(slug, title, f"There were no {what} in this period.", table)
    said = [f"{name}: {count}" for name, count in rows]
    bars = [
        Bar(2, place * ROW + 30, max(2, count * (WIDTH - 4) // most), 24, "main", said[place])
        for place, (_, count) in enumerate(rows)
        if count
    ]
    ticks = [Tick(2, place * ROW + 22, text, "start") for place, text in enumerate(said)]
    lines = [Line(2, 26, 2, len(rows) * ROW - 4, "axis")]
    summary = f"In all {_n(total, what.removesuffix('s'), what)}; most: {said[0]}."
    return Plot(slug, title, summary, table, len(rows) * ROW, bars, lines, ticks)


def _n(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _span(first: int, step: int) -> str:
    return str(first) if step == 1 else f"{first}-{first + step - 1}"


def _round_up(most: int) -> int:
    """Give the end of an axis that reaches `most` and has a whole number in its middle."""
    power = 1
    while True:
        for digit in (1, 2, 4, 6, 8) if power == 1 else (1, 2, 3, 4, 5, 6, 8):
            if digit * power >= most:
                return digit * power
        power *= 10
