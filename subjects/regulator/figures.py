"""The figures of a period, as charts and tables: those that verify.py computes from the leaves."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from subjects.audit.standalone.figures import figures as computed
from subjects.charts import plots
from subjects.models import RegulatorAccess
from subjects.regulator import words
from subjects.regulator.entrance import RegulatorRequest, admits
from subjects.regulator.register import period_of, register_of
from subjects.regulator.showing import show

PARTS: Final = (
    ("received", _("Received")),
    ("answered", _("Answered")),
    ("within_one_month", _("Within one month")),
    ("within_three_months", _("Within three months")),
    ("extended", _("Extended")),
    ("overdue", _("Overdue")),
)
Names = Mapping[str, object]
GROUPS: Final[tuple[tuple[str, object, Names], ...]] = (
    ("by_right", _("By right"), words.RIGHT),
    ("by_country", _("By country"), {}),
    ("by_channel", _("By channel"), {}),
)
COUNTS: Final[tuple[tuple[str, object, Names], ...]] = (
    ("outcomes", _("How requests ended"), words.OUTCOME),
    ("letters", _("Letters that left"), {}),
    ("access", _("Cases and pages opened, by role"), {}),
)


class Table(NamedTuple):
    """One table of figures, as `components/table.html` takes it."""

    caption: object
    columns: Sequence[object]
    rows: Sequence[Sequence[object]]


class DayInput(forms.DateInput):
    """A day, in the browser's own way of asking for one."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "govuk-input--width-10"}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """A period within the scope; left empty it is that of the scope."""

    start = forms.DateField(label=_("From"), required=False, widget=DayInput())
    end = forms.DateField(label=_("Until"), required=False, widget=DayInput())


@admits("figures")
@require_GET
def figures(request: RegulatorRequest) -> HttpResponse:
    """Show the figures of a period within the scope."""
    form = PeriodForm(request.GET or None, initial=whole_period(request.access))
    if form.errors:
        return show(request, "figures.html", {"form": form}, status=400)
    asked = form.cleaned_data if form.is_bound else {}
    start, end = period_of(request.access, asked.get("start"), asked.get("end"))
    drawn = figures_of(request.access, start, end)
    context = {
        "form": form,
        "start": start,
        "end": end,
        "balance": balance_of(drawn),
        "tables": list(tables_of(drawn)),
        "plots": plots(drawn),
        "book": register_of(request.access).book,
    }
    return show(request, "figures.html", context)


def whole_period(access: RegulatorAccess) -> dict[str, date]:
    """Fill the form with the period of the scope, up to today."""
    start, end = period_of(access, None, None)
    return {"start": start, "end": end}


def figures_of(access: RegulatorAccess, start: date, end: date) -> dict[str, Any]:
    """Compute the figures as `verify.py` does, for the rights and countries of the scope."""
    return computed(
        register_of(access).book,
        start.isoformat(),
        end.isoformat(),
        rights=access.rights,
        countries=access.countries,
    )


def balance_of(drawn: Mapping[str, Any]) -> Table:
    """Show that nothing is missing: open before, and in, and out, and open after."""
    keys = {
        "open_at_start": _("Open at the start"),
        "received": _("Received"),
        "closed": _("Closed"),
        "open_at_end": _("Open at the end"),
    }
    rows: list[list[object]] = [[text, drawn[key]] for key, text in keys.items()]
    within = drawn["within"]
    for key, text in (
        ("one_month", _("Answered within one month")),
        ("three_months", _("Answered within three months")),
    ):
        share = _("%(count)s of %(of)s") % within[key]
        rows.append([text, share])
    return Table(_("All requests"), [_("What"), _("Requests")], rows)


def tables_of(drawn: Mapping[str, Any]) -> Iterator[Table]:
    """Give every other figure as a table; one without rows is left out."""
    for key, caption, names in GROUPS:
        rows = [
            [names.get(part, part), *(counts[column] for column, _text in PARTS)]
            for part, counts in drawn[key].items()
        ]
        if rows:
            yield Table(caption, [_("Part"), *(text for _column, text in PARTS)], rows)
    for key, caption, names in COUNTS:
        if drawn[key]:
            rows = [[names.get(word, word), number] for word, number in drawn[key].items()]
            yield Table(caption, [_("What"), _("Count")], rows)
    yield Table(_("Time to answer"), [_("What"), _("Days")], _days(drawn["days_to_answer"]))
    yield Table(_("Identity, suspension, erasure"), [_("What"), _("Count")], _identity(drawn))
    if stores := drawn["search"]["stores"]:
        columns = ("searched", "failed", "skipped", "compared")
        rows = [[alias, *(counts[one] for one in columns)] for alias, counts in stores.items()]
        heads = [_("Store"), _("Searched"), _("Failed"), _("Skipped"), _("Compared")]
        yield Table(_("Searches, by store"), heads, rows)
    if drawn["numbers"]:
        rows = [[year, *one.values()] for year, one in drawn["numbers"].items()]
        heads = [_("Year"), _("First"), _("Last"), _("Cases")]
        yield Table(_("Numbers of the year"), heads, rows)


def _days(answered: Mapping[str, Any]) -> list[list[object]]:
    names = {"median": _("Half within"), "max": _("The slowest")}
    shares = {f"p{part}": _("%(part)s of 100 within") % {"part": part} for part in (75, 90, 95, 99)}
    return [[text, answered[key]] for key, text in (names | shares).items()]


def _identity(drawn: Mapping[str, Any]) -> list[list[object]]:
    identity, suspended = drawn["identity"], drawn["suspended"]
    return [
        [_("More asked about who is asking"), identity["requested"]],
        *([tier, number] for tier, number in identity["tiers"].items()),
        *([method, number] for method, number in identity["methods"].items()),
        [_("Suspensions that ended"), suspended["count"]],
        [_("Longest suspension, in days"), suspended["max_days"]],
        [_("Erasures read and searched again"), drawn["erasure"]["verified"]],
        [_("Still in backups"), drawn["erasure"]["backups_outstanding"]],
        [_("Recipients told"), drawn["recipients"]["told"]],
    ]
