"""Which witnesses hold this log, and how many of them are enough: a file of C2SP tlog-policy."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, NoReturn
from urllib.parse import urlsplit

from subjects.audit.standalone.notes import (
    COSIGNATURE_KEY,
    NOTE_KEY,
    NoteRefused,
    Vkey,
    parse_vkey,
)
from subjects.errors import WitnessPolicyBroken

NONE: Final = "none"
MOST_BYTES: Final = 64 * 1024
_FOREIGN: Final = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_THRESHOLD: Final = re.compile(r"[1-9][0-9]{0,3}")
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who cosigns: a name within the policy, a key, and where to ask ("" if nowhere)."""

    name: str
    vkey: Vkey
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Some witnesses or groups, of which so many are enough."""

    enough: int
    members: tuple[str, ...]


@dataclass(slots=True)
class Policy:
    """The whole file."""

    logs: list[Vkey] = field(default_factory=list)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = ""

    def holds(self, cosigned: Collection[str]) -> bool:
        """Say whether the witnesses of these names are enough together."""
        held = dict.fromkeys(self.witnesses, False) | dict.fromkeys(cosigned, True) | {NONE: True}
        for name, group in self.groups.items():
            held[name] = sum(held[one] for one in group.members) >= group.enough
        return held[self.quorum]


def parse_policy(data: bytes) -> Policy:
    """Read a policy strictly. Raises WitnessPolicyBroken, which names the line."""
    if len(data) > MOST_BYTES:
        raise WitnessPolicyBroken(0, f"it is larger than {MOST_BYTES} bytes")
    reader = _Reader()
    for number, line in enumerate(data.split(b"\n"), start=1):
        reader.number = number
        if _FOREIGN.search(line):
            reader.refuse("it has a sign that is no text")
        # Names are octets to the specification: whatever is not UTF-8 is spelt out.
        words = [
            word for word in re.split(r"[ \t]", line.decode(errors="backslashreplace")) if word
        ]
        if words and not words[0].startswith("#"):
            reader.take(words)
    if not reader.policy.quorum:
        raise WitnessPolicyBroken(0, "a line `quorum …` is missing")
    return reader.policy


class _Reader:
    """Takes the policy line by line; a line may only speak of names above it."""

    def __init__(self) -> None:
        self.policy = Policy()
        self.number = 0
        self.members: set[str] = set()

    def refuse(self, why: str) -> NoReturn:
        raise WitnessPolicyBroken(self.number, why)

    def take(self, words: list[str]) -> None:
        kinds = {
            "log": self.log,
            "witness": self.witness,
            "group": self.group,
            "quorum": self.quorum,
        }
        if words[0] not in kinds:
            self.refuse("it begins with none of log, witness, group, quorum")
        kinds[words[0]](words[1:])

    def log(self, words: list[str]) -> None:
        vkey, _url = self.key_and_address(words, NOTE_KEY)
        if vkey.key in {one.key for one in self.policy.logs}:
            self.refuse("this log is there twice")
        self.policy.logs.append(vkey)

    def witness(self, words: list[str]) -> None:
        name = self.new_name(words)
        vkey, url = self.key_and_address(words[1:], COSIGNATURE_KEY)
        if vkey.key in {one.vkey.key for one in self.policy.witnesses.values()}:
            self.refuse("this witness is there twice")
        self.policy.witnesses[name] = Witness(name, vkey, url)

    def group(self, words: list[str]) -> None:
        name, members = self.new_name(words), tuple(words[2:])
        if not members:
            self.refuse("a group is a name, any, all or a number, and its members")
        for member in members:
            self.known(member)
            if member in self.members:
                self.refuse("one of its members is in a group already")
            self.members.add(member)
        enough = {"any": "1", "all": str(len(members))}.get(words[1], words[1])
        if not _THRESHOLD.fullmatch(enough) or int(enough) > len(members):
            self.refuse("it wants any, all, or a number up to that of its members")
        self.policy.groups[name] = Group(int(enough), members)

    def quorum(self, words: list[str]) -> None:
        if self.policy.quorum:
            self.refuse("there is another quorum above")
        if len(words) != 1:
            self.refuse("a quorum is one name, or none")
        if words[0] != NONE:
            self.known(words[0])
        self.policy.quorum = words[0]

    def key_and_address(self, words: list[str], algorithm: int) -> tuple[Vkey, str]:
        if not 1 <= len(words) <= 2:  # noqa: PLR2004 - a key, and perhaps an address
            self.refuse("it wants a key and, if one can ask there, an address")
        try:
            vkey = parse_vkey(words[0])
        except NoteRefused as refused:
            self.refuse(f"its key is not one: {refused}".rstrip("."))
        if vkey.algorithm != algorithm:
            right = (
                "a cosignature/v1 key (type 04)" if algorithm != NOTE_KEY else "a log's key (01)"
            )
            self.refuse(f"its key must be {right}")
        return vkey, self.address(words[1]) if words[1:] else ""

    def address(self, url: str) -> str:
        try:
            parts = urlsplit(url)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            good = False
        if not good:
            self.refuse("its address must begin with https:// or http:// and name a host")
        return url.rstrip("/")

    def new_name(self, words: list[str]) -> str:
        taken = self.policy.witnesses.keys() | self.policy.groups.keys()
        if len(words) < 2:  # noqa: PLR2004 - a name and something about it
            self.refuse("a name or what follows it is missing")
        if words[0] == NONE or words[0] in taken or len(words[0]) > _LONGEST_NAME:
            self.refuse("its name is taken, is `none`, or has over 200 signs")
        return words[0]

    def known(self, name: str) -> None:
        if name not in self.policy.witnesses and name not in self.policy.groups:
            self.refuse("it speaks of a name that no line above has")
