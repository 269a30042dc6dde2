"""The parts of a package that are copied and not computed: the log, and what holds it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.conf import settings

from subjects.audit import evidence, keys
from subjects.audit.leaf import instant
from subjects.audit.publish import log_tiles
from subjects.audit.standalone.bundles import write_bundle
from subjects.audit.standalone.cells import csv_row
from subjects.audit.standalone.notes import Vkey
from subjects.audit.standalone.paths import ENTRIES_LEVEL, TILE_WIDTH, bundles_of, tiles_of
from subjects.audit.tiles import Tiles
from subjects.package.bag import Bag
from subjects.package.orders import Order, Progress
from subjects.package.sign import allowed_signers
from subjects.package.texts import LIST, list_of, texts

STAMP: Final = "rfc3161"
ANCHORS: Final = ("file", "kind", "size", "name", "at")


class Evidence(NamedTuple):
    """What somebody outside said of the log, and what is blanked in it."""

    anchors: list[evidence.Anchor]
    blanks: list[evidence.Redaction]
    pruned_below: int


class Leaves:
    """The entries of a log from its folder: index, leaf, leaf hash; as often as they are asked."""

    def __init__(self, tiles: Tiles, size: int, progress: Progress | None = None) -> None:
        self.tiles, self.size, self.progress = tiles, size, progress

    def __iter__(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Read them from the first one on."""
        leaves = self.tiles.entries(0, self.size)
        hashes = self.tiles.leaf_hashes(0, self.size)
        for index, (leaf, leaf_hash) in enumerate(zip(leaves, hashes, strict=True)):
            if self.progress and index % (16 * TILE_WIDTH) == 0:
                self.progress("entries", index, self.size)
            yield index, leaf, leaf_hash
        if self.progress:
            self.progress("entries", self.size, self.size)


def pack_log(bag: Bag, order: Order, progress: Progress) -> None:
    """Copy the tree as it was at the checkpoint, and no tile that is wider."""
    tiles = log_tiles()
    bag.write("log/checkpoint", order.note)
    bundles = (bundle for bundle in bundles_of(order.size) if not tiles.is_pruned(bundle.index))
    pieces = [*tiles_of(order.size), *bundles]
    for done, piece in enumerate(pieces):
        if done % TILE_WIDTH == 0:
            progress("log", done, len(pieces))
        if piece.level == ENTRIES_LEVEL:
            data = write_bundle(tiles.bundle(piece.index, piece.width))
        else:
            data = tiles.hashes(piece.level, piece.index, piece.width)
        bag.write(f"log/{piece}", data)
    progress("log", len(pieces), len(pieces))


def pack_evidence(bag: Bag, order: Order, progress: Progress) -> Evidence:
    """Write keys, earlier checkpoints, stamps, cosignatures, blanks and the texts in force."""
    progress("evidence", 0, 1)
    pack_keys(bag)
    for size, note in evidence.checkpoints(order.size):
        bag.write(f"checkpoints/{size}", note)
    anchors = evidence.anchors(order.size)
    _pack_anchors(bag, anchors)
    blanks = _blanks(order)
    bag.write("redactions.jsonl", _lines([asdict(blank) for blank in blanks]))
    _pack_texts(bag)
    progress("evidence", 1, 1)
    return Evidence(anchors, blanks, min(log_tiles().pruned_below(), order.size))


def pack_keys(bag: Bag) -> None:
    """Write every public key there was; in log.vkey the one in force stands first."""
    records = keys.history()
    log = [record for record in records if record.purpose == keys.LOG][::-1]
    bag.write("keys/log.vkey", "".join(f"{record.vkey}\n" for record in log).encode())
    for record in log:
        bag.write(f"keys/log-{hex_of(record.verifier)}.pem", record.pem.encode())
    export = keys.export_key()
    bag.write("keys/export.pem", export.pem.encode())
    bag.write("keys/allowed_signers", allowed_signers(settings.LOG_ORIGIN, export.public))
    bag.write("keys/key-history.jsonl", _lines([asdict(record) for record in records]))
    bag.write("keys/policy", _file(settings.WITNESS_POLICY_FILE))


def fingerprints() -> list[str]:
    """Give the fingerprints of the log's keys, that in force first."""
    return [record.fingerprint for record in keys.history() if record.purpose == keys.LOG][::-1]


def hex_of(vkey: Vkey) -> str:
    """Give the key hash as it stands in names of files."""
    return vkey.key_hash.hex()


def _blanks(order: Order) -> list[evidence.Redaction]:
    """List the entries that are blanked because of a mistake, and are so in the bundles."""
    tiles = log_tiles()
    return [
        redaction
        for redaction in evidence.redactions(order.size)
        if next(tiles.entries(redaction.index, redaction.index + 1)) == b""
    ]


def _pack_anchors(bag: Bag, anchors: Sequence[evidence.Anchor]) -> None:
    rows, numbers = [], dict.fromkeys((anchor.size for anchor in anchors), 0)
    for anchor in anchors:
        numbers[anchor.size] += 1
        name = f"{anchor.size}-{numbers[anchor.size]}"
        stamp = anchor.kind == STAMP
        path = f"anchors/{name}.tsr" if stamp else f"witness/{name}.cosig"
        bag.write(path, anchor.proof)
        rows.append((path, anchor.kind, anchor.size, anchor.name, instant(anchor.at)))
    bag.write("anchors/anchors.csv", b"".join(map(csv_row, [ANCHORS, *rows])))
    if certificates := _file(settings.TIMESTAMP_CA_FILE):
        bag.write("anchors/tsa-ca.pem", certificates)


def _pack_texts(bag: Bag) -> None:
    published = texts()
    for path, text in published.items():
        bag.write(f"policies/{path}", text)
    bag.write(f"policies/{LIST}", list_of(published))


def _file(path: str) -> bytes:
    """Read a file that a setting names; nothing where none is named or it is gone."""
    try:
        return Path(path).read_bytes() if path else b""
    except OSError:
        return b""


def _lines(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows).encode()
