"""Bring the log of a restored database back to what was published, so that it may go on."""

from django.db import IntegrityError, transaction

from subjects.audit import sequencer
from subjects.audit.events import Actor, EventType
from subjects.audit.log import record_system
from subjects.audit.recover import Recovered, recover
from subjects.errors import LogBusy
from subjects.models import CaseNumber


def recover_log() -> Recovered | None:
    """Bring back every published entry that the database does not know; None when none is missing.

    All or nothing, and safe to run again. No number of a case that the log shows is given again.
    Raises LogBusy while the sequencer or a filing is at it, LogForked, TileMissing.
    """
    with sequencer.alone() as mine:
        if not mine:
            raise LogBusy
        try:
            return _recover()
        except IntegrityError as error:  # an entry was written at the same time
            raise LogBusy from error


def _recover() -> Recovered | None:
    with transaction.atomic(durable=True):
        if not sequencer.lock():
            raise LogBusy
        found = recover()
        if found is None:
            return None
        for year, last in found.numbers.items():
            CaseNumber.at_least(year, last)
        record_system(
            EventType.RESTORED,
            actor=Actor.system("restore"),
            entries=found.size,
            count=found.imported,
            cases=found.chains,
        )
        return found
