"""A check that goes on where an earlier one ended, and misses nothing that is new."""

import json
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from subjects.audit.leaf import freeze, leaf_hash, thaw
from subjects.audit.log import Entry
from subjects.audit.models import AuditEvent
from subjects.audit.sequencer import sequence
from subjects.audit.verify import verify
from subjects.audit.verify_tree import Verified
from tests.audit.entries import published_log, rewrite, tamper, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> tuple[UUID, list[Entry]]:
    """Give the case of `published_log`."""
    return published_log()


def test_what_was_verified_is_not_read_again(log):
    since = verify().verified
    assert since is not None
    case, _ = log
    write(case, 3)
    report = verify(since)
    assert report.holds
    assert (report.cases, report.entries) == (2, 4)  # one waited already
    sequence()
    report = verify(since)
    assert (report.cases, report.entries) == (2, 4)
    assert report.verified is not None
    assert report.verified.size == 13
    assert verify(report.verified).entries == 0


@pytest.mark.parametrize("numbered", [False, True])
def test_a_new_entry_that_does_not_follow_an_old_one_is_named(log, numbered):
    since = verify().verified
    case, written = log
    new = write(case, 2)
    if numbered:
        sequence()
    assert verify(since).holds
    tamper(lambda: rewrite(written[-1], count=99))
    bad = verify(since).first_bad
    assert f"case {case.hex}, step 4" in str(bad)
    assert new[0].step == 5


def test_an_entry_added_behind_the_doors_back_is_named_from_there_too(log):
    since = verify().verified
    case, written = log
    fields = thaw(written[-1].leaf) | {"id": str(uuid4()), "step": 5}
    leaf = freeze(fields | {"prev": written[-1].leaf_hash.hex()})
    AuditEvent.objects.create(
        id=fields["id"],
        case=case,
        step=5,
        type=written[-1].type,
        leaf=leaf,
        leaf_hash=leaf_hash(leaf),
        created=written[-1].at,
    )
    assert f"case {case.hex}, step 5" in str(verify(since).first_bad)


def test_a_mark_that_no_longer_fits_is_a_problem(log):
    since = verify().verified
    assert since is not None
    for mark in (
        Verified(8, since.compact_range),
        Verified(9, bytes(64)),
        Verified(9, b""),
        Verified(99, since.compact_range),
    ):
        report = verify(mark)
        assert "was once found right" in str(report.first_bad)
        assert not report.holds


def test_the_command_goes_on_where_it_ended(log, capsys, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    call_command("audit_verify", incremental=True)
    assert "10 entries of 4 cases checked." in capsys.readouterr().out
    assert json.loads((tmp_path / "verified.json").read_text())["size"] == 9
    call_command("audit_verify", incremental=True)
    assert "1 entries of 1 cases checked since entry 9." in capsys.readouterr().out
    call_command("audit_verify", whole=True)
    assert "10 entries" in capsys.readouterr().out
    (tmp_path / "verified.json").write_text("{}")
    with pytest.raises(CommandError, match="Remove it"):
        call_command("audit_verify", incremental=True)
    with pytest.raises(CommandError, match="never with --whole"):
        call_command("audit_verify", incremental=True, whole=True)
