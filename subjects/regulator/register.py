"""What one account may see of the log: its requests, under names that no other account has."""

import time
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from django.utils import timezone

from subjects.audit.book import book
from subjects.audit.places import Placed, placed
from subjects.audit.standalone.reading import Book
from subjects.audit.standalone.requests import Request
from subjects.errors import OutOfScope
from subjects.models import RegulatorAccess

MOST_KEPT: Final = 8
SHARE: Final = 50
"""A fiftieth of the time, at most, goes into reading the log."""
SOON: Final = 0.5
LONGEST: Final = 15 * 60.0
"""Seconds: a log that is read faster than `SOON` is always shown as it is now."""


class Listed(NamedTuple):
    """One request within the scope, and what this account calls its case."""

    pseudonym: str
    request: Request


@dataclass(frozen=True)
class Register:
    """All requests within the scope, the newest first, as of one size of the log."""

    book: Book
    listed: list[Listed]
    chains: dict[str, int]
    """Pseudonym of each case within the scope: the number of its chain in the book."""


@dataclass(frozen=True)
class CaseFile:
    """One case within the scope: its requests there, and its entries."""

    pseudonym: str
    requests: list[Request]
    entries: list[Placed]
    hidden: int
    """Entries about a right outside the scope: left out, and counted."""
    case: UUID


@dataclass
class _Kept:
    """A register, and until when it is shown without asking whether the log has grown."""

    register: Register
    fresh_until: float


_kept: dict[UUID, _Kept] = {}


def register_of(access: RegulatorAccess) -> Register:
    """Give the register of an account, as of a checkpoint that every page names.

    Each page that is opened is an entry, so there is soon a newer checkpoint. A log that takes
    long to read is therefore read again only after a while.
    """
    kept, began = _kept.get(access.pk), time.monotonic()
    if kept is not None and began < kept.fresh_until:
        return kept.register
    now = book()
    if kept is not None and kept.register.book is now:
        register = kept.register
    else:
        register = _register(access, now)
    ended = time.monotonic()
    pause = (ended - began) * SHARE if ended - began > SOON else 0
    while len(_kept) >= MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    _kept[access.pk] = _Kept(register, ended + min(pause, LONGEST))
    return register


def case_file(access: RegulatorAccess, pseudonym: str) -> CaseFile:
    """Find a case by its pseudonym. Raises OutOfScope for what is outside or nowhere."""
    register = register_of(access)
    number = register.chains.get(pseudonym)
    if number is None:
        raise OutOfScope
    requests = [one.request for one in register.listed if one.request.chain == number]
    rights = {request.right for request in requests}
    entries = placed(register.book.indexes_of(number))
    if not entries:
        raise OutOfScope
    shown = [one for one in entries if one.fields.get("right", min(rights)) in rights]
    return CaseFile(pseudonym, requests, shown, len(entries) - len(shown), entries[-1].case)


def period_of(access: RegulatorAccess, start: date | None, end: date | None) -> tuple[date, date]:
    """Fill a period up from the scope. Raises OutOfScope where it reaches beyond, or is none."""
    first, last = start or access.from_day, end or min(access.to_day, timezone.localdate())
    if not access.from_day <= first <= last <= access.to_day:
        raise OutOfScope
    return first, last


def overlaps(request: Request, start: date, end: date) -> bool:
    """Say whether a request was open at some time between two days."""
    began = request.received_on <= end.isoformat()
    return began and not (request.closed_on and request.closed_on < start.isoformat())


def _register(access: RegulatorAccess, now: Book) -> Register:
    inside = [one for one in now.requests if _in_scope(access, one)]
    numbers = sorted({one.chain for one in inside})
    names = access.pseudonyms_of([now.chains[number].first.hex() for number in numbers])
    number_of = {now.chains[number].first.hex(): number for number in numbers}
    chains = {pseudonym: number_of[chain] for pseudonym, chain in names.items()}
    name_of = {number: pseudonym for pseudonym, number in chains.items()}
    listed = [Listed(name_of[one.chain], one) for one in inside]
    listed.sort(key=lambda one: (one.request.received, one.request.index), reverse=True)
    return Register(now, listed, chains)


def _in_scope(access: RegulatorAccess, request: Request) -> bool:
    return (
        (not access.rights or request.right in access.rights)
        and (not access.countries or request.country in access.countries)
        and overlaps(request, access.from_day, access.to_day)
    )
