"""The page of a case: everything known about it in one place, and what may be done next."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from subjects.actions.attempts import resume as resume_action
from subjects.actions.decide import decide as decide_action
from subjects.actions.review_without_picture import review_without_picture
from subjects.actions.settle_identity import METHODS
from subjects.actions.settle_identity import settle_identity as settle_identity_action
from subjects.actions.view_case import view_case
from subjects.audit.log import entries
from subjects.desk.candidates import next_place, review_of
from subjects.desk.doing import Deed, carry_out
from subjects.desk.entrance import StaffRequest, lets_in
from subjects.desk.forms import ButtonForm, DecisionForm, IdentityForm
from subjects.desk.requests import requests_of
from subjects.desk.words import trouble_text
from subjects.errors import BadPicture, VaultError
from subjects.models import Case, FoundTemplate, Letter, Probe, RightsRequest, StoreSearch
from subjects.policies import can_review, check_can_review, check_is_staff
from subjects.stores import stores


@lets_in(check_is_staff)
@require_GET
def case(request: StaffRequest, reference: str) -> HttpResponse:
    """Show a case; that it was opened stands in its log first."""
    found = get_object_or_404(Case, reference=reference)
    view_case(found, by=request.user)
    return page_of(request, found)


@lets_in(check_can_review)
@require_POST
def decide(request: StaffRequest, reference: str, found: str) -> HttpResponse:
    """Take what a reviewer sees in one candidate."""
    candidate = get_object_or_404(FoundTemplate, pk=found, case__reference=reference)
    form = DecisionForm(request.POST, found=candidate)
    deed = Deed(
        form=form,
        act=lambda: decide_action(candidate, form.chosen, by=request.user),
        again=lambda status: page_of(request, candidate.case, bound=form, status=status),
        done=_("Your decision is noted."),
        place=lambda: next_place(candidate, request.user),
    )
    return carry_out(request, candidate.case, deed)


@lets_in(check_can_review)
@require_POST
def settle_identity(request: StaffRequest, reference: str) -> HttpResponse:
    """Note how the desk knows who is asking."""
    found = get_object_or_404(Case, reference=reference)
    form = IdentityForm(request.POST)
    deed = Deed(
        form=form,
        act=lambda: settle_identity_action(found, by=request.user, **form.cleaned_data),
        again=lambda status: page_of(request, found, bound=form, status=status),
        done=_("The identity is noted."),
    )
    return carry_out(request, found, deed)


@lets_in(check_is_staff)
@require_POST
def resume(request: StaffRequest, pk: str) -> HttpResponse:
    """Set a stuck request going again."""
    row = get_object_or_404(RightsRequest.objects.select_related("case"), pk=pk)
    form = ButtonForm(request.POST)
    deed = Deed(
        form=form,
        act=lambda: resume_action(row, by=request.user),
        again=lambda status: page_of(request, row.case, bound=form, status=status),
        done=_("The request goes on where it stood."),
    )
    return carry_out(request, row.case, deed)


@lets_in(check_can_review)
@require_POST
def go_on(request: StaffRequest, pk: str) -> HttpResponse:
    """Take a request into review although no picture came."""
    row = get_object_or_404(RightsRequest.objects.select_related("case"), pk=pk)
    form = ButtonForm(request.POST)
    deed = Deed(
        form=form,
        act=lambda: review_without_picture(row, by=request.user),
        again=lambda status: page_of(request, row.case, bound=form, status=status),
        done=_("The request goes on without a picture."),
    )
    return carry_out(request, row.case, deed)


def page_of(
    request: HttpRequest, case: Case, *, bound: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    """Render the page of `case` as it is now; `bound` is a form that came back with its errors."""
    case = Case.objects.get(pk=case.pk)
    user = request.user
    decision = bound if isinstance(bound, DecisionForm) else None
    identity = bound if isinstance(bound, IdentityForm) else IdentityForm()
    context: dict[str, Any] = {
        "case": case,
        "contact": opened(lambda: case.contact),
        "notes": opened(lambda: case.notes),
        "requests": list(requests_of(case, user)),
        "reviews": can_review(user),
        "identity_form": identity,
        "identity_method": METHODS.get(case.identity_method, ""),
        "searches": list(searches_of(case)),
        "probes": list(probes_of(case)),
        "review": review_of(case, user, number=request.GET.get("candidates"), bound=decision),
        "letters": [(letter, _body(letter)) for letter in case.letters.all()],
        "entries": entries(case.pk),
        "bound": bound,
    }
    return render(request, "desk/case.html", context, status=status)


def opened(read: Callable[[], str]) -> str | None:
    """Open what is sealed; None where it has been destroyed or cannot be opened."""
    try:
        return read()
    except VaultError:
        return None


def _body(letter: Letter) -> str | None:
    return opened(lambda: letter.body)


class Answer(NamedTuple):
    """What one store answered in a search."""

    row: StoreSearch
    name: str
    trouble: str


class Round(NamedTuple):
    """One search over all stores."""

    search: Any
    answers: list[Answer]
    missing: list[str]


def searches_of(case: Case) -> Iterator[Round]:
    """Return each search with its stores; a store without an answer is named too (R-060)."""
    for search in case.searches.prefetch_related("stores"):
        rows = list(search.stores.all())
        answered = {row.store for row in rows}
        yield Round(
            search=search,
            answers=[
                Answer(row, stores[row.store].name, trouble_text(row.trouble))
                if row.store in stores
                else Answer(row, row.store, row.trouble)
                for row in rows
            ],
            missing=[stores[alias].name for alias in stores if alias not in answered],
        )


class ShownProbe(NamedTuple):
    """A picture of the person, or why there is none to see."""

    probe: Probe
    purged: bool
    refusal: str
    usable: bool


def probes_of(case: Case) -> Iterator[ShownProbe]:
    """Return the pictures that the person gave, in their order."""
    sentences = {kind.code: kind.sentence for kind in BadPicture.__subclasses__()}
    for probe in case.probes.select_related("blob"):
        purged = probe.blob.purged_at is not None
        yield ShownProbe(
            probe=probe,
            purged=purged,
            refusal=sentences.get(probe.refusal, probe.refusal),
            usable=not purged and not probe.refusal,
        )
