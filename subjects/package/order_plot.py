"""The counts of an order as bars, store by store, with the table that they are drawn from."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from subjects.charts import ROW, WIDTH, Bar, Line, Plot, Table, Tick
from subjects.package.order_words import Answered, Round

LEGEND: Final = 44
"""Units of height for the two keys above the bars."""
MARGIN: Final = 2
BAR: Final = 24


def count_plot(rounds: Sequence[Round]) -> Plot:
    """Draw one bar for each store and count; what is undetermined follows in another colour."""
    rows = [(one, answer) for one in rounds for answer in one.answers]
    rows.sort(key=lambda row: row[1].name)  # the sort is stable: the counts stay in their order
    most = max((answer.counted + answer.undetermined for _one, answer in rows), default=0)
    title = _("Face codes in the scope, store by store")
    if not most:
        return Plot("counts", title, _summary(rounds), count_table(rounds))
    bars, ticks = [*_keys()], [*_key_words()]
    for place, (one, answer) in enumerate(rows):
        top = LEGEND + place * ROW
        ticks.append(
            Tick(MARGIN, top + 22, f"{answer.name}, {one.word}: {_numbers(answer)}", "start")
        )
        bars += _bars(answer, top + 30, most, f"{answer.name}, {one.word}")
    bottom = LEGEND + len(rows) * ROW
    lines = [Line(MARGIN, LEGEND + 26, MARGIN, bottom - 4, "axis")]
    return Plot("counts", title, _summary(rounds), count_table(rounds), bottom, bars, lines, ticks)


def count_table(rounds: Sequence[Round]) -> Table:
    """List every answer of every store."""
    head = (
        _("Store and moment"),
        _("Held"),
        _("In the scope"),
        _("Undetermined"),
    )
    rows = [
        (
            f"{answer.name}, {one.word}",
            *(
                (_("cannot count"), "", "")
                if answer.total is None
                else (answer.total, answer.counted, answer.undetermined)
            ),
        )
        for one in rounds
        for answer in one.answers
    ]
    return Table(head, rows)


def _summary(rounds: Sequence[Round]) -> str:
    if not rounds:
        return _("Nothing was counted yet.")
    said = [
        _("%(moment)s: %(number)s in the scope, %(perhaps)s undetermined")
        % {"moment": one.word, "number": one.counted, "perhaps": one.undetermined}
        for one in rounds
    ]
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


def _numbers(answer: Answered) -> str:
    if answer.total is None:
        return _("cannot count")
    more = f" + {answer.undetermined}" if answer.undetermined else ""
    return f"{answer.counted}{more}"


def _bars(answer: Answered, top: int, most: int, name: str) -> list[Bar]:
    across = WIDTH - 2 * MARGIN
    bars, x = [], MARGIN
    parts = (
        ("main", answer.counted, _("in the scope")),
        ("second", answer.undetermined, _("undetermined")),
    )
    for kind, number, what in parts:
        if number:
            wide = max(2, number * across // most)
            bars.append(Bar(x, top, wide, BAR, kind, f"{name}: {number} {what}"))
            x += wide
    return bars


def _keys() -> list[Bar]:
    return [
        Bar(MARGIN, 4, 22, 22, "main", _("in the scope")),
        Bar(MARGIN + 220, 4, 22, 22, "second", _("undetermined")),
    ]


def _key_words() -> list[Tick]:
    return [
        Tick(MARGIN + 32, 23, _("in the scope"), "start"),
        Tick(MARGIN + 252, 23, _("undetermined"), "start"),
    ]
