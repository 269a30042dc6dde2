"""Write and read entries: each one in the transaction of the act it states, or not at all."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.utils import timezone

from subjects.audit import leaf as leaves
from subjects.audit import rows, words
from subjects.audit.events import Actor, EventType
from subjects.audit.fields import BODY, HEAD
from subjects.audit.leaf import FIRST, HOUSE, SALT_BYTES
from subjects.audit.models import AuditEvent, AuditPayload
from subjects.audit.words import ARTICLES
from subjects.errors import AuditError, LeafRefused

PORTAL: Final = "portal"
"""`sys` of what happened in the portal itself and in none of the stores."""


@dataclass(frozen=True)
class Entry:
    """One entry as it stands in the log. `leaf` is the evidence; the rest is read from it."""

    id: UUID
    case: UUID
    step: int
    type: EventType
    at: datetime
    leaf: bytes
    leaf_hash: bytes

    @cached_property
    def fields(self) -> dict[str, Any]:
        """What the leaf says: nothing, once it was blanked.

        Raises LeafRefused when its bytes are not what was once written.
        """
        return leaves.thaw(self.leaf) if self.leaf else {}


@dataclass(frozen=True, slots=True)
class _Act:
    """What is to be stated, before it has a place on a chain."""

    event: EventType
    actor: Actor
    body: Mapping[str, object]
    payload: bytes | None = None


def record(
    case: UUID,
    event: EventType,
    /,
    *,
    actor: Actor,
    payload: Mapping[str, object] | None = None,
    **fields: object,
) -> Entry:
    """Write the next entry of `case`, inside the transaction of the act.

    `fields` are words of the vocabulary, days, instants, ids and counts; one that is None is left
    out, and a right may be named (`erasure`) or given by its article. `payload` may hold anything
    that is JSON: the entry only commits to it, and it can be erased.
    Writers of one case wait for each other, so its steps have no gap.
    Raises LeafRefused for anything outside the vocabulary, AuditError outside a transaction.
    """
    if case == HOUSE:
        raise LeafRefused("case", "what belongs to no case is written by record_system")
    return _record(case, _act(event, actor, payload, fields))


def record_system(
    event: EventType,
    /,
    *,
    actor: Actor,
    payload: Mapping[str, object] | None = None,
    **fields: object,
) -> Entry:
    """Write the next entry of the house's own chain: what belongs to no case.

    All who write there wait for each other, so keep its transaction short. Raises as `record`.
    """
    return _record(HOUSE, _act(event, actor, payload, fields))


def entries(case: UUID) -> list[Entry]:
    """Give the entries of `case`, in the order they were written."""
    found = AuditEvent.objects.filter(case=case).order_by("step")
    return [_entry(row) for row in found]


def last(case: UUID) -> Entry | None:
    """Give the newest entry of `case`, or None."""
    row = AuditEvent.objects.filter(case=case).order_by("-step").first()
    return _entry(row) if row else None


def payload_of(entry: Entry) -> dict[str, Any] | None:
    """Give the details that `entry` commits to, or None when it has none or they were erased."""
    row = AuditPayload.objects.filter(event=entry.id).first()
    return leaves.read_payload(bytes(row.payload)) if row else None


def erase_payloads(case: UUID, *, actor: Actor | None = None) -> int:
    """Destroy the details behind the entries of `case`, with their salts; return how many.

    The entries and their hashes stand, and one is added that says so (Art. 5(1)(e)).
    """
    _check_transaction()
    rows.lock(case)
    events = AuditEvent.objects.filter(case=case).values("id")
    gone, _ = AuditPayload.objects.filter(event__in=events).delete()
    if gone:
        by = actor or Actor.system("purge")
        _record(case, _Act(EventType.PAYLOADS_ERASED, by, {"count": gone}))
    return gone


def _act(
    event: EventType,
    actor: Actor,
    payload: Mapping[str, object] | None,
    fields: Mapping[str, object],
) -> _Act:
    body = {name: leaves.plain(value) for name, value in fields.items() if value is not None}
    if (right := body.get("right")) in ARTICLES:
        body["right"] = ARTICLES[str(right)]
    _check_systems(body)
    return _Act(event, actor, body, None if payload is None else leaves.freeze_payload(payload))


def _check_systems(body: Mapping[str, object]) -> None:
    """Refuse a store that nobody has set up: a person's name could be spelt like an alias."""
    if not body.keys() & {"sys", "stores"}:
        return
    known = {PORTAL, *settings.FACE_TEMPLATE_STORES}
    if "sys" in body and body["sys"] not in known:
        raise LeafRefused("sys", "no store of that alias stands in FACE_TEMPLATE_STORES")
    stores = body.get("stores")
    for store in stores if isinstance(stores, list) else []:
        if isinstance(store, dict) and store.get("alias") not in known:
            raise LeafRefused("stores", "no store of that alias stands in FACE_TEMPLATE_STORES")


def _check_transaction() -> None:
    if not connection.in_atomic_block:
        message = "Write an entry inside the transaction of the act it states."
        raise AuditError(message)


def _record(case: UUID, act: _Act) -> Entry:
    _check_transaction()
    draft, placed = _append(case, act)
    if placed.before and draft.created < placed.before:
        seconds = int((placed.before - draft.created).total_seconds())
        owned_up = _Act(EventType.CLOCK_REGRESSION, Actor.system("log"), {"seconds": seconds})
        rows.append(_draft(case, owned_up, draft.created), back=True)
    at, leaf = draft.created, placed.leaf
    return Entry(draft.id, case, placed.step, act.event, at, leaf, placed.leaf_hash)


def _append(case: UUID, act: _Act) -> tuple[rows.Draft, rows.Placed]:
    draft = _draft(case, act, _now())
    placed = rows.append(draft, back=False)
    while placed is None:
        # It may have waited for the chain, which is no clock gone back: that is locked by now.
        draft = _draft(case, act, _now())
        placed = rows.append(draft, back=True)
    return draft, placed


def _now() -> datetime:
    return timezone.now().astimezone(UTC).replace(microsecond=0)


def _draft(case: UUID, act: _Act, at: datetime) -> rows.Draft:
    key, nonce = uuid4(), secrets.token_hex(16)
    head = {
        "v": 1,
        "id": str(key),
        "n": nonce,
        "t": leaves.instant(at),
        "type": str(act.event),
        "case": case.hex if case == HOUSE else leaves.blind(case, nonce),
        "step": 1,
        "prev": FIRST,
        "actor": _hidden(act.actor, case, nonce),
    }
    salt = None
    if act.payload is not None:
        salt = secrets.token_bytes(SALT_BYTES)
        head["pc"] = leaves.commitment(salt, act.payload)
    if taken := (head.keys() | {"pc"}) & act.body.keys():
        raise LeafRefused(min(taken), "the log writes it itself")
    body = dict(act.body)
    if "request" in body:
        body["request"] = leaves.blind(_request(body["request"]), nonce)
    pieces = leaves.pieces(leaves.freeze(head | body))
    return rows.Draft(key, case, str(act.event), at, pieces, salt, act.payload)


def _hidden(actor: Actor, case: UUID, nonce: str) -> str:
    if words.ACTOR.fullmatch(str(actor)) is None:
        raise LeafRefused("actor", f"it must be {HEAD['actor'].wants}")
    return leaves.blind_staff(str(actor), case, nonce)


def _request(value: object) -> UUID:
    if not BODY["request"].takes(value):
        raise LeafRefused("request", f"it must be {BODY['request'].wants}")
    return UUID(str(value))


def _entry(row: AuditEvent) -> Entry:
    return Entry(
        id=row.id,
        case=row.case,
        step=row.step,
        type=EventType(row.type),
        at=row.created,
        leaf=bytes(row.leaf),
        leaf_hash=bytes(row.leaf_hash),
    )
