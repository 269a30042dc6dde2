"""Tessera's own test log comes out byte for byte when our code writes it."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.bundles import write_bundle
from subjects.audit.standalone.merkle import leaf_hash, root_of
from subjects.audit.standalone.notes import (
    checkpoint_text,
    parse_note,
    parse_vkey,
    sign_note,
    verified_by,
    vkey_text,
    write_note,
)
from tests.audit.standalone import VECTORS

TESSERA = VECTORS["tessera"]
KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(TESSERA["seed"]))
PUBLIC = KEY.public_key().public_bytes_raw()
VKEY = parse_vkey(TESSERA["vkey"])
LEAVES = [leaf.encode() for leaf in TESSERA["leaves"]]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
SIZES = range(1, len(LEAVES) + 1)


def digest(written: bytes) -> str:
    return sha256(written).hexdigest()


def test_the_key_is_written_as_theirs():
    assert vkey_text(VKEY.name, PUBLIC) == TESSERA["vkey"]


def test_every_checkpoint_is_theirs():
    assert len(TESSERA["checkpoints"]) == 16
    for size, wanted in enumerate(TESSERA["checkpoints"]):
        text = checkpoint_text(VKEY.name, size, root_of(HASHES[:size]))
        note = write_note(text, sign_note(text, VKEY.name, PUBLIC, KEY.sign))
        assert digest(note) == wanted
        assert verified_by(parse_note(note), [VKEY]) == [VKEY]


def test_every_tile_of_hashes_is_theirs():
    assert [digest(b"".join(HASHES[:size])) for size in SIZES] == TESSERA["tiles"]


def test_every_bundle_of_entries_is_theirs():
    assert [digest(write_bundle(LEAVES[:size])) for size in SIZES] == TESSERA["bundles"]
