"""The speakable reference of a case: `FR-7K3Q-92MX`.

A label that people can read out, never a key.
"""

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U, which people misread or which form words."""
CHECK_ALPHABET: Final = ALPHABET + "*~$=U"
BODY: Final = 7
_MISREAD: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})


def new_reference(country: str) -> str:
    """Make a random reference: country, seven symbols (35 bits) and a check symbol."""
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(BODY))
        check = _check_symbol(body)
        if check in ALPHABET:  # one of Crockford's five extra signs could not be spoken or typed
            return f"{country}-{body[:4]}-{body[4:]}{check}"


def normalise(text: str) -> str | None:
    """Return the reference as we write it, forgiving case, spaces and misread letters.

    None if wrong.
    """
    letters = "".join(sign for sign in text.upper() if sign.isalnum())
    country, body = letters[:2], letters[2:].translate(_MISREAD)
    if len(body) != BODY + 1 or not country.isalpha() or set(body) - set(ALPHABET):
        return None
    if _check_symbol(body[:BODY]) != body[BODY]:
        return None
    return f"{country}-{body[:4]}-{body[4:]}"


def _check_symbol(body: str) -> str:
    number = 0
    for sign in body:
        number = number * 32 + ALPHABET.index(sign)
    return CHECK_ALPHABET[number % 37]
