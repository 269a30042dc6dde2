"""A new vault key takes over from an old one, and nothing is lost."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models

from subjects import vault
from subjects.actions.file_case import Filing, file_case
from subjects.actions.rotate_vault_keys import COLUMNS, rotate_vault_keys, vault_keys_in_use
from subjects.audit.events import EventType
from subjects.audit.log import HOUSE, entries
from subjects.errors import BlobPurged, VaultKeyMissing
from subjects.models import Right, SealedBlob

pytestmark = pytest.mark.django_db

OLD, NEW = "old:" + "A" * 43, "new:" + "B" * 43


@pytest.fixture(autouse=True)
def old_key(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.VAULT_KEYS = OLD


@pytest.fixture
def case():
    filing = Filing(
        idempotency_key=uuid4(),
        rights=(Right.ACCESS,),
        contact="anna@person.example",
        country="FR",
        notes="by phone please",
        pictures=(b"the bytes of a picture",),
        consent_version="1",
    )
    return file_case(filing)


def test_everything_opens_with_the_new_key_alone_after_a_rotation(case, settings):
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    assert rotate_vault_keys() == 3
    settings.VAULT_KEYS = NEW
    case.refresh_from_db()
    assert (case.contact, case.notes) == ("anna@person.example", "by phone please")
    assert case.probes.get().blob.read() == b"the bytes of a picture"


def test_the_sealed_files_are_not_touched(case, settings):
    blob = case.probes.get().blob
    before = vault.read_file(blob.pk)
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    rotate_vault_keys()
    assert vault.read_file(blob.pk) == before


def test_without_a_rotation_the_old_key_is_missed(case, settings):
    settings.VAULT_KEYS = NEW
    with pytest.raises(VaultKeyMissing):
        _ = case.contact


def test_a_second_rotation_changes_nothing_and_the_keys_in_use_are_counted(case, settings):
    assert vault_keys_in_use() == {"old": 3}
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    rotate_vault_keys()
    assert rotate_vault_keys() == 0
    assert vault_keys_in_use() == {"new": 3}


def test_what_was_purged_stays_purged(case, settings):
    blob = case.probes.get().blob
    blob.purge()
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    assert rotate_vault_keys() == 2
    with pytest.raises(BlobPurged):
        SealedBlob.objects.get(pk=blob.pk).read()


def test_the_log_says_that_keys_were_rotated(case, settings):
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    rotate_vault_keys()
    assert entries(HOUSE)[-1].type == EventType.KEY_ROTATED


def test_every_sealed_column_is_rotated():
    """A column added later and forgotten here would be lost with the old key."""
    sealed = {
        (model, field.name)
        for model in apps.get_app_config("subjects").get_models()
        for field in model._meta.get_fields()  # noqa: SLF001 - a documented name of Django
        if isinstance(field, models.BinaryField)
        and (field.name.endswith("_sealed") or field.name == "wrapped_key")
    }
    assert sealed == {(column.model, column.name) for column in COLUMNS}


def test_the_command_names_the_keys_and_prints_no_secret(case, settings, capsys):
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    call_command("rotate_vault_keys")
    said = capsys.readouterr().out
    assert "3 keys wrapped again by new" in said
    assert "new wraps 3" in said
    assert "AAAA" not in said
    assert "BBBB" not in said


def test_the_command_says_which_key_is_missing(case, settings):
    settings.VAULT_KEYS = NEW
    with pytest.raises(CommandError, match="old"):
        call_command("rotate_vault_keys")


def test_a_new_key_is_one_that_the_settings_take(settings, capsys):
    call_command("new_vault_key")
    settings.VAULT_KEYS = capsys.readouterr().out.strip()
    vault.check()
