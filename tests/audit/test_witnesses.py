"""Witnesses: what they sign is verified and kept; a log that went back in time is stopped."""

import time
from pathlib import Path

import pytest
from django.utils import timezone

from subjects.audit import asking, outcomes
from subjects.audit.keys import log_keys
from subjects.audit.models import AuditAnchor, AuditCheckpoint
from subjects.audit.sequencer import sequence
from subjects.audit.standalone.merkle import root_of
from subjects.audit.standalone.notes import (
    checkpoint_text,
    parse_note,
    parse_vkey,
    sign_note,
    verified_by,
    write_note,
)
from subjects.audit.witness_policy import Witness
from subjects.audit.witnesses import KIND, cosign, is_ahead, policy
from subjects.errors import (
    WitnessAhead,
    WitnessPolicyBroken,
    WitnessRefused,
    WitnessUnavailable,
)
from tests.audit.entries import chain
from tests.audit.witness import LittleWitness

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folder_of_its_own(settings, tmp_path) -> None:
    """Note outcomes in the folder of this test."""
    settings.VAR_DIR = tmp_path


@pytest.fixture
def office(little_witness: LittleWitness, settings, tmp_path: Path) -> Witness:
    """Give the one witness of the policy; it knows our log."""
    little_witness.trust(log_keys()[0].vkey)
    settings.WITNESS_POLICY_FILE = little_witness.policy(tmp_path)
    found = policy()
    assert found is not None
    return found.witnesses["office"]


def grow(steps: int = 3) -> AuditCheckpoint:
    """Write a case and number it."""
    chain(steps)
    checkpoint = sequence()
    assert checkpoint is not None
    return checkpoint


def forked(size: int) -> AuditCheckpoint:
    """Sign another story of the same size, as whoever holds the key could."""
    (key, *_) = log_keys()
    text = checkpoint_text(key.name, size, root_of([bytes([9]) * 32] * size))
    note = write_note(text, sign_note(text, key.name, key.public, key.sign))
    return AuditCheckpoint(size=size, note=note)


def test_a_cosignature_is_kept_and_verifies(office, little_witness):
    checkpoint = grow()
    kept = cosign(checkpoint, office)
    assert (kept.kind, kept.size, kept.name) == (KIND, 3, "office")
    assert abs(kept.at.timestamp() - time.time()) < 60
    note = parse_note(bytes(checkpoint.note) + bytes(kept.proof))
    assert verified_by(note, [office.vkey]) == [office.vkey]
    assert verified_by(note, [parse_vkey(log_keys()[0].vkey)])


def test_the_witness_follows_the_log_by_consistency_proofs(office, little_witness):
    sizes = []
    for steps in (1, 2, 5, 300, 1):
        sizes.append(grow(steps).size)
        cosign(AuditCheckpoint.objects.get(size=sizes[-1]), office)
    assert little_witness.seen[office_log()][0] == sum((1, 2, 5, 300, 1))
    asked = [int(one.split(b"\n")[0].removeprefix(b"old ")) for one in little_witness.asked]
    assert asked == [0, *sizes[:-1]]


def office_log() -> str:
    return log_keys()[0].name


def test_one_checkpoint_is_signed_once(office, little_witness):
    checkpoint = grow()
    assert cosign(checkpoint, office).pk == cosign(checkpoint, office).pk
    assert len(little_witness.asked) == 1


def test_a_witness_that_has_seen_less_or_more_than_we_know_is_asked_again(office, little_witness):
    cosign(grow(), office)
    cosign(grow(), office)
    # Whoever lost the rows of the anchors, or was asked by another machine, knows less.
    little_witness.seen[office_log()] = (3, bytes(AuditCheckpoint.objects.get(size=3).root))
    assert cosign(grow(), office).size == 9
    assert [one.split(b"\n")[0] for one in little_witness.asked[-2:]] == [b"old 6", b"old 3"]


def test_a_witness_that_has_forgotten_everything_begins_anew(office, little_witness):
    cosign(grow(), office)
    little_witness.seen.clear()
    assert cosign(grow(), office).size == 6


def test_an_older_state_put_back_is_noticed(office, little_witness):
    cosign(grow(), office)
    little_witness.seen[office_log()] = (40, bytes(32))
    with pytest.raises(WitnessAhead, match="audit_recover") as stop:
        cosign(grow(), office)
    assert (stop.value.theirs, stop.value.ours) == (40, 6)
    assert AuditAnchor.objects.count() == 1


def test_a_fork_of_the_same_size_is_refused(office, little_witness):
    cosign(grow(), office)
    little_witness.seen[office_log()] = (6, bytes(32))
    with pytest.raises(WitnessRefused, match="forked"):
        cosign(grow(), office)


def test_a_fork_that_has_grown_is_refused(office, little_witness):
    cosign(grow(), office)
    grow()
    with pytest.raises(WitnessRefused, match="does not continue"):
        cosign(forked(6), office)
    assert AuditAnchor.objects.count() == 1


def test_what_a_witness_says_is_quoted_without_its_signs(office, little_witness):
    little_witness.mood = "proofless"
    with pytest.raises(WitnessRefused) as refused:
        cosign(grow(), office)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("mood", ["forged", "other_note"])
def test_a_signature_that_does_not_verify_is_not_kept(office, little_witness, mood):
    little_witness.mood = mood
    with pytest.raises(WitnessRefused, match="does not verify"):
        cosign(grow(), office)
    assert not AuditAnchor.objects.exists()


@pytest.mark.parametrize("mood", ["page", "empty", "error", "no_size", "restless", "silent"])
def test_an_answer_that_is_none_keeps_nothing(office, little_witness, mood, monkeypatch):
    monkeypatch.setattr(asking.ask, "__kwdefaults__", {"seconds": 0.5})
    little_witness.mood = mood
    with pytest.raises(WitnessUnavailable, match="office"):
        cosign(grow(), office)
    assert not AuditAnchor.objects.exists()


def test_lines_of_unknown_keys_are_passed_over(office, little_witness):
    little_witness.mood = "among_others"
    kept = bytes(cosign(grow(), office).proof).decode()
    assert kept.startswith("— witness.example/w1 ")
    assert kept.count("\n") == 1


def test_a_witness_who_does_not_know_us_says_so(office, little_witness):
    little_witness.logs.clear()
    with pytest.raises(WitnessRefused, match="PORTAL_LOG_ORIGIN"):
        cosign(grow(), office)
    little_witness.trust(log_keys()[0].vkey)
    little_witness.logs[0] = little_witness.logs[0]._replace(key_hash=b"none")
    with pytest.raises(WitnessRefused, match="the key that this log signs with"):
        cosign(grow(), office)


def test_a_witness_without_an_address_cannot_be_asked(office):
    with pytest.raises(WitnessUnavailable, match="no address"):
        cosign(grow(), Witness(office.name, office.vkey, ""))


def test_nobody_is_ahead_until_a_witness_says_so_and_until_it_signs_again(office):
    assert is_ahead() is None
    outcomes.went_wrong(KIND, WitnessAhead("office", 40, 6))
    assert is_ahead() == 40
    outcomes.went_wrong(KIND, WitnessUnavailable("office", "it sleeps"))
    assert is_ahead() == 40
    outcomes.went_well(KIND, "office")
    assert is_ahead() is None


def test_who_is_no_longer_a_witness_stops_nothing(office, settings, tmp_path):
    outcomes.went_wrong(KIND, WitnessAhead("somebody-else", 40, 6))
    assert is_ahead() is None
    Path(settings.WITNESS_POLICY_FILE).write_text("nonsense")
    assert is_ahead() == 40
    settings.WITNESS_POLICY_FILE = ""
    assert is_ahead() is None


def test_a_policy_that_cannot_be_read_is_named(settings, tmp_path):
    settings.WITNESS_POLICY_FILE = str(tmp_path / "nowhere")
    with pytest.raises(WitnessPolicyBroken, match="cannot be read"):
        policy()


def test_whoever_fails_is_asked_less_and_less_often_but_at_least_hourly(office, time_machine):
    time_machine.move_to("2026-11-23T12:00:00Z", tick=False)
    waits = []
    for _ in range(9):
        outcomes.went_wrong(KIND, WitnessUnavailable("office", "it sleeps"))
        started = time.time()
        while (last := outcomes.outcome(KIND, "office")) and last.rests(timezone.now()):
            time_machine.shift(60)
        waits.append((time.time() - started) // 60)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
