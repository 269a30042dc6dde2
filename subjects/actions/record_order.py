"""An inquiry or an order of an authority is entered into the register (Articles 31 and 58)."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from subjects.audit.events import EventType
from subjects.audit.log import record_system
from subjects.errors import OrderRefused
from subjects.models import AuthorityOrder
from subjects.policies import actor_of, check_is_officer

COUNTRY: Final = re.compile("[A-Z]{2}")
HOST: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})*")
ARTICLE: Final = re.compile(
    r"Art(?:icle|\.)?\s*([1-9]\d?)(?!\d)(?:\(([1-9]\d?)\))?(?:\(([a-j])\))?", re.IGNORECASE
)
GDPR: Final = re.compile(r"GDPR|2016/679", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Received:
    """What the officer writes down of a letter. `key` comes from the form; amounts are in euro."""

    key: UUID
    authority: str
    reference: str
    kind: str
    legal_basis: str
    received_on: date
    due_on: date
    asked: str = ""
    country: str = ""
    source_suffix: str = ""
    collected_from: date | None = None
    collected_to: date | None = None
    penalty_from: date | None = None
    penalty_a_day: int | None = None
    penalty_most: int | None = None


def record_order(received: Received, *, by: User) -> AuthorityOrder:
    """Enter it, and say so in the log; the same form sent twice is one order.

    Authority and reference stand in the payload, and of what is asked the SHA-256: the text itself
    is sealed in the register, since it may name people. Raises `PermissionDenied` for everybody
    but the officer, `OrderRefused` for what is missing or contradicts itself.
    """
    check_is_officer(by)
    if known := AuthorityOrder.objects.filter(pk=received.key).first():
        return known
    _check(received)
    order = _row(received, by)
    try:
        with transaction.atomic():
            entry = record_system(
                EventType.ORDER_RECEIVED,
                actor=actor_of(by),
                payload=_payload(order, received.asked),
                order=order.pk,
                kind=order.kind,
                due=order.due_on,
                basis=basis_of(order.legal_basis),
                country=order.country or None,
            )
            order.event = entry.id
            order.save(force_insert=True)
    except IntegrityError:  # another click was first
        return AuthorityOrder.objects.get(pk=received.key)
    return order


def basis_of(legal_basis: str) -> str | None:
    """Write an article of the GDPR as the log does, `art58-2-g`; None for any other law."""
    found = ARTICLE.search(legal_basis)
    if found is None or not GDPR.search(legal_basis):
        return None
    return "art" + "-".join(part.lower() for part in found.groups() if part)


def _row(received: Received, by: User) -> AuthorityOrder:
    order = AuthorityOrder(
        id=received.key,
        authority=_plain(received.authority),
        reference=_plain(received.reference),
        kind=received.kind,
        legal_basis=_plain(received.legal_basis),
        received_on=received.received_on,
        due_on=received.due_on,
        country=received.country,
        source_suffix=_suffix(received),
        collected_from=received.collected_from,
        collected_to=received.collected_to,
        penalty_from=received.penalty_from,
        penalty_a_day=received.penalty_a_day,
        penalty_most=received.penalty_most,
        created_by=by,
    )
    order.seal(asked=received.asked.strip())
    return order


def _check(received: Received) -> None:
    needed = {
        "authority": "Name the authority.",
        "reference": "Write the authority's file number: without it no answer finds its way.",
        "legal_basis": "Write the legal basis as the letter names it, such as Article 58(2)(g).",
    }
    for field, why in needed.items():
        if not getattr(received, field).strip():
            raise OrderRefused(field, why)
    if received.kind not in AuthorityOrder.Kind.values:
        raise OrderRefused("kind", "Choose what is wanted.")
    if received.received_on > timezone.localdate():
        raise OrderRefused("received_on", "This day is still to come: write when it arrived.")
    if received.due_on < received.received_on:
        raise OrderRefused("due_on", "It would be due before it was received. Look at both days.")
    _check_scope(received)
    _check_penalty(received)


def _check_scope(received: Received) -> None:
    if received.country and not COUNTRY.fullmatch(received.country):
        raise OrderRefused("country", "Write the country with two letters, such as FR.")
    if _suffix(received) and not HOST.fullmatch(_suffix(received)):
        why = "Write the end of a host name, such as example.fr, without https:// and path."
        raise OrderRefused("source_suffix", why)
    start, end = received.collected_from, received.collected_to
    if start and end and start > end:
        raise OrderRefused("collected_to", "The days of collection end before they begin.")


def _check_penalty(received: Received) -> None:
    for field in ("penalty_a_day", "penalty_most"):
        if (getattr(received, field) or 0) < 0:
            raise OrderRefused(field, "An amount is whole euro, and not below nothing.")
    if received.penalty_a_day is None and (received.penalty_from or received.penalty_most):
        raise OrderRefused("penalty_a_day", "Write the amount for each day too.")


def _payload(order: AuthorityOrder, asked: str) -> dict[str, object]:
    return {
        "authority": order.authority,
        "reference": order.reference,
        "legal_basis": order.legal_basis,
        "asked_sha256": hashlib.sha256(asked.strip().encode()).hexdigest(),
        "received_on": order.received_on,
        "country": order.country,
        "source_suffix": order.source_suffix,
        "collected_from": order.collected_from,
        "collected_to": order.collected_to,
        "penalty_from": order.penalty_from,
        "penalty_a_day": order.penalty_a_day,
        "penalty_most": order.penalty_most,
    }


def _suffix(received: Received) -> str:
    return received.source_suffix.strip().strip(".").lower()


def _plain(text: str) -> str:
    return " ".join(text.split())
