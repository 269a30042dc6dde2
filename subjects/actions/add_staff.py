"""Give somebody an account for the desk, with one role."""

import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from subjects.policies import APPROVERS, REVIEWERS

DESK_ROLES = tuple(dict.fromkeys((*REVIEWERS, *APPROVERS)))
"""What somebody at the desk can be: one role each, or deciding and approving fall together."""


def add_staff(name: str, role: str) -> str:
    """Make the account or give it a new password and this role alone; return the password.

    The password is random (96 bits) and kept nowhere in clear. Raises `ValueError` for a role
    that is not one of `DESK_ROLES`.
    """
    if role not in DESK_ROLES:
        message = f"{role} is not a role of the desk: {', '.join(DESK_ROLES)}"
        raise ValueError(message)
    password = secrets.token_urlsafe(12)
    with transaction.atomic():
        account, _ = get_user_model().objects.get_or_create(username=name)
        account.is_active = True
        account.set_password(password)
        account.save()
        account.groups.set([Group.objects.get_or_create(name=role)[0]])
    return password
