"""The program in a receipt is short, and still whole."""

from subjects.audit.receipt_files import verifier
from subjects.audit.shorten import shortened


def test_a_shortened_program_keeps_what_it_uses_and_loses_the_rest():
    program = '''#!/usr/bin/env python3

"""Says four."""

from math import ceil, floor
import sys

# How many.
FOUR = 4
"""Four."""
FIVE = 5
"""Five."""


def used(at: int = FOUR) -> int:
    """Round up."""
    return ceil(at)


# Never called.
def unused() -> int:
    return floor(FIVE)


if __name__ == "__main__":
    print(used())
'''
    short = shortened(program)
    for kept in ("Says four", "from math import ceil\n", "# How many.", '"""Four."""', "def used"):
        assert kept in short
    for lost in ("floor", "FIVE", "Five", "unused", "Never", "import sys"):
        assert lost not in short
    assert shortened(short) == short


def test_the_program_in_a_receipt_cannot_sign_or_build_a_log():
    for word in ("sign_note", "consistency", "CompactRange", "inclusion_proof"):
        assert f"def {word}" not in verifier()
        assert f"class {word}" not in verifier()
