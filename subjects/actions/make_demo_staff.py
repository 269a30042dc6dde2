"""Give the demonstration people for its desk, with passwords that nobody knows beforehand."""

import json
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

STAFF = {
    "reviewer": "reviewer",
    "second-reviewer": "reviewer",
    "approver": "approver",
    "dpo": "dpo",
}
"""Account -> group. Two reviewers, because in the grey band two of them have to agree."""


def make_demo_staff() -> list[tuple[str, str]]:
    """Make the accounts and groups, return (name, password) and keep them in `demo-staff.json`.

    Safe to run again: passwords that are in the file and still open their account stay. The file
    lies in VAR_DIR, for its owner alone. Raises ImproperlyConfigured in production.
    """
    if settings.PRODUCTION:
        message = "Accounts of the demonstration do not belong into production."
        raise ImproperlyConfigured(message)
    path = Path(settings.VAR_DIR) / "demo-staff.json"
    known = _read(path)
    with transaction.atomic():
        staff = [(name, _account(name, group, known.get(name))) for name, group in STAFF.items()]
    if dict(staff) != known:
        _write(path, staff)
    return staff


def _account(name: str, group: str, password: str | None) -> str:
    account, _ = get_user_model().objects.get_or_create(username=name)
    if password is None or not account.check_password(password):
        password = secrets.token_urlsafe(12)
        account.set_password(password)
        account.save()
    account.groups.add(Group.objects.get_or_create(name=group)[0])
    return password


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return {str(name): str(password) for name, password in json.loads(path.read_text())}


def _write(path: Path, staff: list[tuple[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    # Never readable by others, not even for the moment between writing and chmod.
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(staff, file)
    new.replace(path)
