"""The keys of the log: made once, rotated with two signatures, and never quietly replaced."""

import json
import shutil
import stat
import subprocess
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from subjects.actions.rotate_log_key import finish_rotation, rotate_log_key
from subjects.audit import keys
from subjects.audit.leaf import HOUSE
from subjects.audit.log import last
from subjects.audit.models import AuditCheckpoint
from subjects.audit.publish import log_tiles
from subjects.audit.sequencer import sequence
from subjects.audit.standalone.notes import parse_note, parse_vkey, verified_by
from subjects.errors import LogKeyDamaged, LogKeyInPlace, LogKeyMissing
from tests.audit.entries import chain

pytestmark = pytest.mark.django_db


def signers() -> list[bytes]:
    note = parse_note(log_tiles().checkpoint())
    return [vkey.key for vkey in verified_by(note, keys.known_vkeys())]


def test_development_makes_its_keys_at_first_use_and_keeps_them(settings):
    (key,) = keys.log_keys()
    assert keys.log_keys() == [key]
    assert key.name == settings.LOG_ORIGIN
    assert keys.export_key().name == "export@faces.example"
    assert keys.export_key() != key
    assert [record.purpose for record in keys.history()] == ["log", "export"]


def test_a_key_is_for_its_owner_alone_and_its_history_tells_no_secret(settings):
    key, _ = keys.log_keys()[0], keys.export_key()
    assert stat.S_IMODE(settings.LOG_KEYS_DIR.stat().st_mode) == 0o700
    for path in settings.LOG_KEYS_DIR.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    told = (settings.LOG_KEYS_DIR / "history.jsonl").read_text()
    assert key.fingerprint in told
    assert "PRIVATE" not in told
    assert "PRIVATE" not in repr(key)
    assert key.private.private_bytes_raw().hex() not in repr(key) + told


def test_many_who_come_first_get_the_same_keys():
    found = []

    def come() -> None:
        found.append(keys.export_key().public)
        connection.close()

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(keys.history()) == 1


def test_production_never_makes_a_key_by_itself(settings):
    settings.PRODUCTION = True
    for give in (keys.log_keys, keys.export_key):
        with pytest.raises(LogKeyMissing, match="new_log_key"):
            give()
    chain(2)
    with pytest.raises(LogKeyMissing):
        sequence()
    assert not AuditCheckpoint.objects.exists()
    assert not settings.LOG_KEYS_DIR.exists()


@pytest.mark.parametrize("damage", [b"", b"no key", "rsa", "encrypted"])
def test_a_damaged_key_is_named_and_not_replaced(settings, damage):
    keys.log_keys()
    path = settings.LOG_KEYS_DIR / "log.pem"
    if damage == "rsa":
        damage = made_by_openssl("genpkey", "-algorithm", "RSA")
    elif damage == "encrypted":
        damage = made_by_openssl("genpkey", "-algorithm", "ED25519", "-aes256", "-pass", "pass:x")
    path.write_bytes(damage)
    with pytest.raises(LogKeyDamaged, match=r"log\.pem"):
        keys.log_keys()
    assert path.read_bytes() == damage


def made_by_openssl(*words: str) -> bytes:
    if not shutil.which("openssl"):
        pytest.skip("no openssl on this machine")
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout  # noqa: S603, S607 - words of this test


def test_openssl_gives_the_same_fingerprint(tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("no openssl on this machine")
    key = keys.log_keys()[0]
    (tmp_path / "log.pub.pem").write_text(key.pem)
    command = f"openssl pkey -pubin -in {tmp_path}/log.pub.pem -outform DER | openssl dgst -sha256"
    said = subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout  # noqa: S602 - words of this test
    assert said.split()[-1] == key.fingerprint


def test_a_key_fits_what_verifiers_of_notes_expect():
    key = keys.log_keys()[0]
    vkey = parse_vkey(key.vkey)
    assert (vkey.name, vkey.key, vkey.key_hash) == (key.name, key.public, key.key_hash)
    assert len(key.key_hash) == 4
    assert key.sign(b"the same") == key.sign(b"the same")


def test_the_ceremony_prints_what_strangers_need_and_is_held_once(settings, capsys):
    settings.PRODUCTION = True
    call_command("new_log_key")
    said = capsys.readouterr().out
    for key in (keys.log_keys()[0], keys.export_key()):
        assert key.vkey in said
        assert key.fingerprint in said
        assert key.pem in said
    assert settings.LOG_ORIGIN in said
    assert "privacy notice" in said
    assert "PRIVATE" not in said
    before = keys.log_keys()
    with pytest.raises(CommandError, match="rotate_log_key"):
        call_command("new_log_key")
    assert keys.log_keys() == before


def test_a_rotation_signs_with_both_keys_until_it_is_finished():
    old = keys.log_keys()[0]
    chain(2)
    sequence()
    new = rotate_log_key("log")
    assert [key.public for key in keys.log_keys()] == [new.public, old.public]
    chain(1)
    sequence()
    assert set(signers()) == {old.public, new.public}
    assert parse_note(log_tiles().checkpoint()).signatures[0].key_hash == new.key_hash
    closed = finish_rotation()
    assert closed.until_size == 4
    assert finish_rotation() is None
    chain(1)
    sequence()
    assert signers() == [new.public]
    facts = [
        (one.vkey, one.from_size, one.until_size) for one in keys.history() if one.purpose == "log"
    ]
    assert facts == [(old.vkey, 0, 4), (new.vkey, 2, None)]
    for row in AuditCheckpoint.objects.all():
        assert verified_by(parse_note(bytes(row.note)), keys.known_vkeys())


def test_a_rotation_stands_in_the_log():
    keys.log_keys()
    keys.export_key()
    chain(3)
    sequence()
    for purpose, size in (("log", 3), ("export", 4)):
        new = rotate_log_key(purpose)
        said = last(HOUSE).fields
        assert (said["type"], said["purpose"]) == ("key.rotated", purpose)
        assert (said["key"], said["entries"]) == (new.fingerprint[:16], size)
        sequence()


def test_no_second_rotation_begins_before_the_first_is_finished():
    keys.log_keys()
    new = rotate_log_key("log")
    with pytest.raises(LogKeyInPlace, match="--finish"):
        rotate_log_key("log")
    assert keys.log_keys()[0] == new


def test_the_key_of_packages_is_replaced_at_once():
    old = keys.export_key()
    new = rotate_log_key("export")
    assert keys.export_key() == new != old
    first, second = keys.history()
    assert first.until is not None
    assert second.until is None


def test_a_rotation_that_died_halfway_is_begun_again(settings):
    old = keys.log_keys()[0]
    (settings.LOG_KEYS_DIR / "log.old.pem").hardlink_to(settings.LOG_KEYS_DIR / "log.pem")
    assert keys.log_keys() == [old]
    assert keys.finish() is None
    assert keys.log_keys() == [old]
    (settings.LOG_KEYS_DIR / "log.old.pem").hardlink_to(settings.LOG_KEYS_DIR / "log.pem")
    new = keys.rotate("log")
    assert keys.log_keys() == [new, old]


def test_the_commands_say_what_they_did(capsys):
    keys.log_keys()
    keys.export_key()
    with pytest.raises(CommandError, match="No rotation runs"):
        call_command("rotate_log_key", finish=True)
    call_command("rotate_log_key")
    assert keys.log_keys()[0].fingerprint in capsys.readouterr().out
    call_command("rotate_log_key", finish=True)
    assert "no more" in capsys.readouterr().out
    call_command("rotate_log_key", export=True)
    assert keys.export_key().vkey in capsys.readouterr().out


def test_who_may_not_read_the_keys_knows_their_history_from_the_published_copy(settings):
    chain(1)
    sequence()
    known = keys.history()
    assert (settings.LOG_DIR / "keys" / "history.jsonl").read_bytes() == (
        settings.LOG_KEYS_DIR / "history.jsonl"
    ).read_bytes()
    shutil.rmtree(settings.LOG_KEYS_DIR)
    assert keys.history() == known
    lines = keys.published_history().read_text().splitlines()
    assert [json.loads(line)["purpose"] for line in lines] == ["log"]
    assert stat.S_IMODE(keys.published_history().stat().st_mode) == 0o644
