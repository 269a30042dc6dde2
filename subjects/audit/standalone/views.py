"""The tables of a package, made from the entries alone; verify.py makes the same bytes again."""

from __future__ import annotations

import hmac
from hashlib import sha256
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from subjects.audit.standalone.canonical import read_leaf
from subjects.audit.standalone.cells import csv_row, is_risky
from subjects.audit.standalone.deadlines import Holidays, due_days
from subjects.audit.standalone.figures import figures, figures_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from subjects.audit.standalone.chains import Chain
    from subjects.audit.standalone.reading import Book
    from subjects.audit.standalone.requests import Request

SAMPLE_CASES: Final = 20
CASE_BYTES: Final = 8
STAFF_BYTES: Final = 4
_AS_IS: Final = (
    *("channel", "right", "received", "calendar", "due", "due_b", "extended_to", "suspended_days"),
    *("state", "basis", "reason", "reasons", "tier", "method", "decision", "sys", "stores"),
    *("model", "radius", "strong_radius", "bands", "total", "compared", "count", "restricted"),
    *("erased", "attempt", "seconds", "until", "outcome", "ground", "letter", "version"),
    *("language", "country", "year", "number", "cases", "open", "entries", "key", "purpose"),
    *("anchor", "page", "kind", "order", "target", "digest", "pc"),
)
_RENAMED: Final = {"version": "letter_version"}
EVENT_COLUMNS: Final = (
    *("sequence", "case", "event_type", "instant", "local_date", "zone", "actor_role", "actor"),
    *(_RENAMED.get(name, name) for name in _AS_IS),
    *("step", "prev", "leaf_hash"),
)
REQUEST_COLUMNS: Final = (
    *("case", "right", "year", "number", "received", "received_on", "zone", "channel", "country"),
    *("language", "calendar", "due", "due_b", "extended_to", "extended_on", "extension_reasons"),
    *("extension_letter_on", "suspended_days", "answered", "answered_on", "outcome", "ground"),
    *("closed", "closed_on", "state", "overdue_on", "backup_until", "backup_ended_on"),
    *("first_entry", "answer_entry", "last_entry"),
)
DEADLINE_COLUMNS: Final = (
    *("case", "right", "clock", "received_on", "months", "suspended_days", "raw_end", "skipped"),
    *("computed", "recorded", "agrees", "calendar", "entry"),
)
SAMPLE_COLUMNS: Final = ("draw", "counter", "digest", "of", "place", "case", "first_entry")
_NESTED: Final = frozenset({"stores", "bands", "reasons"})


class Pseudonyms:
    """The codes of one package: another salt gives others, and nobody can join two packages."""

    def __init__(self, salt: bytes) -> None:
        self.salt = salt
        self._cases: dict[bytes, str] = {}
        self._staff: dict[str, tuple[str, str]] = {}

    def case(self, first: bytes) -> str:
        """Name a case by the leaf hash of its first entry: 16 hex digits."""
        code = self._cases.get(first)
        if code is None:
            code = hmac.new(self.salt, first, sha256).digest()[:CASE_BYTES].hex()
            self._cases[first] = code
        return code

    def actor(self, actor: str) -> tuple[str, str]:
        """Name who acted: a role or a word, and for staff a code of 8 hex digits, else ""."""
        named = self._staff.get(actor)
        if named is None:
            role, slash, _ = actor.partition("/")
            digest = hmac.new(self.salt, actor.encode(), sha256).digest()[:STAFF_BYTES]
            named = (role.replace("role:", ""), digest.hex() if slash else "")
            self._staff[actor] = named
        return named


class _Form:
    """How entries with the same fields are written as a row: most are of a few dozen forms."""

    def __init__(self, names: tuple[str, ...]) -> None:
        head = [name for name in ("type", "t", "local_date", "tz") if name in names]
        body = [name for name in _AS_IS if name in names]
        self.head, self.body = itemgetter(*head), itemgetter(*body, "step", "prev")
        days = ["%s" if name in names else "" for name in ("local_date", "tz")]
        cells = ["%s"] * 4 + days + ["%s"] * 2 + ["%s" if name in names else "" for name in _AS_IS]
        self.template = ",".join([*cells, "%s", "%s", "%s"])
        self.nested = not _NESTED.isdisjoint(names)


class Events:
    """The rows of events.csv, one an entry of the period, in the order of the log."""

    def __init__(self, salt: bytes, start: str, end: str) -> None:
        self.names = Pseudonyms(salt)
        self.start, self.end = start, end
        self._forms: dict[tuple[str, ...], _Form] = {}

    def head(self) -> bytes:
        """Give the first row."""
        return csv_row(EVENT_COLUMNS)

    def row(self, index: int, fields: dict[str, Any], chain: Chain, leaf_hash: bytes) -> bytes:
        """Give the row of an entry, or b"" outside the period."""
        if not self.start <= fields["t"][:10] <= self.end:
            return b""
        case = "house" if chain.house else self.names.case(chain.first)
        role, code = self.names.actor(fields["actor"])
        names = tuple(fields)
        form = self._forms.get(names)
        if form is None:
            form = self._forms[names] = _Form(names)
        head, body = form.head(fields), form.body(fields)
        if form.nested:
            body = tuple(map(flat, body))
        row = form.template % (index, case, *head, role, code, *body, leaf_hash.hex())
        if not is_risky(row, len(EVENT_COLUMNS)):
            return row.encode("utf-8", "backslashreplace") + b"\r\n"
        more = {"case": case, "role": role, "code": code, "at": index, "hash": leaf_hash.hex()}
        return csv_row(_cells(fields, more))


def _cells(fields: dict[str, Any], more: dict[str, object]) -> list[str]:
    """Give the cells of a row one by one, lists and tables flattened."""
    ways = ("type", "t", "local_date", "tz")
    return [
        *(str(more["at"]), str(more["case"]), *(flat(fields.get(name, "")) for name in ways)),
        *(str(more["role"]), str(more["code"])),
        *(flat(fields.get(name, "")) for name in _AS_IS),
        *(flat(fields["step"]), flat(fields["prev"]), str(more["hash"])),
    ]


def flat(value: object) -> str:
    """Write a value of an entry in one cell: lists by spaces, tables as `key:value;key:value`."""
    if isinstance(value, dict):
        return ";".join(f"{key}:{value[key]}" for key in sorted(value))
    if isinstance(value, list):
        return " ".join(map(flat, value))
    return str(value)


def views(
    book: Book,
    *,
    salt: bytes,
    start: str,
    end: str,
    calendar: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, bytes]:
    """Make all tables of a period, both days with it, each as the bytes of its file.

    For a long log write `event_rows` to the disk as they come. Raises ValueError for a book whose
    leaves can be read only once.
    """
    made = {"events.csv": b"".join(event_rows(book, salt=salt, start=start, end=end))}
    return made | small_views(book, salt=salt, start=start, end=end, calendar=calendar)


def small_views(
    book: Book,
    *,
    salt: bytes,
    start: str,
    end: str,
    calendar: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, bytes]:
    """Make all tables but events.csv."""
    names = Pseudonyms(salt)
    chosen = [one for one in book.requests if is_in_period(one, start, end)]
    return {
        "requests.csv": _table(REQUEST_COLUMNS, (_request_row(book, names, r) for r in chosen)),
        "deadlines.csv": _table(
            DEADLINE_COLUMNS, _deadline_rows(book, names, chosen, Holidays(calendar))
        ),
        "sample.csv": _table(SAMPLE_COLUMNS, sample(book, names, start, end)),
        "figures.json": figures_bytes(figures(book, start, end)),
    }


def event_rows(book: Book, *, salt: bytes, start: str, end: str) -> Iterator[bytes]:
    """Give events.csv row by row, reading the leaves a second time."""
    if book.leaves is None:
        message = "The leaves of this book can be read only once: give read_log a list."
        raise ValueError(message)
    events = Events(salt, start, end)
    yield events.head()
    for index, leaf, leaf_hash in book.leaves:
        number = book.links.chain_of[index]
        if leaf and number >= 0:
            yield events.row(index, read_leaf(leaf), book.chains[number], leaf_hash)


def is_in_period(request: Request, start: str, end: str) -> bool:
    """Say whether a request was open on any day of a period."""
    return request.received_on <= end and not (request.closed_on and request.closed_on < start)


def sample(
    book: Book, names: Pseudonyms, start: str, end: str, most: int = SAMPLE_CASES
) -> list[tuple[object, ...]]:
    """Draw cases by SHA-256 of the root, "sample" and a counter, so that nobody can choose them.

    Out of all cases received in the period in the order of the log, without drawing one twice.
    """
    received = {one.chain for one in book.requests if start <= one.received_on <= end}
    cases = [book.chains[number] for number in sorted(received)]
    drawn: list[tuple[object, ...]] = []
    places: set[int] = set()
    counter = 0
    while len(drawn) < min(most, len(cases)):
        digest = sha256(book.root + b"sample" + str(counter).encode()).digest()
        place = int.from_bytes(digest, "big") % len(cases)
        if place not in places:
            places.add(place)
            case = cases[place]
            row = (len(drawn) + 1, counter, digest.hex(), len(cases), place)
            drawn.append((*row, names.case(case.first), case.index))
        counter += 1
    return drawn


def _table(columns: tuple[str, ...], rows: Any) -> bytes:  # noqa: ANN401 - any rows of cells
    return b"".join([csv_row(columns), *map(csv_row, rows)])


def _request_row(book: Book, names: Pseudonyms, one: Request) -> tuple[object, ...]:
    chain = book.chains[one.chain]
    numbers = ("" if value is None else value for value in (chain.year, chain.number))
    answer = "" if one.answered_index is None else one.answered_index
    return (
        *(names.case(chain.first), one.right, *numbers, one.received, one.received_on, one.zone),
        *(one.channel, one.country, one.language, one.calendar, one.due, one.due_b),
        *(one.extended_to, one.extended_on, " ".join(one.reasons), one.letter_on),
        *(one.suspended_days, one.answered, one.answered_on, one.outcome, one.ground),
        *(one.closed, one.closed_on, one.stage, one.overdue_on, one.backup_until),
        *(one.backup_ended_on, one.index, answer, one.last_index),
    )


def _deadline_rows(
    book: Book,
    names: Pseudonyms,
    requests: list[Request],
    holidays: Holidays,
) -> Iterator[tuple[object, ...]]:
    for one in requests:
        case = names.case(book.chains[one.chain].first)
        for day in due_days(one, holidays):
            skipped = "; ".join(f"{on} {why}" for on, why in day.skipped)
            yield (
                *(case, one.right, day.clock, one.received_on, day.months, day.suspended_days),
                *(day.raw_end, skipped, day.computed, day.recorded, day.agrees),
                *(one.calendar, day.index),
            )
