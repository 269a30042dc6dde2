"""A note is believed when the right key has signed it, and is refused when it is oddly written."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.merkle import EMPTY_ROOT
from subjects.audit.standalone.notes import (
    COSIGNATURE_KEY,
    MOST_SIGNATURES,
    Checkpoint,
    Note,
    NoteRefused,
    NoteSignature,
    Vkey,
    checkpoint_text,
    cosigned_at,
    cosigned_message,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    sign_cosignature,
    sign_note,
    signature_line,
    verified_by,
    vkey_text,
    write_note,
)

ORIGIN = "controller.example/dsr-audit"
WITNESS = "witness.example/w1"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
LOG_PUBLIC = LOG_KEY.public_key().public_bytes_raw()
WITNESS_PUBLIC = WITNESS_KEY.public_key().public_bytes_raw()
LOG_VKEY = parse_vkey(vkey_text(ORIGIN, LOG_PUBLIC))
WITNESS_VKEY = parse_vkey(vkey_text(WITNESS, WITNESS_PUBLIC, COSIGNATURE_KEY))
SEEN_AT = 1_795_392_000
TEXT = checkpoint_text(ORIGIN, 0, EMPTY_ROOT)
LOG_LINE = sign_note(TEXT, ORIGIN, LOG_PUBLIC, LOG_KEY.sign)
WITNESS_LINE = sign_cosignature(TEXT, WITNESS, WITNESS_PUBLIC, SEEN_AT, WITNESS_KEY.sign)
NOTE = write_note(TEXT, LOG_LINE, WITNESS_LINE)


def note_with(signature: NoteSignature) -> Note:
    return parse_note(write_note(TEXT, LOG_LINE, signature.line()))


def test_a_note_is_verified_by_those_who_signed_it():
    note = parse_note(NOTE)
    assert note.text == TEXT
    assert verified_by(note, [LOG_VKEY, WITNESS_VKEY]) == [LOG_VKEY, WITNESS_VKEY]
    assert verified_by(note, [WITNESS_VKEY]) == [WITNESS_VKEY]
    assert verified_by(note, []) == []


def test_a_note_is_written_as_it_was_read():
    note = parse_note(NOTE)
    assert write_note(note.text, *(one.line() for one in note.signatures)) == NOTE


def test_a_note_is_laid_out_as_c2sp_says():
    text, line = NOTE.decode().split("\n\n")[0], LOG_LINE.decode()
    assert text == f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert line.startswith(f"— {ORIGIN} ")
    assert line.endswith("\n")


def test_a_vkey_is_the_one_that_the_specification_of_go_prints():
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    read = parse_vkey(text)
    assert (read.name, read.key_hash.hex(), read.algorithm) == ("PeterNeumann", "c74f20a3", 1)
    assert vkey_text(read.name, read.key) == text


def test_a_stranger_s_key_of_the_same_name_verifies_nothing():
    other = parse_vkey(vkey_text(ORIGIN, WITNESS_PUBLIC))
    assert verified_by(parse_note(NOTE), [other]) == []
    renamed = parse_vkey(vkey_text("other.example", LOG_PUBLIC))
    assert verified_by(parse_note(NOTE), [renamed]) == []


def test_a_forged_key_hash_verifies_nothing():
    forged = Vkey(ORIGIN, LOG_VKEY.key_hash, 1, WITNESS_PUBLIC)
    assert verified_by(parse_note(NOTE), [forged]) == []


def test_one_wrong_signature_of_a_known_key_spoils_the_note():
    wrong = note_with(NoteSignature(WITNESS, WITNESS_VKEY.key_hash, bytes(72)))
    assert verified_by(wrong, [LOG_VKEY]) == [LOG_VKEY]
    assert verified_by(wrong, [LOG_VKEY, WITNESS_VKEY]) == []


@pytest.mark.parametrize("old", [b"\n0\n", b"47DEQ", b"controller"])
def test_a_changed_text_verifies_under_no_key(old):
    new = {b"\n0\n": b"\n1\n", b"47DEQ": b"57DEQ", b"controller": b"comptroller"}[old]
    changed = parse_note(NOTE.replace(old, new, 1))
    assert verified_by(changed, [LOG_VKEY, WITNESS_VKEY]) == []


def test_lines_of_unknown_keys_and_algorithms_are_passed_over():
    unknown = NoteSignature("post-quantum.example", b"\1\2\3\4", bytes(2420))
    assert verified_by(note_with(unknown), [LOG_VKEY]) == [LOG_VKEY]


def test_a_key_in_rotation_leaves_the_note_good_under_the_old_and_the_new():
    new = Ed25519PrivateKey.generate()
    public = new.public_key().public_bytes_raw()
    note = parse_note(write_note(TEXT, sign_note(TEXT, ORIGIN, public, new.sign), LOG_LINE))
    new_vkey = parse_vkey(vkey_text(ORIGIN, public))
    assert verified_by(note, [LOG_VKEY]) == [LOG_VKEY]
    assert verified_by(note, [new_vkey]) == [new_vkey]


def test_a_cosignature_says_when_it_was_given():
    note = parse_note(NOTE)
    assert cosigned_at(note, WITNESS_VKEY) == SEEN_AT
    assert cosigned_at(note, LOG_VKEY) is None
    assert cosigned_message(TEXT, 7) == b"cosignature/v1\ntime 7\n" + TEXT


def test_the_time_of_a_cosignature_is_signed():
    signature = parse_note(NOTE).signatures[1]
    later = signature._replace(signature=b"\0\0\0\0\x7f" + signature.signature[5:])
    assert verified_by(note_with(later), [WITNESS_VKEY]) == []
    after_all_time = signature._replace(signature=b"\xff" + signature.signature[1:])
    assert verified_by(note_with(after_all_time), [WITNESS_VKEY]) == []
    cut = signature._replace(signature=signature.signature[8:])
    assert verified_by(note_with(cut), [WITNESS_VKEY]) == []


def test_a_log_s_signature_is_no_cosignature():
    as_witness = parse_vkey(vkey_text(ORIGIN, LOG_PUBLIC, COSIGNATURE_KEY))
    line = signature_line(ORIGIN, as_witness.key_hash, bytes(8) + LOG_KEY.sign(TEXT))
    assert verified_by(parse_note(write_note(TEXT, line)), [as_witness]) == []


def test_sixteen_signatures_are_read_and_a_hundred_are_refused():
    lines = [signature_line(f"w{number}.example", b"hash", b"s") for number in range(100)]
    assert len(parse_note(write_note(TEXT, *lines[:16])).signatures) == 16
    assert len(parse_note(write_note(TEXT, *lines[:MOST_SIGNATURES])).signatures) == 64
    with pytest.raises(NoteRefused):
        write_note(TEXT, *lines)


def test_a_text_may_have_empty_lines_and_the_last_one_parts_it_from_the_signatures():
    text = "Questa è una nota:\n\ncon due parti.\n".encode()
    line = sign_note(text, ORIGIN, LOG_PUBLIC, LOG_KEY.sign)
    note = parse_note(write_note(text, line))
    assert note.text == text
    assert verified_by(note, [LOG_VKEY]) == [LOG_VKEY]


HOSTILE_NOTES = {
    "nothing": b"",
    "only newlines": b"\n\n\n",
    "no signatures": TEXT,
    "no signatures after the empty line": TEXT + b"\n",
    "no text": b"\n\n" + LOG_LINE,
    "no newline at the end": NOTE[:-1],
    "carriage returns": NOTE.replace(b"\n", b"\r\n"),
    "a zero byte": NOTE.replace(b"controller", b"contr\0oller"),
    "a delete sign": NOTE.replace(b"controller", b"contr\x7foller"),
    "a control character of Latin-1": NOTE.replace(b"controller", b"contr\xc2\x85oller"),
    "a line separator of Unicode": NOTE.replace(b"controller", b"contr\xe2\x80\xa8oller"),
    "bytes that are not UTF-8": NOTE.replace(b"controller", b"contr\xffoller"),
    "a surrogate": NOTE.replace(b"controller", b"contr\xed\xa0\x80oller"),
    "more than a megabyte": b"a" * 1_000_000 + b"\n\n" + LOG_LINE,
    "the same line twice": NOTE + LOG_LINE,
    "a second signature of one key": NOTE + signature_line(ORIGIN, LOG_VKEY.key_hash, b"x"),
    "a hyphen for the dash": NOTE.replace("— ".encode(), b"- "),
    "no space after the dash": NOTE.replace("— ".encode(), "—".encode()),
    "a line without a signature": NOTE + "— name.example\n".encode(),
    "a signature of a key hash alone": NOTE + b"\xe2\x80\x94 name.example aGFzaA==\n",
    "a line without a name": NOTE + b"\xe2\x80\x94  aGFzaGhhc2g=\n",
    "a plus sign in a name": NOTE + b"\xe2\x80\x94 a+b aGFzaGhhc2g=\n",
    "a no-break space in a name": NOTE + "— a\u00a0b aGFzaGhhc2g=\n".encode(),
    "two spaces": NOTE + b"\xe2\x80\x94 name.example  aGFzaGhhc2g=\n",
    "a space at the end": NOTE + b"\xe2\x80\x94 name.example aGFzaGhhc2g= \n",
    "base64 without its padding": NOTE + b"\xe2\x80\x94 name.example aGFzaGhhc2g\n",
    "base64 with bits to spare": NOTE + b"\xe2\x80\x94 name.example aGFzaGhhc2h=\n",
    "base64 for addresses": NOTE + b"\xe2\x80\x94 name.example _-__________\n",
}


@pytest.mark.parametrize("note", HOSTILE_NOTES.values(), ids=HOSTILE_NOTES.keys())
def test_a_note_that_is_oddly_written_is_refused(note):
    with pytest.raises(NoteRefused):
        parse_note(note)


ROOT_TEXT = b64encode(EMPTY_ROOT)


def test_a_checkpoint_is_read_as_it_was_written():
    big = Checkpoint(ORIGIN, 2**63 - 1, EMPTY_ROOT)
    assert parse_checkpoint(checkpoint_text(*big)) == big
    assert parse_checkpoint(TEXT) == Checkpoint(ORIGIN, 0, EMPTY_ROOT)


def test_lines_of_extensions_are_passed_over_and_never_written():
    assert parse_checkpoint(TEXT + b"an extension\nanother\n") == parse_checkpoint(TEXT)
    assert TEXT.count(b"\n") == 3


HOSTILE_CHECKPOINTS = {
    "two lines": b"origin\n5\n",
    "no newline at the end": b"origin\n5\n" + ROOT_TEXT,
    "an empty origin": b"\n5\n" + ROOT_TEXT + b"\n",
    "an empty extension": b"origin\n5\n" + ROOT_TEXT + b"\n\nmore\n",
    "an empty line at the end": b"origin\n5\n" + ROOT_TEXT + b"\n\n",
    "a leading zero": b"origin\n05\n" + ROOT_TEXT + b"\n",
    "a plus sign": b"origin\n+5\n" + ROOT_TEXT + b"\n",
    "a minus sign": b"origin\n-5\n" + ROOT_TEXT + b"\n",
    "an underscore": b"origin\n5_0\n" + ROOT_TEXT + b"\n",
    "digits of another script": "origin\n\N{ARABIC-INDIC DIGIT FIVE}\n".encode()
    + ROOT_TEXT
    + b"\n",
    "a size beyond all trees": b"origin\n9223372036854775808\n" + ROOT_TEXT + b"\n",
    "a size of a thousand digits": b"origin\n" + b"9" * 1000 + b"\n" + ROOT_TEXT + b"\n",
    "a short root": b"origin\n5\n" + b64encode(bytes(31)) + b"\n",
    "a long root": b"origin\n5\n" + b64encode(bytes(33)) + b"\n",
    "no base64": b"origin\n5\n" + ROOT_TEXT.replace(b"+", b"-") + b"\n",
    "a space": b"origin\n5 \n" + ROOT_TEXT + b"\n",
    "a carriage return": b"origin\r\n5\r\n" + ROOT_TEXT + b"\r\n",
    "bytes that are not UTF-8": b"\xff\n5\n" + ROOT_TEXT + b"\n",
}


@pytest.mark.parametrize("text", HOSTILE_CHECKPOINTS.values(), ids=HOSTILE_CHECKPOINTS.keys())
def test_a_checkpoint_that_is_oddly_written_is_refused(text):
    with pytest.raises(NoteRefused):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "parts",
    [
        ("", 1, EMPTY_ROOT),
        ("two\nlines", 1, EMPTY_ROOT),
        (ORIGIN, -1, EMPTY_ROOT),
        (ORIGIN, 1, b"short"),
        (ORIGIN, 2**63, EMPTY_ROOT),
    ],
)
def test_no_checkpoint_is_written_that_would_not_be_read(parts):
    with pytest.raises(NoteRefused):
        checkpoint_text(*parts)


VKEY = vkey_text(ORIGIN, LOG_PUBLIC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        VKEY.replace("+", " ", 1),
        VKEY.replace(ORIGIN, "other.example"),
        VKEY.replace(LOG_VKEY.key_hash.hex(), LOG_VKEY.key_hash.hex().upper()),
        VKEY + "=",
        VKEY[:-4],
        f"{ORIGIN}+00000000+{b64encode(bytes([6]) + LOG_PUBLIC).decode()}",
        f"{ORIGIN}+00000000+{b64encode(bytes([1]) + LOG_PUBLIC).decode()}",
    ],
)
def test_a_key_that_is_oddly_written_is_refused(text):
    with pytest.raises(NoteRefused):
        parse_vkey(text)


@pytest.mark.parametrize(("name", "public"), [("", LOG_PUBLIC), ("a b", LOG_PUBLIC), ("a", b"k")])
def test_no_key_is_written_that_would_not_be_read(name, public):
    with pytest.raises(NoteRefused):
        vkey_text(name, public)


@pytest.mark.parametrize("text", [b"", b"\n", b"no newline"])
def test_no_note_is_written_that_would_not_be_read(text):
    with pytest.raises(NoteRefused):
        write_note(text, LOG_LINE)
