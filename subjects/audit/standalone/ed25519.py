"""Ed25519 signatures, checked in plain Python: RFC 8032, section 5.1.7. It signs nothing."""

from __future__ import annotations

from hashlib import sha512
from typing import Final

SIGNATURE_BYTES: Final = 64
KEY_BYTES: Final = 32
_P: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE: Final = pow(2, (_P - 1) // 4, _P)

_Point = tuple[int, int, int, int]
"""Extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, x * y = T/Z."""
_Addend = tuple[int, int, int, int]
"""A point made ready for additions: (Y + X, Y - X, 2Z, 2dT)."""
_ZERO: Final[_Point] = (0, 1, 1, 0)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether `signature` (64 bytes) of `message` is that of the key `public` (32 bytes).

    Stricter than the RFC asks: a key of small order, under which anything could be signed,
    verifies nothing.
    """
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    key = _read_point(public)
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or scalar >= _ORDER or _is_small(key):
        return False
    digest = sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % _ORDER
    # The point itself is compared, not its multiple by eight: so no two verifiers disagree.
    return _write_point(_double_scalar(scalar, challenge, _minus(key))) == signature[:32]


def _read_point(written: bytes) -> _Point | None:
    """Read 32 bytes as a point (RFC 8032, section 5.1.3); nothing when they are none."""
    y = int.from_bytes(written, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P != u:
        x = x * _ROOT_OF_MINUS_ONE % _P
        if v * x * x % _P != u:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _write_point(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little")


def _minus(point: _Point) -> _Point:
    x, y, z, t = point
    return _P - x, y, z, _P - t


def _is_small(point: _Point) -> bool:
    """Say whether eight times this point is nothing."""
    x, y, z, _ = _doubled(_doubled(_doubled(point)))
    return x == 0 and y == z


def _doubled(point: _Point) -> _Point:
    x, y, z, _ = point
    a, b = x * x % _P, y * y % _P
    h = a + b
    e = h - (x + y) * (x + y)
    g = a - b
    f = 2 * z * z + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _added(point: _Point, addend: _Addend) -> _Point:
    x, y, z, t = point
    plus, less, z2, t2d = addend
    a, b = (y - x) * less, (y + x) * plus
    c, d = t2d * t % _P, z2 * z % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _addend(point: _Point) -> _Addend:
    x, y, z, t = point
    return (y + x) % _P, (y - x) % _P, 2 * z % _P, 2 * _D * t % _P


def _odd_multiples(point: _Point, most: int) -> list[_Addend]:
    """Give 1, 3, 5, … up to `most` times the point; the negative ones lie at negative places.

    The place of an odd k is k itself: [1] is the point, [-1] its opposite.
    """
    table: list[_Addend] = [_addend(_ZERO)] * (2 * most + 2)
    twice = _addend(_doubled(point))
    for odd in range(1, most + 1, 2):
        plus, less, z2, t2d = table[odd] = _addend(point)
        table[-odd] = (less, plus, z2, _P - t2d)
        point = _added(point, twice)
    return table


def _digits(scalar: int, width: int) -> list[int]:
    """Write a scalar in its sparse signed form: odd digits below 2**(width - 1), lowest first."""
    digits: list[int] = []
    while scalar:
        digit = 0
        if scalar & 1:
            digit = scalar & (1 << width) - 1
            if digit >> width - 1:
                digit -= 1 << width
            scalar -= digit
        digits.append(digit)
        scalar >>= 1
    return digits


def _double_scalar(scalar: int, challenge: int, key: _Point) -> _Point:
    """Give scalar * B + challenge * key, in one walk over the bits of both (Shamir's trick)."""
    ones, others = _digits(scalar, _BASE_WIDTH), _digits(challenge, _KEY_WIDTH)
    multiples = _odd_multiples(key, (1 << _KEY_WIDTH - 1) - 1)
    length = max(len(ones), len(others))
    ones += [0] * (length - len(ones))
    others += [0] * (length - len(others))
    found = _ZERO
    for at in range(length - 1, -1, -1):
        found = _doubled(found)
        if ones[at]:
            found = _added(found, _BASE_MULTIPLES[ones[at]])
        if others[at]:
            found = _added(found, multiples[others[at]])
    return found


_BASE_WIDTH: Final = 8
_KEY_WIDTH: Final = 5
_BASE_POINT: Final = _read_point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little")) or _ZERO
_BASE_MULTIPLES: Final = _odd_multiples(_BASE_POINT, (1 << _BASE_WIDTH - 1) - 1)
