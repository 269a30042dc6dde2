"""An order of an authority as the officer enters it, and stores to count it in, for tests."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.utils import timezone

from subjects.actions.count_order import count_order
from subjects.actions.record_order import Received, record_order
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries
from subjects.errors import StoreUnavailable
from subjects.models import AuthorityOrder, OrderCount
from subjects.stores import stores
from subjects.stores.base import FaceTemplateStore
from subjects.stores.memory import MemoryStore
from subjects.stores.own import Enrolment
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


class SilentStore(MemoryStore):
    """Does not answer when it is to count."""

    def count(self, scope):
        raise StoreUnavailable(self.alias, "it does not answer")


class UncountingStore(MemoryStore):
    """Somebody else's store, whose records allow no count."""

    def count(self, scope):
        return FaceTemplateStore.count(self, scope)


@pytest.fixture
def countable_stores(settings, tmp_path):
    """Give two stores: three faces from France, two from Germany, one from who knows where."""
    settings.VAR_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    use(settings, "MemoryStore", "MemoryStore")
    fill("default", "FR", "FR", "DE", "")
    fill("archive", "FR", "DE")
    yield
    stores.reset()


def use(settings, *kinds):
    backends = {
        "MemoryStore": "subjects.stores.memory.MemoryStore",
        "SilentStore": "tests.orders.SilentStore",
        "UncountingStore": "tests.orders.UncountingStore",
    }
    settings.FACE_TEMPLATE_STORES = {
        alias: {"BACKEND": backends[kind], "OPTIONS": {"name": alias.title()}}
        for alias, kind in zip(("default", "archive"), kinds, strict=True)
    }


def fill(alias, *countries):
    code = np.ones(128, dtype=np.float32)
    held = [Enrolment(vector=code, model="m/1", collected_in=country) for country in countries]
    return stores[alias].enrol(held)


def house(event):
    return [one for one in entries(HOUSE) if one.type is event]
