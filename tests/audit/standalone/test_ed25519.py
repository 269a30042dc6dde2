"""A signature holds for one key and one message, and no odd number or point gets through."""

import secrets

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from subjects.audit.standalone.ed25519 import verify
from tests.audit.standalone import VECTORS

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]
"""Keys under which one signature can be made to hold for any message."""


def openssl_says(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("case", VECTORS["rfc_8032"]["signatures"])
def test_the_published_signatures_hold(case):
    public, message, signature = (
        bytes.fromhex(case[part]) for part in ("public", "message", "signature")
    )
    assert verify(public, message, signature)
    assert not verify(public, message + b"\0", signature)
    assert not verify(PUBLIC, message, signature)


def test_it_says_what_openssl_says_of_random_signatures():
    for length in range(64):
        key, message = Ed25519PrivateKey.generate(), secrets.token_bytes(length)
        public, signature = key.public_key().public_bytes_raw(), key.sign(message)
        assert verify(public, message, signature)
        for part in range(3):
            parts = [bytearray(public), bytearray(message + b"."), bytearray(signature)]
            at = secrets.randbelow(len(parts[part]))
            parts[part][at] ^= 1 << secrets.randbelow(8)
            changed = tuple(map(bytes, parts))
            assert verify(*changed) is openssl_says(*changed) is False


def test_a_scalar_above_the_order_is_refused():
    signature = KEY.sign(b"text")
    scalar = int.from_bytes(signature[32:], "little")
    raised = signature[:32] + (scalar + ORDER).to_bytes(32, "little")
    assert verify(PUBLIC, b"text", signature)
    assert not verify(PUBLIC, b"text", raised)
    assert not openssl_says(PUBLIC, b"text", raised)


@pytest.mark.parametrize("written", SMALL_ORDER)
def test_a_key_of_small_order_verifies_nothing(written):
    public = bytes.fromhex(written)
    neutral = bytes.fromhex(SMALL_ORDER[0])
    assert not any(verify(public, b"%d" % number, neutral + bytes(32)) for number in range(16))


@pytest.mark.parametrize(
    "y",
    [PRIME, PRIME + 1, 2**255 - 1, 2, 1 + (1 << 255), PRIME - 1 + (1 << 255)],
    ids=["the prime", "above it", "all ones", "on no curve", "minus nothing", "minus nothing, low"],
)
def test_what_is_no_point_is_no_key(y):
    assert not verify(y.to_bytes(32, "little"), b"text", KEY.sign(b"text"))


@pytest.mark.parametrize("point", [0, PRIME, 2, 2**256 - 1])
def test_what_is_no_point_begins_no_signature(point):
    signature = KEY.sign(b"text")
    assert not verify(PUBLIC, b"text", point.to_bytes(32, "little") + signature[32:])


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65])
def test_other_lengths_are_refused(length):
    signature = KEY.sign(b"text")
    assert not verify(PUBLIC, b"text", (signature + signature)[:length])
    assert not verify((PUBLIC + PUBLIC + PUBLIC)[:length], b"text", signature)
