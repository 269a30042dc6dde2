"""The jobs: fetch the row, call one action, note what failed.

A message carries one id and nothing else.
"""

import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

from celery import current_app, shared_task
from django.db import transaction
from kombu.exceptions import KombuError, OperationalError

from subjects.actions.attempts import note_failure
from subjects.actions.build_package import build_ordered
from subjects.actions.erase import erase_templates
from subjects.actions.export import export_copy
from subjects.actions.outstanding import Work, outstanding
from subjects.actions.restrict import apply_restrictions, restrict_for_good
from subjects.actions.search import search_stores
from subjects.actions.send_mail import send_mail
from subjects.errors import Superseded
from subjects.faults import fault
from subjects.models import AuditPackage, Case, Leased, Outbox, RightsRequest, Search

BROKER_REST: Final = 10.0
"""Seconds without a try after the broker failed: a person waits once, not at every click."""
Row = TypeVar("Row", bound=Leased)
_log = logging.getLogger(__name__)
_broker_failed_at = -BROKER_REST


@shared_task(name="search")
def search(row: str) -> None:
    """Search every store for a case."""
    _work(Search, row, search_stores)


@shared_task(name="export")
def export(row: str) -> None:
    """Build an approved copy."""
    _work(RightsRequest, row, export_copy)


@shared_task(name="erase")
def erase(row: str) -> None:
    """Carry out an approved erasure."""
    _work(RightsRequest, row, erase_templates)


@shared_task(name="restrict_for_good")
def restrict_permanently(row: str) -> None:
    """Carry out an approved restriction."""
    _work(RightsRequest, row, restrict_for_good)


@shared_task(name="restrict")
def restrict(row: str) -> None:
    """Bring the stores into line with what was decided in a case."""
    apply_restrictions(Case.objects.get(pk=row))


@shared_task(name="send_mail")
def deliver_mail(row: str) -> None:
    """Send one mail of the outbox."""
    _work(Outbox, row, send_mail)


@shared_task(name="build_package")
def build_package(row: str) -> None:
    """Build an ordered package for an authority."""
    _work(AuditPackage, row, build_ordered)


def nudge(case: Case | None = None) -> int:
    """Wake workers for what is outstanding, in one case or in all.

    Returns how many messages went out.

    Losing every one of them is harmless: the rows stand, and the sweeper nudges again.
    """
    if not _broker_rested():
        return 0
    return sum(_publish(work) for work in outstanding(case))


def nudge_on_commit(case: Case) -> None:
    """Nudge once the transaction has committed. Never fails a page: the row is the truth."""

    def after_commit() -> None:  # a partial has no name, and Django fails where it logs the failure
        fault("web:committed-not-published")
        nudge(case)

    transaction.on_commit(after_commit, robust=True)


def nudge_package_on_commit(package: AuditPackage) -> None:
    """Wake a worker for a package that was ordered, once that is committed."""

    def after_commit() -> None:
        if _broker_rested():
            _publish(Work("build_package", package.pk))

    transaction.on_commit(after_commit, robust=True)


def _publish(work: Work) -> bool:
    global _broker_failed_at  # noqa: PLW0603 - one broker for the process
    if not _broker_rested():
        return False
    try:
        current_app.send_task(work.job, args=[str(work.row)], retry=False)
    except (OperationalError, KombuError, OSError):
        _broker_failed_at = time.monotonic()
        _log.warning(
            "the broker takes no message; the sweeper will send it again", extra={"job": work.job}
        )
        return False
    return True


def _broker_rested() -> bool:
    return time.monotonic() - _broker_failed_at >= BROKER_REST


def _work(model: type[Row], pk: str, action: Callable[[Row], None]) -> None:
    """Run one action on one row. What fails is noted in the row, which is then due again."""
    row = model._default_manager.filter(pk=pk).first()  # noqa: SLF001 - Django's public hook
    if row is None:
        return
    try:
        action(row)
    except Superseded:
        _log.info("another worker has taken over", extra={"job": action.__name__})
    except Exception as error:  # noqa: BLE001 - whatever it is, the row must be given back
        note_failure(row, error)
    finally:
        _nudge_case(row)


def _nudge_case(row: Leased) -> None:
    """One job often makes the next one due: mails, restrictions, the search after the erase."""
    case = row.case if isinstance(row, RightsRequest | Search | Outbox) else None
    if case:
        nudge(case)
