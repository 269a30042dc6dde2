"""Folders of a log: one made up here, or that of a package; and the ways to forge them."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from subjects.audit.standalone.bundles import read_bundle, write_bundle
from subjects.audit.standalone.merkle import EMPTY_ROOT, leaf_hash, root_of, subtrees_of
from subjects.audit.standalone.notes import (
    checkpoint_text,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    sign_note,
    verified_by,
    vkey_text,
    write_note,
)
from subjects.audit.standalone.paths import ENTRIES_LEVEL, bundles_of, tiles_of

ORIGIN: Final = "controller.example/dsr-audit"
KEY: Final = Ed25519PrivateKey.from_private_bytes(b"made up for the tests of the log")


@dataclass(frozen=True)
class Log:
    """What a stranger has of a log: its files, its public key twice, and older checkpoints."""

    folder: Path
    vkey: Path
    pem: Path
    older: Sequence[Path] = ()

    @classmethod
    def of_package(cls, bag: Path) -> "Log":
        """Find the parts in a package for an authority. The first key named is the one in force."""
        keys, log = bag / "data" / "keys", bag / "data" / "log"
        vkey = parse_vkey((keys / "log.vkey").read_text("utf-8").splitlines()[0])
        size = parse_checkpoint(parse_note((log / "checkpoint").read_bytes()).text).size
        notes = {int(path.name): path for path in (bag / "data" / "checkpoints").glob("[0-9]*")}
        older = [
            notes[old]
            for old in sorted(notes)
            if old < size and verified_by(parse_note(notes[old].read_bytes()), [vkey])
        ]
        return cls(
            log,
            keys / "log.vkey",
            keys / f"log-{vkey.key_hash.hex()}.pem",
            older,
        )

    @property
    def size(self) -> int:
        """How many entries the checkpoint speaks of."""
        return parse_checkpoint(parse_note((self.folder / "checkpoint").read_bytes()).text).size

    def leaves(self) -> list[bytes]:
        """Read all entries."""
        paths = map(str, bundles_of(self.size))
        return [one for path in paths for one in read_bundle((self.folder / path).read_bytes())]


def signed(size: int, root: bytes, key: Ed25519PrivateKey = KEY, origin: str = ORIGIN) -> bytes:
    """Sign a checkpoint."""
    text = checkpoint_text(origin, size, root)
    return write_note(text, sign_note(text, origin, key.public_key().public_bytes_raw(), key.sign))


def write_log(folder: Path, leaves: Sequence[bytes], older: Sequence[int] = ()) -> Log:
    """Write a log of these leaves, and what it has signed when it had as many as `older` says."""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    log = Log(
        folder / "log",
        folder / "log.vkey",
        folder / "log.pem",
        [folder / "checkpoints" / str(size) for size in older],
    )
    write_tree(log.folder, leaves)
    put(log.folder / "checkpoint", signed(len(leaves), root_of(hashes)))
    for path, size in zip(log.older, older, strict=True):
        put(path, signed(size, root_of(hashes[:size])))
    public = KEY.public_key()
    put(log.vkey, (vkey_text(ORIGIN, public.public_bytes_raw()) + "\n").encode())
    put(log.pem, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return log


def write_tree(folder: Path, leaves: Sequence[bytes]) -> None:
    """Write the tiles and the bundles of these leaves."""
    subtree = subtrees_of([leaf_hash(leaf) for leaf in leaves])
    for tile in [*tiles_of(len(leaves)), *bundles_of(len(leaves))]:
        places = range(tile.index * 256, tile.index * 256 + tile.width)
        if tile.level == ENTRIES_LEVEL:
            written = write_bundle(leaves[at] for at in places)
        else:
            written = b"".join(subtree(8 * tile.level, at) for at in places)
        put(folder / str(tile), written)


def put(path: Path, written: bytes) -> None:
    """Write a file and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written)


def copied(log: Log, folder: Path) -> Log:
    """Copy a log, so that it can be forged."""
    shutil.copytree(log.folder, folder)
    return Log(folder, log.vkey, log.pem, log.older)


def changed_root(log: Log) -> None:
    """Put another root above the old signature."""
    text = parse_note((log.folder / "checkpoint").read_bytes()).text
    root = text.split(b"\n")[2]
    _resigned(log, text, text.replace(root, checkpoint_text("a", 0, EMPTY_ROOT).split(b"\n")[2]))


def changed_size(log: Log) -> None:
    """Say one entry fewer above the old signature."""
    text = parse_note((log.folder / "checkpoint").read_bytes()).text
    _resigned(log, text, text.replace(b"\n%d\n" % log.size, b"\n%d\n" % (log.size - 1)))


def strangers_signature(log: Log) -> None:
    """Sign the right words with another key, under the log's name."""
    said = parse_checkpoint(parse_note((log.folder / "checkpoint").read_bytes()).text)
    stranger = Ed25519PrivateKey.generate()
    put(log.folder / "checkpoint", signed(said.size, said.root, stranger, said.origin))


def changed_leaf(log: Log) -> None:
    """Change one byte of one entry, and no hash."""
    leaves = log.leaves()
    leaves[log.size // 2] = b"X" + leaves[log.size // 2][1:]
    _write_bundles(log, leaves)


def changed_leaf_and_tiles(log: Log) -> None:
    """Change one byte of one entry, and make all hashes fit it."""
    leaves = log.leaves()
    leaves[log.size // 2] = b"X" + leaves[log.size // 2][1:]
    write_tree(log.folder, leaves)


def swapped_leaves(log: Log) -> None:
    """Put two neighbours each in the other's place."""
    leaves, at = log.leaves(), log.size // 2
    leaves[at - 1 : at + 1] = leaves[at - 1 : at + 1][::-1]
    _write_bundles(log, leaves)


def cut_short(log: Log) -> None:
    """Take away the last entry and its hash."""
    last, tile = (
        list(bundles_of(log.size))[-1],
        [one for one in tiles_of(log.size) if not one[0]][-1],
    )
    path = log.folder / str(last)
    path.write_bytes(write_bundle(read_bundle(path.read_bytes())[:-1]))
    path = log.folder / str(tile)
    path.write_bytes(path.read_bytes()[:-32])


def rewritten_history(log: Log) -> None:
    """Change an early entry and sign all anew: only an older checkpoint tells."""
    leaves = [b"X" + log.leaves()[0][1:], *log.leaves()[1:]]
    write_tree(log.folder, leaves)
    put(log.folder / "checkpoint", signed(len(leaves), root_of(map(leaf_hash, leaves))))


OF_THE_NOTE: Final[Sequence[Callable[[Log], None]]] = (
    changed_root,
    changed_size,
    strangers_signature,
)
"""Whoever checks the signature sees these."""
OF_THE_LOG: Final[Sequence[Callable[[Log], None]]] = (
    *OF_THE_NOTE,
    changed_leaf,
    changed_leaf_and_tiles,
    swapped_leaves,
    cut_short,
    rewritten_history,
)
"""Whoever reads the whole log sees these too."""


def _resigned(log: Log, old: bytes, new: bytes) -> None:
    path = log.folder / "checkpoint"
    path.write_bytes(path.read_bytes().replace(old, new))


def _write_bundles(log: Log, leaves: Sequence[bytes]) -> None:
    for path in bundles_of(log.size):
        start = path.index * 256
        put(log.folder / str(path), write_bundle(leaves[start : start + path.width]))
