"""An order of an authority as the officer enters it, for tests."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from subjects.actions.count_order import count_order
from subjects.actions.record_order import Received, record_order
from subjects.models import AuthorityOrder, OrderCount
from tests.cases import staff

ASKED = "askedcanary: delete what you hold of Zoe Canary and of everybody in France"


def received(**changes: Any) -> Received:
    """Give a letter of the CNIL about France, anything of which can be another."""
    today = timezone.localdate()
    filled = {
        "key": uuid4(),
        "authority": "CNIL",
        "reference": "MED-2026-134",
        "kind": "order",
        "legal_basis": "Article 58(2)(g) GDPR",
        "received_on": today - timedelta(days=30),
        "due_on": today + timedelta(days=30),
        "asked": ASKED,
        "country": "FR",
    }
    return Received(**filled | changes)


def an_order(**changes: Any) -> AuthorityOrder:
    """Enter one."""
    return record_order(received(**changes), by=staff("dpo"))


def count(order: AuthorityOrder, moment: str = "before", **options: Any) -> list[OrderCount]:
    """Count it now."""
    return count_order(order, moment, by=staff("dpo"), **{"key": uuid4()} | options)
