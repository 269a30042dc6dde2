"""Staff open a case: who looked stands in its log (an abuse must show)."""

from django.contrib.auth.models import User
from django.db import transaction

from subjects.actions.move import lock_case
from subjects.audit.events import EventType
from subjects.audit.log import record
from subjects.models import Case
from subjects.policies import actor_of, check_is_staff


def view_case(case: Case, *, by: User) -> None:
    """Note that `by` opened a page of `case`, before they see it."""
    check_is_staff(by)
    with transaction.atomic():
        lock_case(case.pk)
        record(case.pk, EventType.ACCESS_VIEWED, actor=actor_of(by))
