"""The candidates of a case as a reviewer sees them: what is held of each, what was decided."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subjects.desk import words
from subjects.desk.forms import DecisionForm
from subjects.errors import StoreError
from subjects.faces.matching import Band
from subjects.models import Case, Decision, FoundTemplate, Probe
from subjects.policies import Staff, can_decide
from subjects.stores import stores
from subjects.stores.base import Description, TemplateRef

A_PAGE = 20


@dataclass(frozen=True)
class Look:
    """One decision: what, by whom, when, and whether it was the first or the second."""

    which: Promise
    decision: Promise
    by: str
    at: datetime | None


@dataclass(frozen=True)
class Shown:
    """A candidate on the page. `held` is None where the store does not tell; `trouble` says why."""

    found: FoundTemplate
    number: int
    store: str
    closeness: Promise
    held: Description | None
    trouble: str
    looks: list[Look]
    verdict: Promise | None
    form: DecisionForm | None

    @property
    def has_picture(self) -> bool:
        """Say whether there is a picture to look at."""
        return self.held is not None and self.held.picture_media_type is not None


@dataclass(frozen=True)
class Review:
    """The review of a case: how far it is, and one page of its candidates."""

    total: int
    decided: int
    page: Page[FoundTemplate]
    shown: list[Shown]
    probe: Probe | None
    more_probes: list[Probe]


def review_of(
    case: Case,
    user: Staff,
    *,
    number: str | None = None,
    bound: DecisionForm | None = None,
    everything: bool = False,
) -> Review:
    """Return the candidates of `case`, the nearest first: one page of them, or `everything`.

    `bound` is a form that came back and is shown again.
    """
    found = list(case.found.select_related("decided_by", "second_decided_by"))
    page = Paginator(found, max(len(found), 1) if everything else A_PAGE).get_page(number)
    first = page.start_index()
    probes = list(case.probes.filter(refusal="", blob__purged_at=None))
    return Review(
        total=len(found),
        decided=sum(bool(one.verdict) for one in found),
        page=page,
        shown=[_shown(one, first + place, user, bound) for place, one in enumerate(page)],
        probe=probes[0] if probes else None,
        more_probes=probes[1:],
    )


def next_place(found: FoundTemplate, user: User) -> str:
    """Return where on the page the next candidate is that waits for `user`, after this one."""
    rows = list(found.case.found.all())
    here = next(place for place, one in enumerate(rows) if one.pk == found.pk)
    for place in [*range(here + 1, len(rows)), *range(here)]:
        if _waits_for(rows[place], user):
            return f"?candidates={place // A_PAGE + 1}#candidate-{rows[place].pk}"
    return "#review"


def _waits_for(found: FoundTemplate, user: User) -> bool:
    if not found.decision:
        return True
    return not found.verdict and found.decided_by_id != user.pk


def _shown(found: FoundTemplate, number: int, user: Staff, bound: DecisionForm | None) -> Shown:
    held, trouble = _held(found)
    form = None
    if can_decide(user, found):
        form = bound if bound and bound.found.pk == found.pk else DecisionForm(found=found)
    return Shown(
        found=found,
        number=number,
        store=stores[found.store].name if found.store in stores else found.store,
        closeness=words.CLOSENESS[Band(found.band)],
        held=held,
        trouble=trouble,
        looks=looks_of(found),
        verdict=words.DECISION[Decision(found.verdict)] if found.verdict else None,
        form=form,
    )


def _held(found: FoundTemplate) -> tuple[Description | None, str]:
    try:
        return stores[found.store].describe(TemplateRef(found.template_ref)), ""
    except StoreError as error:
        return None, str(error)


def looks_of(found: FoundTemplate) -> list[Look]:
    """Return who decided what, first and second."""
    looks = []
    if found.decision:
        by = found.decided_by.get_username() if found.decided_by else ""
        decision = words.DECISION[Decision(found.decision)]
        looks.append(Look(_("First reviewer"), decision, by, found.decided_at))
    if found.second_decision:
        by = found.second_decided_by.get_username() if found.second_decided_by else ""
        decision = words.DECISION[Decision(found.second_decision)]
        looks.append(Look(_("Second reviewer"), decision, by, found.second_decided_at))
    return looks
