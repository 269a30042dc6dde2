"""The file of the witnesses: read strictly, and every fault is named with its line."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.notes import COSIGNATURE_KEY, NOTE_KEY, vkey_text
from subjects.audit.witness_policy import parse_policy
from subjects.errors import WitnessPolicyBroken


def key(name: str, algorithm: int = COSIGNATURE_KEY, seed: str = "") -> str:
    private = Ed25519PrivateKey.from_private_bytes((seed or name).encode().ljust(32))
    return vkey_text(name, private.public_key().public_bytes_raw(), algorithm)


LOG = f"log {key('faces.example/log', NOTE_KEY)}"
X1, X2, X3 = (f"witness X{n} {key(f'x{n}')}" for n in (1, 2, 3))
Y1 = f"witness Y1 {key('y1')} https://y.example/w/"
WHOLE = f"""# Two of the office, and the authority.
{LOG} https://faces.example/log

{X1}
\t{X2} \t
{X3}
group office 2 X1 X2 X3
{Y1}
group both all office Y1
quorum both
"""


def test_a_whole_policy_is_read():
    policy = parse_policy(WHOLE.encode())
    assert [log.name for log in policy.logs] == ["faces.example/log"]
    assert list(policy.witnesses) == ["X1", "X2", "X3", "Y1"]
    assert policy.witnesses["Y1"].url == "https://y.example/w"
    assert policy.witnesses["X1"].url == ""


@pytest.mark.parametrize(
    ("cosigned", "enough"),
    [
        ("", False),
        ("Y1", False),
        ("X1 X2", False),
        ("X1 Y1", False),
        ("X1 X3 Y1", True),
        ("X1 X2 X3 Y1", True),
        ("X1 X2 X3", False),
    ],
)
def test_the_quorum_is_counted_through_the_groups(cosigned, enough):
    assert parse_policy(WHOLE.encode()).holds(cosigned.split()) is enough


def test_no_witness_may_be_needed_at_all():
    assert parse_policy(b"quorum none").holds([])


def test_any_and_one_witness_are_enough_where_it_says_so():
    assert parse_policy(f"{X1}\n{X2}\ngroup g any X1 X2\nquorum g".encode()).holds(["X2"])
    assert parse_policy(f"{X1}\nquorum X1".encode()).holds(["X1"])


def test_a_comment_and_a_name_may_have_any_letters():
    line = f"# Zeugen für uns\nwitness Büro {key('w')}\nquorum Büro\n"
    assert list(parse_policy(line.encode()).witnesses) == ["Büro"]
    assert list(parse_policy(line.encode("latin-1")).witnesses) == ["B\\xfcro"]


BROKEN = {
    "another word": (f"{X1}\nwitnes X2 {key('x2')}\nquorum X1", 2),
    "a carriage return": (f"{X1}\r\nquorum X1", 1),
    "a nul": (f"{X1}\n\0\nquorum X1", 2),
    "no key": ("witness X1\nquorum X1", 1),
    "a broken key": ("witness X1 x1+00000000+AAAA\nquorum X1", 1),
    "a key hash of another": (f"witness X1 {key('x1').replace('x1+', 'x2+')}\nquorum X1", 1),
    "a log's key for a witness": (f"witness X1 {key('x1', NOTE_KEY)}\nquorum X1", 1),
    "a witness's key for a log": (f"log {key('l')}\nquorum none", 1),
    "too many words": (f"{X1} https://x.example/ more\nquorum X1", 1),
    "a file for an address": (f"{X1} file:/etc/passwd\nquorum X1", 1),
    "an address without a host": (f"{X1} https://\nquorum X1", 1),
    "a name twice": (f"{X1}\nwitness X1 {key('x2')}\nquorum X1", 2),
    "a group named as a witness": (f"{X1}\ngroup X1 all X1\nquorum X1", 2),
    "a witness named none": (f"witness none {key('x1')}\nquorum none", 1),
    "a key twice under other names": (f"{X1}\nwitness Z {key('z', seed='x1')}\nquorum X1", 2),
    "a log twice": (f"{LOG}\n{LOG}\nquorum none", 2),
    "an unknown member": (f"{X1}\ngroup g all X1 X2\nquorum g", 2),
    "a member of itself": (f"{X1}\ngroup g all X1 g\nquorum g", 2),
    "none as a member": (f"{X1}\ngroup g all X1 none\nquorum g", 2),
    "a member twice": (f"{X1}\ngroup g all X1 X1\nquorum g", 2),
    "a member of two groups": (f"{X1}\n{X2}\ngroup g all X1\ngroup h any X1 X2\nquorum g", 4),
    "a group of nobody": (f"{X1}\ngroup g all\nquorum X1", 2),
    "more than there are": (f"{X1}\ngroup g 2 X1\nquorum g", 2),
    "none of them": (f"{X1}\ngroup g 0 X1\nquorum g", 2),
    "a number with a zero": (f"{X1}\ngroup g 01 X1\nquorum g", 2),
    "some of them": (f"{X1}\ngroup g some X1\nquorum g", 2),
    "an unknown quorum": (f"{X1}\nquorum X2", 2),
    "a quorum before its name": (f"quorum X1\n{X1}", 1),
    "two quorums": (f"{X1}\nquorum X1\nquorum none", 3),
    "a quorum of two": (f"{X1}\n{X2}\nquorum X1 X2", 3),
    "a quorum of nothing": (f"{X1}\nquorum", 2),
    "no quorum": (X1, 0),
    "nothing": ("", 0),
    "far too much": ("#" * 100_000, 0),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_policy_is_refused_with_its_line(what):
    text, line = BROKEN[what]
    with pytest.raises(WitnessPolicyBroken, match="PORTAL_WITNESS_POLICY_FILE") as refused:
        parse_policy(text.encode())
    assert refused.value.line == line
