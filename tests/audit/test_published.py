"""What anybody may read at /log/: the checkpoint, the hashes, the keys, and nothing else."""

import pytest

from subjects.audit import keys
from subjects.audit.models import AuditCheckpoint, AuditEntry
from subjects.audit.sequencer import sequence
from subjects.audit.standalone.notes import parse_vkey
from tests.audit.entries import chain

pytestmark = pytest.mark.django_db

HOSTILE = [
    "tile/entries/000",
    "tile/entries/001.p/44",
    "tile/Entries/000",
    "tile/0/001",
    "tile/0/001.p/45",
    "tile/0/002.p/1",
    "tile/1/000",
    "tile/8/000",
    "tile/-1/000",
    "tile/00/000",
    "tile/0/0",
    "tile/0/x000/000",
    "tile/0/000/",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/044",
    "tile/0/000.p",
    "tile/0/../entries/000",
    "tile/0/..%2fentries%2f000",
    "tile/0/%2e%2e/entries/000",
    "tile/./entries/000",
    "tile//entries/000",
    "tile/entries/../entries/000",
    "tile/0/000%0a",
    "tile/0/000%00",
    "tile/0/٠٠٠",  # digits, but not ours  # noqa: RUF001 - as said
    "tile/../checkpoint",
    "tile/../../log-keys/log.pem",
    "tile/..%5c..%5clog-keys%5clog.pem",
    "tile//etc/passwd",
    "tile/",
    "keys/history.jsonl",
    ".lock",
    "",
]


@pytest.fixture
def log() -> None:
    """Publish a log of 300 entries, step by step."""
    chain(300)
    for most in (100, 100, 100):
        sequence(most)


def hashes(start: int, end: int) -> bytes:
    rows = AuditEntry.objects.filter(index__range=(start, end - 1)).order_by("index")
    return b"".join(map(bytes, rows.values_list("leaf_hash", flat=True)))


def is_for_everybody(answer) -> bool:
    return not answer.cookies and not {"vary", "content-language"} & {
        name.lower() for name in answer.headers
    }


def test_the_checkpoint_is_the_newest_and_is_asked_for_again_each_time(log, client):
    answer = client.get("/log/checkpoint")
    assert answer.content == bytes(AuditCheckpoint.objects.get(size=300).note)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    assert is_for_everybody(answer)


def test_a_tile_never_changes_and_may_be_kept_for_good(log, client):
    for path, wanted in (
        ("tile/0/000", hashes(0, 256)),
        ("tile/0/001.p/44", hashes(256, 300)),
        ("tile/0/000.p/100", hashes(0, 100)),  # gone from the disk, cut from the full one
    ):
        answer = client.get(f"/log/{path}")
        assert (answer.status_code, answer.content) == (200, wanted)
        assert answer["Content-Type"] == "application/octet-stream"
        assert "immutable" in answer["Cache-Control"]
        assert is_for_everybody(answer)


def test_the_keys_are_told_the_newest_first(log, client):
    new = keys.rotate(keys.LOG)
    lines = client.get("/log/keys").content.decode().splitlines()
    assert lines[0] == new.vkey
    assert lines == [key.vkey for key in keys.log_keys()]
    assert all(parse_vkey(line) for line in lines)


def test_whatever_else_is_asked_for_is_not_there(log, client):
    for path in HOSTILE:
        answer = client.get(f"/log/{path}")
        assert answer.status_code == 404, path
        assert b"PRIVATE" not in answer.content
        assert not answer.cookies


def test_nothing_can_be_sent_there(log, client):
    for path in ("checkpoint", "tile/0/000", "keys"):
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(f"/log/{path}").status_code == 405
        head = client.head(f"/log/{path}")
        assert head.status_code == 200
        assert head.content == b""


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "keys"])
def test_before_anything_is_published_that_is_said(client, path):
    answer = client.get(f"/log/{path}")
    assert answer.status_code == 404
    assert answer["Cache-Control"] == "no-cache"
    assert answer.content.endswith((b"yet.\n", b"published.\n"))
    assert is_for_everybody(answer)
