"""Single entries for tests of the reader: a little log written one entry after the other."""

import json
from typing import Any

from subjects.audit.standalone.merkle import leaf_hash, root_of
from subjects.audit.standalone.reading import Book, read_log

HOUSE = "house"
RECEIVED = {
    "right": "art17",
    "channel": "web",
    "country": "FR",
    "received": "2026-11-23T08:00:00Z",
    "local_date": "2026-11-23",
    "tz": "Europe/Paris",
    "calendar": "holidays-0.109/FR",
    "due": "2026-12-23",
}


class Writer:
    """Writes entries; each call gives the index of the one it wrote."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []
        self.hashes: list[bytes] = []
        self.heads: dict[str, tuple[str, int]] = {}
        self.at = "2026-11-23T08:00:00Z"

    def write(self, case: str, event: str, actor: str = "system:log", /, **body: Any) -> int:
        """Write the next entry of `case`; `prev`, `step`, `t` may be given against the order."""
        prev, step = self.heads.get(case, ("0" * 64, 0))
        index = len(self.leaves)
        head = {
            "v": 1,
            "id": f"{index:08x}-0000-4000-8000-000000000000",
            "n": f"{index:032x}",
            "t": self.at,
            "type": event,
            "step": step + 1,
            "prev": prev,
            "actor": actor,
            "case": "0" * 32 if case == HOUSE else f"{index + 1:032x}",
        }
        return self.put(case, head | body)

    def put(self, case: str, fields: dict[str, Any]) -> int:
        leaf = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
        return self.put_bytes(case, leaf, fields["step"])

    def put_bytes(self, case: str, leaf: bytes, step: int) -> int:
        self.leaves.append(leaf)
        self.hashes.append(leaf_hash(leaf))
        self.heads[case] = (self.hashes[-1].hex(), step)
        return len(self.leaves) - 1

    def receive(self, case: str, /, **body: Any) -> int:
        return self.write(case, "request.received", "person", **(RECEIVED | body))

    def census(self) -> int:
        """Write what a census of all entries so far says."""
        heads = sorted(bytes.fromhex(leaf) for leaf, _ in self.heads.values())
        digest = root_of(map(leaf_hash, heads)).hex()
        cases = len(self.heads.keys() - {HOUSE})
        entries = len(self.leaves)
        return self.write(HOUSE, "census", entries=entries, count=cases, digest=digest)

    def read(self, **options: Any) -> Book:
        return read_log(self.triples(), **options)

    def triples(self) -> list[tuple[int, bytes, bytes]]:
        return list(zip(range(len(self.leaves)), self.leaves, self.hashes, strict=True))

    def problems(self, **options: Any) -> list[tuple[int | None, str]]:
        return [(one.index, one.words) for one in self.read(**options).problems]
