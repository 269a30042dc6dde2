"""The officer closes an authority's account before its day."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from subjects.audit.events import EventType
from subjects.audit.log import record_system
from subjects.models import RegulatorAccess
from subjects.policies import actor_of, check_is_officer


def revoke_regulator(access: RegulatorAccess, *, by: User) -> bool:
    """Shut the door from this moment on; say whether this call was the one that did it.

    Raises `PermissionDenied` for everybody but the officer.
    """
    check_is_officer(by)
    with transaction.atomic():
        still_open = RegulatorAccess.objects.filter(pk=access.pk, revoked_at=None)
        if not still_open.update(revoked_at=timezone.now()):
            return False
        record_system(
            EventType.REGULATOR_REVOKED, actor=actor_of(by), payload={"access": access.pk}
        )
    access.refresh_from_db()
    return True
