"""Packs for an order that were made to crash their verifier or to borrow a good key."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.receipts import fingerprints
from subjects.audit.standalone.notes import parse_note, parse_vkey, sign_note, vkey_text
from subjects.audit.standalone.receipts import key_fingerprint
from subjects.package import order_bag
from tests.orders import an_order
from tests.package.test_orders import proved, unpacked, verify

pytestmark = pytest.mark.django_db
KEY = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)
PUBLIC = KEY.public_key().public_bytes_raw()


@pytest.fixture
def data(memory_stores, monkeypatch, tmp_path):
    """Give the folder data/ of a pack."""
    monkeypatch.setattr(order_bag, "pdf", lambda _html: None)
    return unpacked(proved(an_order(kind="inquiry")), tmp_path / "pack") / "data"


def said_of(data):
    done = verify(data.parent)
    assert done.returncode == 1
    assert done.stderr == ""
    assert "DOES NOT HOLD" in done.stdout
    return done.stdout


@pytest.mark.parametrize("junk", [b"{", b'{"a":' * 200_000, b"[]", b"9" * 9999, b"\xff\x1b[8m"])
@pytest.mark.parametrize("name", ["order.json", "erasures.jsonl", "log/checkpoint"])
def test_no_junk_stops_the_verdict(data, name, junk):
    (data / name).write_bytes(junk)
    assert f"data/{name} was changed" in said_of(data)


def test_a_device_in_the_place_of_a_file_is_never_read(data):
    (data / "order.json").unlink()
    (data / "order.json").symlink_to("/dev/zero")
    assert "data/order.json is a link, or no file at all" in said_of(data)


def test_a_key_that_is_only_listed_does_not_lend_its_good_name(data):
    good = parse_vkey((data / "keys/log.vkey").read_text().splitlines()[0])
    assert key_fingerprint(good) in verify(data.parent).stdout
    with (data / "keys/log.vkey").open("a") as keys:
        keys.write(vkey_text(good.name, PUBLIC) + "\n")
    mine = key_fingerprint(good._replace(key=PUBLIC))
    assert mine not in said_of(data)
    for path in (data / "log/checkpoint", *(data / "entries").glob("*.tlog-proof")):
        raw = path.read_bytes()
        text = parse_note(raw[raw.index(good.name.encode()) :]).text
        head = raw[: raw.index(text)]
        path.write_bytes(head + text + b"\n" + sign_note(text, good.name, PUBLIC, KEY.sign))
    said = said_of(data)
    assert mine in said
    assert fingerprints()[0] not in said
