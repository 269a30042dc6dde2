"""A receipt proves one entry under one signed checkpoint, and nothing when it is changed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.merkle import (
    inclusion_proof,
    leaf_hash,
    root_of,
    subtrees_of,
)
from subjects.audit.standalone.notes import (
    COSIGNATURE_KEY,
    checkpoint_text,
    parse_vkey,
    sign_cosignature,
    sign_note,
    vkey_text,
    write_note,
)
from subjects.audit.standalone.proofs import (
    ProofRefused,
    check_proof,
    read_proof,
    write_proof,
)

ORIGIN = "controller.example/dsr-audit"
KEY = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
VKEY = parse_vkey(vkey_text(ORIGIN, PUBLIC))
LEAVES = [b"entry %d" % number for number in range(11)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
TEXT = checkpoint_text(ORIGIN, len(LEAVES), root_of(HASHES))
NOTE = write_note(TEXT, sign_note(TEXT, ORIGIN, PUBLIC, KEY.sign))
INDEX = 6
PROOF = inclusion_proof(INDEX, len(LEAVES), subtrees_of(HASHES))
WRITTEN = write_proof(INDEX, PROOF, NOTE)


def test_a_receipt_proves_its_entry():
    checkpoint = check_proof(WRITTEN, LEAVES[INDEX], [VKEY])
    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, len(LEAVES))


def test_a_proof_is_laid_out_as_c2sp_says():
    lines = WRITTEN.decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 6"]
    assert len(lines[2 : lines.index("")]) == len(PROOF)
    assert WRITTEN.endswith(b"\n\n" + NOTE)


@pytest.mark.parametrize("extra", [b"", b"for whom it is", bytes(300)])
def test_a_proof_is_read_as_it_was_written(extra):
    read = read_proof(write_proof(INDEX, PROOF, NOTE, extra))
    assert read == (INDEX, tuple(PROOF), NOTE, extra)


def test_the_only_entry_of_a_log_needs_no_neighbours():
    text = checkpoint_text(ORIGIN, 1, HASHES[0])
    written = write_proof(0, [], write_note(text, sign_note(text, ORIGIN, PUBLIC, KEY.sign)))
    assert check_proof(written, LEAVES[0], [VKEY]).size == 1


def test_every_entry_has_a_receipt():
    for index, leaf in enumerate(LEAVES):
        proof = inclusion_proof(index, len(LEAVES), subtrees_of(HASHES))
        assert check_proof(write_proof(index, proof, NOTE), leaf, [VKEY]).origin == ORIGIN


def test_another_entry_is_not_proved():
    for leaf in [LEAVES[INDEX + 1], LEAVES[INDEX] + b" ", b""]:
        with pytest.raises(ProofRefused):
            check_proof(WRITTEN, leaf, [VKEY])


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"index 6", b"index 7"), (b"\n11\n", b"\n12\n"), (b"\n11\n", b"\n6\n")],
)
def test_a_changed_receipt_proves_nothing(old, new):
    assert old in WRITTEN
    with pytest.raises(ProofRefused):
        check_proof(WRITTEN.replace(old, new), LEAVES[INDEX], [VKEY])


def test_a_receipt_of_another_log_proves_nothing():
    stranger = Ed25519PrivateKey.generate()
    public = stranger.public_key().public_bytes_raw()
    forged = write_note(TEXT, sign_note(TEXT, ORIGIN, public, stranger.sign))
    with pytest.raises(ProofRefused):
        check_proof(write_proof(INDEX, PROOF, forged), LEAVES[INDEX], [VKEY])


def test_a_witness_alone_makes_no_receipt():
    name = "witness.example/w1"
    witness = parse_vkey(vkey_text(name, PUBLIC, COSIGNATURE_KEY))
    note = write_note(TEXT, sign_cosignature(TEXT, name, PUBLIC, 1, KEY.sign))
    with pytest.raises(ProofRefused):
        check_proof(write_proof(INDEX, PROOF, note), LEAVES[INDEX], [witness, VKEY])


def test_a_key_of_another_name_makes_no_receipt():
    name = "other.example"
    note = write_note(TEXT, sign_note(TEXT, name, PUBLIC, KEY.sign))
    with pytest.raises(ProofRefused):
        check_proof(
            write_proof(INDEX, PROOF, note), LEAVES[INDEX], [parse_vkey(vkey_text(name, PUBLIC))]
        )


def test_a_note_that_is_no_checkpoint_makes_no_receipt():
    note = write_note(b"text\n", sign_note(b"text\n", ORIGIN, PUBLIC, KEY.sign))
    with pytest.raises(ProofRefused):
        check_proof(write_proof(INDEX, PROOF, note), LEAVES[INDEX], [VKEY])


HOSTILE_PROOFS = {
    "nothing": b"",
    "another header": WRITTEN.replace(b"@v1", b"@v2"),
    "no index": WRITTEN.replace(b"index 6\n", b""),
    "a leading zero": WRITTEN.replace(b"index 6", b"index 06"),
    "a negative index": WRITTEN.replace(b"index 6", b"index -6"),
    "two spaces": WRITTEN.replace(b"index 6", b"index  6"),
    "an empty extra": WRITTEN.replace(b"index 6", b"extra \nindex 6"),
    "an extra that is no base64": WRITTEN.replace(b"index 6", b"extra *\nindex 6"),
    "an extra below the index": WRITTEN.replace(b"index 6", b"index 6\nextra YQ=="),
    "an extra and nothing else": b"c2sp.org/tlog-proof@v1\nextra YQ==\n\n" + NOTE,
    "a short hash": WRITTEN.replace(b"index 6\n", b"index 6\nYQ==\n"),
    "carriage returns": WRITTEN.replace(b"\n", b"\r\n"),
    "no note": WRITTEN[: WRITTEN.index(b"\n\n") + 2],
    "no empty line": WRITTEN.replace(b"\n\n", b"\n"),
    "letters of another script": WRITTEN.replace(
        b"index 6", "index \N{ARABIC-INDIC DIGIT SIX}".encode()
    ),
    "64 hashes": WRITTEN.replace(b"index 6\n", b"index 6\n" + (b"A" * 43 + b"=\n") * 64),
    "two megabytes": WRITTEN + b"x" * 2_000_000,
}


@pytest.mark.parametrize("written", HOSTILE_PROOFS.values(), ids=HOSTILE_PROOFS.keys())
def test_a_proof_that_is_oddly_written_is_refused(written):
    with pytest.raises(ProofRefused):
        read_proof(written)


@pytest.mark.parametrize(
    ("index", "proof", "note"),
    [(-1, PROOF, NOTE), (0, [b"short"], NOTE), (0, [bytes(32)] * 64, NOTE), (0, [], TEXT)],
)
def test_no_proof_is_written_that_would_not_be_read(index, proof, note):
    with pytest.raises(ProofRefused):
        write_proof(index, proof, note)
