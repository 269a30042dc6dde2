"""Looks at those who hold the log from outside: time stamping authorities and witnesses."""

from typing import Final

from django.utils import timezone

from subjects.audit.anchors import Condition, Standing, standings
from subjects.errors import AnchorError

PAGE: Final = "see /desk/log/ for what to do"


def anchors() -> str:
    """Say who holds the log. Raises AnchorError for the first who should and does not."""
    found = standings(timezone.now())
    if not found:
        return "nobody is asked (PORTAL_TIMESTAMP_URLS, PORTAL_WITNESS_POLICY_FILE)"
    for one in found:
        if one.condition is not Condition.CURRENT:
            raise AnchorError(one.name, f"{_words(one)}; {PAGE}")
    return f"{len(found)} outside hold the log"


def _words(one: Standing) -> str:
    """Say how long they have not held it, or that they never did."""
    if one.condition is Condition.AHEAD:
        return "it has seen a longer log than ours, so nothing is signed"
    if one.at is None:
        return "it has never held the log"
    return f"it last held the log at {one.at:%Y-%m-%d %H:%M} UTC"
