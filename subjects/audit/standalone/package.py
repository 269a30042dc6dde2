"""A package or a log folder as it lies there: keys, checkpoints, anchors, and its own account."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from subjects.audit.standalone.bounded import read_whole
from subjects.audit.standalone.findings import Unreadable
from subjects.audit.standalone.notes import (
    NOTE_KEY,
    Checkpoint,
    Note,
    Vkey,
    parse_checkpoint,
    parse_note,
    parse_vkey,
)
from subjects.audit.standalone.problems import Blank, parse_instant
from subjects.audit.standalone.receipts import read_vkeys

if TYPE_CHECKING:
    from pathlib import Path

_INSIDE: Final = re.compile(r"(anchors|witness)/[A-Za-z0-9._-]{1,100}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SALT: Final = re.compile(r"[0-9a-f]{64}")
_ANCHOR_COLUMNS: Final = ["file", "kind", "size", "name", "at"]
STAMP_KIND: Final = "rfc3161"
COSIGNATURE_KIND: Final = "cosignature"


class Seen(NamedTuple):
    """A checkpoint and where it came from."""

    name: str
    raw: bytes
    note: Note
    checkpoint: Checkpoint


class AnchorFile(NamedTuple):
    """A row of anchors.csv: the file, what it is, of how many entries, by whom, and when."""

    file: str
    kind: str
    size: int
    name: str
    at: str


class Package:
    """The parts of a bag (`data` is its folder data/), or of a bare log folder."""

    def __init__(self, log: Path, data: Path | None) -> None:
        self.log, self.data = log, data
        self.newest = self._seen(log / "checkpoint", "the checkpoint of the log")
        self.about = self._about()
        self.vkeys = self._vkeys()

    def path(self, name: str) -> Path:
        """Give where a file of the bag's data lies; a bare log folder has none."""
        return (self.data or self.log) / name

    def has(self, name: str) -> bool:
        """Say whether a file or folder of the bag's data is there."""
        return self.data is not None and self.path(name).exists()

    def read(self, name: str) -> bytes:
        """Read a file of the bag's data whole. Raises Unreadable."""
        return read_whole(self.path(name))

    def older(self) -> list[Seen]:
        """Give all kept checkpoints, the smallest first. Raises Unreadable."""
        if not self.has("checkpoints"):
            return []
        files = [path for path in self.path("checkpoints").iterdir() if path.is_file()]
        seen = [self._seen(path, f"data/checkpoints/{path.name}") for path in files]
        return sorted(seen, key=lambda one: one.checkpoint.size)

    def anchors(self) -> list[AnchorFile]:
        """Read anchors.csv. Raises Unreadable."""
        if not self.has("anchors/anchors.csv"):
            return []
        try:
            lines = self.read("anchors/anchors.csv").decode("utf-8").splitlines()
            rows = csv.DictReader(lines, strict=True)
            found = [_anchor(row) for row in rows]
        except (KeyError, TypeError, ValueError, csv.Error) as error:
            message = "data/anchors/anchors.csv cannot be read."
            raise Unreadable(message) from error
        if rows.fieldnames != _ANCHOR_COLUMNS:
            message = "data/anchors/anchors.csv has other columns than it must have."
            raise Unreadable(message)
        return found

    def blanks(self) -> dict[int, Blank]:
        """Read the list of blanked entries, by index. Raises Unreadable."""
        try:
            return {int(row["index"]): _blank(row) for row in self._json_lines("redactions.jsonl")}
        except (KeyError, TypeError, ValueError) as error:
            message = "data/redactions.jsonl cannot be read."
            raise Unreadable(message) from error

    def pruned_below(self) -> int:
        """Give the index below which no entries need be here. Raises Unreadable."""
        told = self.about.get("pruned_below", 0)
        pruned = self.log / "pruned"
        try:
            if self.data is None and pruned.is_file():
                told = read_whole(pruned).split()[0]
            return int(told)
        except (IndexError, TypeError, ValueError) as error:
            message = "It cannot be read below which entry this log was pruned."
            raise Unreadable(message) from error

    def calendar(self) -> dict[str, dict[str, str]]:
        """Read the public holidays of each country; empty where the package has none."""
        if not self.has("policies/calendar.json"):
            return {}
        return read_object(self.path("policies/calendar.json"))

    def witnesses(self) -> dict[str, Vkey]:
        """Read the keys of the witnesses that the policy names, by their key hash in hex."""
        found: dict[str, Vkey] = {}
        lines = (
            self.read("keys/policy").decode("utf-8", "replace") if self.has("keys/policy") else ""
        )
        for line in lines.splitlines():
            words = line.split()
            if words[:1] == ["witness"] and len(words) > 2:  # noqa: PLR2004 - a name and a key
                key = parse_vkey(words[2])
                found[key.key_hash.hex()] = key
        return found

    def _about(self) -> dict[str, Any]:
        if not self.has("export.json"):
            return {}
        about = read_object(self.path("export.json"))
        try:
            _check_about(about)
        except (KeyError, TypeError, ValueError) as error:
            message = f"data/export.json cannot be read: {error} is missing or is none."
            raise Unreadable(message) from error
        return about

    def _vkeys(self) -> list[Vkey]:
        """Read the log's keys: of a package from data/keys, of a log folder from keys beside it."""
        if self.data is not None:
            return read_vkeys(self.read("keys/log.vkey"))
        rows = self._json_lines("keys/history.jsonl")
        keys = [parse_vkey(str(row.get("vkey"))) for row in rows if row.get("purpose") == "log"]
        return [key for key in keys if key.algorithm == NOTE_KEY][::-1]

    def _json_lines(self, name: str) -> list[dict[str, Any]]:
        path = self.path(name)
        if not path.is_file():
            return []
        try:
            rows = [json.loads(line) for line in read_whole(path).decode("utf-8").splitlines()]
        except ValueError as error:
            message = f"{path} cannot be read: it is not JSON, one a line."
            raise Unreadable(message) from error
        return [row for row in rows if isinstance(row, dict)]

    def _seen(self, path: Path, name: str) -> Seen:
        return read_seen(read_whole(path), name)


def _anchor(row: dict[str, str]) -> AnchorFile:
    if not _INSIDE.fullmatch(row["file"]) or row["kind"] not in {STAMP_KIND, COSIGNATURE_KIND}:
        raise ValueError(row)
    return AnchorFile(row["file"], row["kind"], int(row["size"]), row["name"], row["at"])


def _check_about(about: dict[str, Any]) -> None:
    """Raise KeyError, TypeError or ValueError, naming the key, where no check could go on."""
    for name in ("from", "to"):
        if not _DAY.fullmatch(about[name]):
            raise ValueError(name)
        date.fromisoformat(about[name])
    parse_instant(about["made"])
    if not _SALT.fullmatch(about["salt"]):
        name = "salt"
        raise ValueError(name)
    if type(about["pruned_below"]) is not int or about["pruned_below"] < 0:
        name = "pruned_below"
        raise ValueError(name)


def _blank(row: dict[str, Any]) -> Blank:
    prev = bytes.fromhex(row["prev"]) if row.get("prev") else None
    return Blank(bytes.fromhex(row["target"]), str(row["reason"]), prev, int(row.get("step", 0)))


def read_seen(raw: bytes, name: str) -> Seen:
    """Read a signed checkpoint; nothing is verified. Raises NoteRefused."""
    note = parse_note(raw)
    return Seen(name, raw, note, parse_checkpoint(note.text))


def read_object(path: Path) -> dict[str, Any]:
    """Read a file that is one JSON object. Raises Unreadable."""
    try:
        found = json.loads(read_whole(path))
    except (ValueError, RecursionError) as error:
        message = f"{path} cannot be read: it is not JSON."
        raise Unreadable(message) from error
    if not isinstance(found, dict):
        message = f"{path} cannot be read: it is no JSON object."
        raise Unreadable(message)
    return found
