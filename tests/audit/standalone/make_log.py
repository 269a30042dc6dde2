"""A made-up log of any length, as leaves, tiles and a signed checkpoint: no database, one seed."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects import deadlines, law
from subjects.audit.standalone.bundles import write_bundle
from subjects.audit.standalone.merkle import CompactRange, leaf_hash, root_of, subtrees_of
from subjects.audit.standalone.notes import checkpoint_text, sign_note, vkey_text, write_note
from subjects.audit.standalone.paths import TILE_HEIGHT, TILE_WIDTH, bundles_of, tiles_of
from tests.audit.standalone.stories import Happens, case_story

ORIGIN = "controller.example/dsr-audit"
ZONE = "Europe/Paris"
COUNTRY = "FR"
FIRST_DAY = date(2026, 1, 5)
HOUSE = "0" * 32
ENTRIES_A_CASE = 28


@dataclass
class MadeLog:
    """A log as its leaves, its keys, and the signed note at the end of each day."""

    leaves: list[bytes]
    hashes: list[bytes]
    days: dict[int, date]
    key: Ed25519PrivateKey
    export_key: Ed25519PrivateKey
    redacted: list[dict[str, Any]] = field(default_factory=list)

    @property
    def triples(self) -> list[tuple[int, bytes, bytes]]:
        return list(zip(range(len(self.leaves)), self.leaves, self.hashes, strict=True))

    @property
    def vkey(self) -> str:
        return vkey_text(ORIGIN, self.key.public_key().public_bytes_raw())

    def note(self, size: int | None = None, root: bytes | None = None) -> bytes:
        """Sign the first `size` entries, or all."""
        size = len(self.hashes) if size is None else size
        text = checkpoint_text(ORIGIN, size, root or root_of(self.hashes[:size]))
        public = self.key.public_key().public_bytes_raw()
        return write_note(text, sign_note(text, ORIGIN, public, self.key.sign))

    def daily_notes(self) -> dict[int, bytes]:
        """Sign the log as it was at the end of each day."""
        tree, notes = CompactRange(), {}
        for size in sorted(self.days):
            tree.extend(self.hashes[tree.size : size])
            notes[size] = self.note(size, tree.root())
        return notes

    def write(self, folder: Path) -> None:
        """Write tiles, bundles and checkpoint as C2SP tlog-tiles has them."""
        write_tiles(folder, self.leaves, self.hashes)
        (folder / "checkpoint").write_bytes(self.note())


def write_tiles(folder: Path, leaves: list[bytes], hashes: list[bytes]) -> None:
    """Write bundles and tiles over these leaves, whatever stood there before."""
    levels = [hashes]
    while len(levels[-1]) >= TILE_WIDTH:
        below = levels[-1]
        full = range(0, len(below) - TILE_WIDTH + 1, TILE_WIDTH)
        levels.append([subtrees_of(below[at : at + TILE_WIDTH])(TILE_HEIGHT, 0) for at in full])
    for tile in tiles_of(len(hashes)):
        start = tile.index * TILE_WIDTH
        _put(folder / str(tile), b"".join(levels[tile.level][start : start + tile.width]))
    for bundle in bundles_of(len(leaves)):
        start = bundle.index * TILE_WIDTH
        _put(folder / str(bundle), write_bundle(leaves[start : start + bundle.width]))


def make_log(entries: int, *, days: int = 365, seed: int = 1, texts: str = "") -> MadeLog:
    """Make about `entries` entries over so many days: cases of every kind, and the house's own.

    `texts` is the digest that the log publishes for laws, policies and letters.
    """
    return _Maker(random.Random(seed)).make(entries, days, texts)  # noqa: S311 - a made-up log


def calendar() -> dict[str, dict[str, str]]:
    """Give the holidays by which the dates of a made log are computed."""
    years = range(FIRST_DAY.year, FIRST_DAY.year + 5)
    found = {
        day: why for year in years for day, why in law.national_holidays(COUNTRY, year).items()
    }
    return {COUNTRY: {day.isoformat(): why for day, why in found.items()}}


class _Maker:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.leaves: list[bytes] = []
        self.hashes: list[bytes] = []
        self.heads: dict[object, tuple[str, int]] = {}
        self.cases = 0
        self.numbers: dict[int, int] = {}
        self.given: dict[int, dict[str, int]] = {}

    def make(self, entries: int, days: int, texts: str) -> MadeLog:
        planned = [*self._house(days, texts), *self._cases(entries, days)]
        ends: dict[int, date] = {}
        today = FIRST_DAY
        for at, _, happens in sorted(planned, key=lambda one: one[:2]):
            if at.date() > today:
                ends[len(self.leaves)] = today
                today = at.date()
            self._write(at, happens)
        ends.pop(0, None)
        ends[len(self.leaves)] = today
        keys = [Ed25519PrivateKey.from_private_bytes(bytes([one]) * 32) for one in (1, 2)]
        return MadeLog(self.leaves, self.hashes, ends, *keys)

    def _cases(self, entries: int, days: int) -> Iterator[tuple[datetime, int, Happens]]:
        wanted = max(entries - 3 * days, ENTRIES_A_CASE) // ENTRIES_A_CASE
        for number in range(wanted):
            start = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
            at = start + timedelta(seconds=self.dice.randrange(6 * 3600, days * 86_400))
            end = start + timedelta(days=days)
            for step, (later, happens) in enumerate(
                case_story(self.dice, number + 1, self._dates(at))
            ):
                if at + later < end:
                    yield at + later, step, happens

    def _dates(self, at: datetime) -> dict[str, Any]:
        """Compute the dates of a case as the portal does."""
        day = at.astimezone(ZoneInfo(ZONE)).date()
        return {
            "at": at,
            "received": instant(at),
            "local_date": day.isoformat(),
            "tz": ZONE,
            "calendar": f"holidays-0.109/{COUNTRY}",
            "due": deadlines.due_on(day, country=COUNTRY).isoformat(),
            "due_b": lambda days: deadlines.due_on(day, country=COUNTRY, suspended_days=days),
            "extended_to": deadlines.extended_due_on(day, COUNTRY).isoformat(),
        }

    def _house(self, days: int, texts: str) -> Iterator[tuple[datetime, int, Happens]]:
        for day in range(days):
            night = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + timedelta(
                days=day, hours=3
            )
            if texts and day == 0:
                yield night, 0, Happens(0, "texts.published", "system:log", {"digest": texts})
            yield night, 1, Happens(0, "heartbeat", "system:log", {"entries": 0})
            yield night, 2, Happens(0, "census", "system:log", {})
        last = datetime.combine(FIRST_DAY, datetime.max.time(), UTC) + timedelta(days=days - 1)
        yield last, 0, Happens(0, "heartbeat", "system:log", {"entries": 0})

    def _write(self, at: datetime, happens: Happens) -> None:
        body = dict(happens.body)
        if happens.type in {"heartbeat", "census"}:
            body["entries"] = len(self.leaves)
        if happens.type == "census":
            body |= self._census()
        if happens.type == "request.received":
            body |= self._number(happens.case, at)
        prev, step = self.heads.get(happens.case, ("0" * 64, 0))
        if happens.case and not step:
            self.cases += 1
        if happens.dated:
            body["local_date"] = at.astimezone(ZoneInfo(ZONE)).date().isoformat()
        head = {
            "v": 1,
            "id": str(self._uuid()),
            "n": self._hex(16),
            "t": instant(at),
            "type": happens.type,
            "case": self._hex(16) if happens.case else HOUSE,
            "step": step + 1,
            "prev": prev,
            "actor": happens.actor,
        }
        leaf = json.dumps(head | body, sort_keys=True, separators=(",", ":")).encode()
        self.leaves.append(leaf)
        self.hashes.append(leaf_hash(leaf))
        self.heads[happens.case] = (self.hashes[-1].hex(), step + 1)

    def _number(self, case: int, at: datetime) -> dict[str, int]:
        year = at.astimezone(ZoneInfo(ZONE)).year
        if case not in self.given:
            self.numbers[year] = self.numbers.get(year, 0) + 1
            self.given[case] = {"year": year, "number": self.numbers[year]}
        return self.given[case]

    def _census(self) -> dict[str, Any]:
        heads = sorted(bytes.fromhex(leaf) for leaf, _ in self.heads.values())
        return {"count": self.cases, "digest": root_of(map(leaf_hash, heads)).hex()}

    def _hex(self, octets: int) -> str:
        return f"{self.dice.getrandbits(octets * 8):0{octets * 2}x}"

    def _uuid(self) -> str:
        text = self._hex(16)
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
