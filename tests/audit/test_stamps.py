"""Time stamps: only one that proves what it must is kept, and nobody outside can hold us up."""

import json
import time
from hashlib import sha256
from subprocess import CalledProcessError

import pytest
from django.utils import timezone

from subjects.audit import asking
from subjects.audit.events import EventType
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries
from subjects.audit.models import AuditAnchor, AuditCheckpoint
from subjects.audit.stamps import stamp
from subjects.errors import AnchorError, StampRefused, StampUnavailable
from tests.audit.authority import TimeAuthority, openssl

pytestmark = pytest.mark.django_db
NOTE = b"faces.example/rights-log\n7\nAAAA\n\n\xe2\x80\x94 faces.example/rights-log AAAA\n"


@pytest.fixture
def authority(time_authority: TimeAuthority, settings) -> TimeAuthority:
    """Trust the authority of this test."""
    settings.TIMESTAMP_CA_FILE = time_authority.ca_file
    settings.TIMESTAMP_URLS = [time_authority.url]
    return time_authority


@pytest.fixture
def short_of_patience(monkeypatch) -> None:
    """Wait half a second for a stranger instead of ten."""
    monkeypatch.setattr(asking.ask, "__kwdefaults__", {"seconds": 0.5})


def checkpoint(size: int = 7) -> AuditCheckpoint:
    return AuditCheckpoint.objects.create(
        size=size, root=bytes(32), compact_range=b"", note=NOTE, created=timezone.now()
    )


def stamped() -> list[dict]:
    return [
        json.loads(entry.leaf) for entry in entries(HOUSE) if entry.type is EventType.ANCHOR_STAMPED
    ]


def test_a_stamp_is_kept_with_its_entry(authority):
    kept = stamp(checkpoint(), authority.url)
    assert (kept.kind, kept.size, kept.name) == ("rfc3161", 7, authority.url)
    assert abs((kept.at - timezone.now()).total_seconds()) < 60
    (entry,) = stamped()
    assert entry["digest"] == sha256(NOTE).hexdigest()
    assert (entry["anchor"], entry["entries"]) == ("rfc3161", 7)


def test_openssl_verifies_what_was_kept(authority, tmp_path):
    kept = stamp(checkpoint(), authority.url)
    (tmp_path / "note").write_bytes(NOTE)
    (tmp_path / "stamp.tsr").write_bytes(bytes(kept.proof))
    stamped = ("-in", tmp_path / "stamp.tsr", "-CAfile", authority.ca_file)
    for over in (("-data", tmp_path / "note"), ("-digest", sha256(NOTE).hexdigest())):
        assert b"Verification: OK" in openssl("ts", "-verify", *over, *stamped)
    with pytest.raises(CalledProcessError):
        openssl("ts", "-verify", "-data", authority.ca_file, *stamped)


def test_one_checkpoint_is_stamped_once_by_one_authority(authority):
    row = checkpoint()
    assert stamp(row, authority.url).pk == stamp(row, authority.url).pk
    assert len(authority.asked) == len(stamped()) == 1


def test_each_question_has_a_nonce_of_its_own(authority):
    stamp(checkpoint(7), authority.url)
    stamp(checkpoint(8), authority.url)
    assert len(set(authority.asked)) == 2


WRONG = ("stranger", "other", "rejects", "flipped", "cut", "page_as_reply")
UNAVAILABLE = ("html", "error", "moved", "huge", "hangs_up", "breaks_off", "silent", "drips")


@pytest.mark.parametrize("mood", WRONG)
def test_a_stamp_that_does_not_prove_it_is_thrown_away(authority, mood):
    authority.mood = mood
    with pytest.raises(StampRefused, match=r"127\.0\.0\.1"):
        stamp(checkpoint(), authority.url)
    assert not AuditAnchor.objects.exists()
    assert stamped() == []


@pytest.mark.parametrize("mood", UNAVAILABLE)
@pytest.mark.usefixtures("short_of_patience")
def test_whoever_gives_no_stamp_is_left_in_time(authority, mood):
    authority.mood = mood
    started = time.monotonic()
    with pytest.raises(StampUnavailable):
        stamp(checkpoint(), authority.url)
    assert time.monotonic() - started < 5
    assert not AuditAnchor.objects.exists()


def test_an_answer_to_another_question_is_refused(authority):
    authority.mood = "replay"
    stamp(checkpoint(7), authority.url)
    with pytest.raises(StampRefused, match="another question"):
        stamp(checkpoint(8), authority.url)


@pytest.mark.parametrize("content", [None, b"", b"no certificate", "missing"])
def test_without_certificates_no_stamp_is_kept(authority, settings, tmp_path, content):
    file = tmp_path / "certificates"
    if isinstance(content, bytes):
        file.write_bytes(content)
    settings.TIMESTAMP_CA_FILE = str(file) if content is not None else ""
    with pytest.raises(StampRefused, match="PORTAL_TIMESTAMP_CA_FILE"):
        stamp(checkpoint(), authority.url)
    assert authority.asked == []


@pytest.mark.parametrize(
    "url", ["file:/etc/passwd", "ftp://127.0.0.1/x", "http://", "https:/x", "stamps", "http://[x"]
)
def test_only_an_address_of_the_web_is_asked(authority, url):
    with pytest.raises(StampUnavailable, match="must begin with"):
        stamp(checkpoint(), url)


@pytest.mark.usefixtures("short_of_patience")
def test_nobody_listening_is_no_disaster(authority):
    authority.server.server_close()
    with pytest.raises(StampUnavailable):
        stamp(checkpoint(), "http://127.0.0.1:1/")


def test_a_password_in_the_address_is_kept_nowhere(authority):
    url = authority.url.replace("http://", "http://us:secret@")
    assert "secret" not in stamp(checkpoint(), url + "?key=secret").name


def test_no_broken_answer_gets_through(authority, monkeypatch):
    row = checkpoint()
    good = authority.signer.reply
    spoil = {"at": 0}

    def spoilt(query: bytes) -> bytes:
        reply = bytearray(good(query))
        at = spoil["at"] * len(reply) // 40
        reply[at] ^= 0x55
        return bytes(reply)

    monkeypatch.setattr(authority.signer, "reply", spoilt)
    for at in range(40):
        spoil["at"] = at
        with pytest.raises(AnchorError):
            stamp(row, authority.url)
    assert not AuditAnchor.objects.exists()
