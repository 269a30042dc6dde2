"""The queue: every open request by the day its answer is due."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from subjects.desk import words
from subjects.desk.entrance import StaffRequest, lets_in
from subjects.desk.orders import alarms
from subjects.desk.orders import rows_of as orders_in_words
from subjects.lifecycle import STATES, State, Turn
from subjects.models import Right, RightsRequest, Search
from subjects.models.reference import normalise
from subjects.policies import check_is_staff

A_PAGE = 50


class QueueForm(forms.Form):
    """What the queue is narrowed to; nothing chosen shows every open request."""

    q = forms.CharField(
        label=_("Reference"), required=False, max_length=40, help_text=_("Such as FR-7K3Q-92MX")
    )
    turn = forms.ChoiceField(
        label=_("Whose turn"),
        required=False,
        choices=[
            ("", _("Anybody")),
            *((turn.value, text) for turn, text in words.TURN.items()),
        ],
    )
    right = forms.ChoiceField(
        label=_("Right"),
        required=False,
        choices=[("", _("All")), *((right.value, text) for right, text in words.RIGHT.items())],
    )
    overdue = forms.BooleanField(label=_("Only what is late"), required=False)

    def clean_q(self) -> str:
        """Write the reference as we do; say so when it cannot be one."""
        text = str(self.cleaned_data["q"]).strip()
        if not text:
            return ""
        reference = normalise(text)
        if reference is None:
            raise forms.ValidationError(_("This is not a reference: a sign is missing or wrong."))
        return reference


class Row(NamedTuple):
    """One request in the queue, in words."""

    request: RightsRequest
    right: Promise
    state: Promise
    turn: Promise
    badge: words.Badge
    paused_due_on: date | None
    trouble: str


@lets_in(check_is_staff)
@require_GET
def queue(request: StaffRequest) -> HttpResponse:
    """Show the queue, narrowed and turned to a page by what stands in the address."""
    form = QueueForm(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = narrowed(asked) if not form.errors else RightsRequest.objects.none()
    page: Page[RightsRequest] = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "rows": list(rows_of(page)),
        "kept": kept.urlencode(),
        "narrowed": any(asked.values()),
        "alarms": list(orders_in_words(alarms(request.user))),
    }
    return render(request, "desk/queue.html", context, status=400 if form.errors else 200)


def narrowed(asked: dict[str, Any]) -> QuerySet[RightsRequest]:
    """Return the requests asked for, the most urgent first; closed ones only when asked for."""
    under_way = Search.objects.filter(case=OuterRef("case"), finished_at=None)
    rows: QuerySet[RightsRequest] = (
        RightsRequest.objects.select_related("case")
        .annotate(
            in_force=Coalesce("extended_to", "due_on"),
            search_trouble=Subquery(under_way.order_by("-number").values("trouble")[:1]),
        )
        .order_by("in_force", "case__received_at", "right")
    )
    if asked.get("q"):
        return rows.filter(case__reference=asked["q"])
    turn = asked.get("turn")
    rows = rows.filter(state__in=STATES[Turn(turn)]) if turn else rows.exclude(state=State.CLOSED)
    if asked.get("right"):
        rows = rows.filter(right=asked["right"])
    if asked.get("overdue"):
        rows = rows.filter(
            Q(extended_to__lt=timezone.localdate())
            | Q(extended_to=None, due_on__lt=timezone.localdate()),
            answered_at=None,
        )
    return rows


def rows_of(page: Page[RightsRequest]) -> Iterator[Row]:
    """Put each request of a page into words, without asking the database again."""
    today = timezone.localdate()
    for one in page:
        state = State(one.state)
        in_search = state is State.SEARCHING
        yield Row(
            request=one,
            right=words.RIGHT[Right(one.right)],
            state=words.STATE[state],
            turn=words.TURN[one.turn],
            badge=words.deadline_badge(one, today),
            paused_due_on=one.paused_due_on if one.paused_due_on != one.due_on else None,
            trouble=words.trouble_text(
                one.trouble or (getattr(one, "search_trouble", None) or "" if in_search else "")
            ),
        )
