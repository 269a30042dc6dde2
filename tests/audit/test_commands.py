"""`manage.py audit_verify` says it in plain words and by its exit code."""

import pytest
from django.core.management import call_command
from django.db import connection

from subjects.audit import guards
from subjects.audit.models import AuditEvent
from tests.audit.entries import chain, published_log

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def test_a_good_log_is_said_to_hold(capsys):
    chain(3)
    call_command("audit_verify")
    assert "3 entries of 1 cases checked." in capsys.readouterr().out


def test_a_bad_entry_is_named_and_the_exit_code_is_one(capsys):
    case, _ = chain(3)
    with guards.lifted(connection):
        AuditEvent.objects.filter(step=2).update(leaf=b"{}")
    with pytest.raises(SystemExit) as stopped:
        call_command("audit_verify")
    assert stopped.value.code == 1
    assert f"broken at case {case.hex}, step 2" in capsys.readouterr().err


def test_an_open_log_is_said_to_be_open(capsys):
    with connection.cursor() as cursor:
        table = " ON audit_event" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER audit_event_append{table}")
    with pytest.raises(SystemExit):
        call_command("audit_verify")
    assert "audit_event_append is not on" in capsys.readouterr().err


def test_a_published_log_is_checked_as_an_authority_checks_it(settings, capsys):
    published_log()
    call_command("audit_verify", settings.LOG_DIR)
    assert "Everything that was checked holds." in capsys.readouterr().out
    bundle = next(path for path in settings.LOG_DIR.glob("tile/entries/*.p/9"))
    bundle.write_bytes(bundle.read_bytes().replace(b'"step":3', b'"step":4', 1))
    with pytest.raises(SystemExit) as stopped:
        call_command("audit_verify", settings.LOG_DIR)
    assert stopped.value.code == 1
    assert "This DOES NOT HOLD" in capsys.readouterr().out


def test_a_path_that_holds_nothing_to_check_is_told(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        call_command("audit_verify", tmp_path / "none")
    assert stopped.value.code == 2
    assert "Nothing was checked." in capsys.readouterr().out
