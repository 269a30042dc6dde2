"""What the machine still has to do, read from the rows.

The one list behind every nudge and every sweep.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now

from subjects.actions import restrict
from subjects.lifecycle import State
from subjects.models import AuditPackage, Case, Outbox, RightsRequest, Search
from subjects.models.leased import unclaimed, unnudged

JOB_OF: Final[dict[State, str]] = {
    State.EXPORTING: "export",
    State.ERASING: "erase",
    State.VERIFYING: "erase",
    State.RESTRICTING: "restrict_for_good",
}
"""Which job works on a request in which state; a search is a row of its own."""


class Work(NamedTuple):
    """One thing to do: the job's name and the id of its row. That is all a message ever carries."""

    job: str
    row: UUID


def outstanding(case: Case | None = None) -> Iterator[Work]:
    """Yield the work that is due and that nobody holds, in one case or in all."""
    here = Q(case=case) if case else Q()
    requests = RightsRequest.objects.filter(here, state__in=list(JOB_OF))
    searches = Search.objects.filter(here, kind=Search.Kind.INTAKE, finished_at=None)
    mails = Outbox.objects.filter(here, sent_at=None)
    for rights_request in _nudge(requests):
        yield Work(JOB_OF[State(rights_request.state)], rights_request.pk)
    yield from (Work("search", search.pk) for search in _nudge(searches))
    yield from (Work("send_mail", mail.pk) for mail in _nudge(mails))
    if case is None:
        packages = AuditPackage.objects.filter(made_at=None, given_up=False)
        yield from (Work("build_package", package.pk) for package in _nudge(packages))
    cases = restrict.outstanding(case).values_list("case", flat=True).order_by().distinct()
    yield from (Work("restrict", pk) for pk in cases)


def _nudge(rows: Any) -> Iterator[Any]:  # noqa: ANN401 - a queryset of any leased model
    """Mark each row as nudged and yield it.

    The pause before the next nudge doubles, up to a minute.

    The marking is conditional, so two sweepers send one message, not two.
    """
    for row in unnudged(unclaimed(rows)):
        pause = timedelta(seconds=min(settings.SWEEP_SECONDS * 2 ** min(row.nudges, 6), 60))
        mine = type(row).objects.filter(pk=row.pk, nudges=row.nudges)
        if mine.update(nudge_after=Now() + pause, nudges=F("nudges") + 1):
            yield row
