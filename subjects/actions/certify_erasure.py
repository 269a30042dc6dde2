"""The certificate of an erasure: what was erased where, how it was checked, and what that proves.

It names stores, counts and days, and no person: the reference alone says whose it is.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from subjects.actions.issue_receipt import Receipt, receipts_of
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.errors import NotYet, UnknownStore
from subjects.models import ErasureItem, RightsRequest
from subjects.stores import stores


@dataclass(frozen=True, slots=True)
class Erased:
    """What one store erased: how many face codes, and what it can prove of their depth."""

    store: str
    count: int
    depth: str


@dataclass(frozen=True, slots=True)
class Searched:
    """What the last search compared in one store; None where there was no picture to search by."""

    store: str
    compared: int | None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts. `receipt` is the entry of the log that they stand in.

    Where that entry was blanked, `searched` is empty: nothing else says what was searched.
    """

    reference: str
    right: str
    received_on: date
    verified_at: datetime
    erased: tuple[Erased, ...]
    searched: tuple[Searched, ...]
    backups_end_on: date | None
    backups_ended_at: datetime | None
    recipients: tuple[str, ...]
    recipients_told: int
    receipt: Receipt

    @property
    def total(self) -> int:
        """How many face codes were erased."""
        return sum(each.count for each in self.erased)


def certificate_of(rights_request: RightsRequest) -> Certificate:
    """Return the certificate of an erasure that is verified and answered. Raises `NotYet`."""
    case, right = rights_request.case, rights_request.right
    items = list(rights_request.erasure_items.order_by("store", "id"))
    receipt = _verified(rights_request, items)
    if receipt is None:
        message = "the erasure has not been verified and answered"
        raise NotYet(message)
    told = [each.type for each in entries(case.pk)].count(EventType.RECIPIENT_NOTIFIED)
    return Certificate(
        reference=case.reference,
        right=right,
        received_on=case.received_on,
        verified_at=receipt.at,
        erased=tuple(_erased(items)),
        searched=tuple(_searched(each) for each in receipt.fields.get("stores", ())),
        backups_end_on=rights_request.backups_end_on,
        backups_ended_at=rights_request.backups_ended_at,
        recipients=tuple(sorted({name for item in items for name in item.recipients})),
        recipients_told=told,
        receipt=receipt,
    )


def _verified(rights_request: RightsRequest, items: list[ErasureItem]) -> Receipt | None:
    """Find the entry of the newest verification; a blanked one counts where the rows agree."""
    said = [
        each for each in receipts_of(rights_request.case) if each.type is EventType.ERASURE_VERIFIED
    ]
    named = [each for each in said if each.right == rights_request.right]
    if named or not any(item.verified_at for item in items):
        return next(iter(named), None)
    return next((each for each in said if each.blanked), None)


def _erased(items: list[ErasureItem]) -> list[Erased]:
    counts = Counter(item.store for item in items)
    depths = {alias: {item.depth for item in items if item.store == alias} for alias in counts}
    return [
        Erased(_name(alias), counts[alias], " ".join(sorted(filter(None, depths[alias]))))
        for alias in counts
    ]


def _searched(answer: dict[str, Any]) -> Searched:
    compared = answer["compared"] if answer["result"] == "searched" else None
    return Searched(_name(answer["alias"]), compared)


def _name(alias: str) -> str:
    """Give the name of a store as people know it; its alias, once it is no longer set up."""
    with suppress(UnknownStore):
        return stores[alias].name
    return alias
