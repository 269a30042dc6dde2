"""Cases under their pseudonyms: a list, and one case as the log tells it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from subjects.audit.standalone.requests import Request
from subjects.regulator import words
from subjects.regulator.entrance import RegulatorRequest, admits
from subjects.regulator.figures import PeriodForm, whole_period
from subjects.regulator.register import (
    CaseFile,
    Listed,
    case_file,
    overlaps,
    period_of,
    register_of,
)
from subjects.regulator.showing import show

A_PAGE = 50


class CasesForm(PeriodForm):
    """What the list is narrowed to."""

    right = forms.ChoiceField(
        label=_("Right"), required=False, choices=[("", _("All")), *words.RIGHT.items()]
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[
            ("", _("All")),
            ("open", words.OUTCOME[""]),
            *((code, text) for code, text in words.OUTCOME.items() if code),
        ],
    )


class Row(NamedTuple):
    """One request in words."""

    pseudonym: str
    right: object
    request: Request
    outcome: object
    late: bool


@dataclass(frozen=True)
class Line:
    """One entry in words, with what it can be found by in the log."""

    index: int
    leaf_hash: str
    step: int
    title: object
    at: Any
    by: str
    facts: list[str]


@admits("cases")
@require_GET
def cases(request: RegulatorRequest) -> HttpResponse:
    """List the requests within the scope, the newest first."""
    form = CasesForm(request.GET or None, initial=whole_period(request.access))
    if form.errors:
        return show(request, "cases.html", {"form": form}, status=400)
    asked = form.cleaned_data if form.is_bound else {}
    start, end = period_of(request.access, asked.get("start"), asked.get("end"))
    listed = [
        one
        for one in register_of(request.access).listed
        if overlaps(one.request, start, end) and _fits(one, asked)
    ]
    page: Any = Paginator(listed, A_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "rows": [row_of(one) for one in page],
        "kept": kept.urlencode(),
        "start": start,
        "end": end,
    }
    return show(request, "cases.html", context)


@admits("case")
@require_GET
def case(request: RegulatorRequest, pseudonym: str) -> HttpResponse:
    """Show one case entry by entry; that it was opened stands in its own chain too."""
    found = open_case(request, pseudonym)
    context = {
        "found": found,
        "rows": [row_of(Listed(pseudonym, one)) for one in found.requests],
        "lines": list(lines_of(found)),
    }
    return show(request, "case.html", context)


def open_case(request: RegulatorRequest, pseudonym: str) -> CaseFile:
    """Find a case, and note which one it is. Raises OutOfScope."""
    found = case_file(request.access, pseudonym)
    request.opened.pseudonym, request.opened.case = pseudonym, found.case
    return found


def row_of(listed: Listed) -> Row:
    """Put one request into words."""
    one = listed.request
    right, outcome = words.RIGHT.get(one.right, one.right), words.OUTCOME.get(one.outcome, "")
    return Row(listed.pseudonym, right, one, outcome, is_late(one, timezone.localdate()))


def is_late(one: Request, today: date) -> bool:
    """Say whether the answer came after the last day, or is still missing after it."""
    return (one.answered_on or one.closed_on or today.isoformat()) > one.last_day


def lines_of(found: CaseFile) -> Iterator[Line]:
    """Put each entry of a case into words; a blanked one says that it is."""
    staff: dict[str, str] = {}
    for entry in found.entries:
        fields = entry.fields
        yield Line(
            index=entry.index,
            leaf_hash=entry.leaf_hash.hex(),
            step=fields.get("step", 0),
            title=words.sentence(fields.get("type", "")),
            at=parse_datetime(fields["t"]) if fields else None,
            by=words.actor_of(fields["actor"], staff) if fields else "",
            facts=words.facts_of(fields),
        )


def _fits(listed: Listed, asked: dict[str, Any]) -> bool:
    right, outcome = asked.get("right"), asked.get("outcome")
    wanted = "" if outcome == "open" else outcome
    return (not right or listed.request.right == right) and (
        not outcome or listed.request.outcome == wanted
    )
