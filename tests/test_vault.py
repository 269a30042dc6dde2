"""Sealed things open with their own key, row and file together, and with nothing less."""

from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from subjects import vault
from subjects.errors import BlobDamaged, BlobPurged, VaultKeyMissing
from subjects.models import SealedBlob

KEY, OTHER = "one:" + "A" * 43, "two:" + "B" * 43
PICTURE = b"a picture of a face" * 100


@pytest.fixture(autouse=True)
def keys(settings, tmp_path):
    settings.VAR_DIR, settings.VAULT_KEYS = tmp_path, KEY


def file_of(name: UUID):
    return vault.folder() / name.hex[:2] / name.hex


@given(st.binary(max_size=300), st.text(max_size=20))
def test_what_is_sealed_comes_back_and_only_under_its_context(content, context):
    sealed = vault.seal(content, context=context)
    assert vault.unseal(sealed, context=context) == content
    with pytest.raises(BlobDamaged):
        vault.unseal(sealed, context=context + "x")


def test_the_same_thing_never_looks_the_same_sealed():
    first, second = (vault.seal(PICTURE, context="c") for _ in range(2))
    assert first.ciphertext != second.ciphertext
    assert first.wrapped_key != second.wrapped_key


def test_every_changed_bit_is_noticed():
    sealed = vault.seal(b"small", context="c")
    for half in ("wrapped_key", "ciphertext"):
        original = getattr(sealed, half)
        for place in range(len(original)):
            changed = bytearray(original)
            changed[place] ^= 0x81
            halves = {"wrapped_key": sealed.wrapped_key, "ciphertext": sealed.ciphertext}
            broken = vault.Sealed(**{**halves, half: bytes(changed)})
            with pytest.raises((BlobDamaged, VaultKeyMissing)):
                vault.unseal(broken, context="c")


@pytest.mark.parametrize("cut", [0, 5, 12, 20])
def test_a_file_that_was_cut_is_noticed(cut):
    sealed = vault.seal(PICTURE, context="c")
    with pytest.raises(BlobDamaged):
        vault.unseal(vault.Sealed(sealed.wrapped_key, sealed.ciphertext[:cut]), context="c")


def test_a_missing_vault_key_is_named_and_never_printed(settings):
    sealed = vault.seal(PICTURE, context="c")
    settings.VAULT_KEYS = OTHER
    with pytest.raises(VaultKeyMissing, match="'one'") as missed:
        vault.unseal(sealed, context="c")
    assert "AAAA" not in str(missed.value)


def test_another_key_of_the_same_name_opens_nothing(settings):
    sealed = vault.seal(PICTURE, context="c")
    settings.VAULT_KEYS = "one:" + "C" * 43
    with pytest.raises(BlobDamaged):
        vault.unseal(sealed, context="c")


@pytest.mark.parametrize("keys", ["", "one", "one:short", ":" + "A" * 43, "one:" + "A" * 44])
def test_a_key_that_is_none_is_refused_and_not_printed(settings, keys):
    settings.VAULT_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match="new_vault_key") as refused:
        vault.seal(PICTURE, context="c")
    assert "AAAA" not in str(refused.value)


def test_a_text_is_sealed_into_one_value():
    value = vault.seal_text("Zoë, 2 rue d'Été", context="c")
    assert "Zoë".encode() not in value
    assert vault.unseal_text(value, context="c") == "Zoë, 2 rue d'Été"
    with pytest.raises(BlobPurged):
        vault.unseal_text(b"", context="c")


def test_a_sealed_file_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    name = uuid4()
    vault.write_file(name, b"first")
    monkeypatch.setattr("os.fsync", _full_disk)
    with pytest.raises(OSError, match="No space"):
        vault.write_file(name, b"second")
    assert vault.read_file(name) == b"first"
    assert [path.name for path in file_of(name).parent.iterdir()] == [name.hex]


def _full_disk(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_the_folder_is_closed_to_others():
    name = uuid4()
    vault.write_file(name, b"x")
    assert file_of(name).parent.stat().st_mode & 0o077 == 0


def test_the_check_leaves_nothing_behind():
    vault.check()
    assert not [path for path in vault.folder().rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_the_disk_shows_nothing_of_a_sealed_file():
    blob = SealedBlob.put(PICTURE, SealedBlob.Purpose.PROBE)
    assert blob.read() == PICTURE
    assert b"a picture" not in file_of(blob.pk).read_bytes()


@pytest.mark.django_db
def test_two_files_that_were_swapped_open_neither():
    one, two = (SealedBlob.put(PICTURE, SealedBlob.Purpose.PROBE) for _ in range(2))
    first, second = vault.read_file(one.pk), vault.read_file(two.pk)
    vault.write_file(one.pk, second)
    vault.write_file(two.pk, first)
    for blob in (one, two):
        with pytest.raises(BlobDamaged):
            blob.read()


@pytest.mark.django_db
def test_row_and_file_taken_from_another_blob_open_nothing():
    """Whoever writes in the database cannot pass one person's picture off as another's."""
    one, two = (SealedBlob.put(PICTURE, SealedBlob.Purpose.PROBE) for _ in range(2))
    vault.write_file(two.pk, vault.read_file(one.pk))
    SealedBlob.objects.filter(pk=two.pk).update(wrapped_key=one.wrapped_key)
    with pytest.raises(BlobDamaged):
        SealedBlob.objects.get(pk=two.pk).read()


@pytest.mark.django_db
def test_a_probe_cannot_be_passed_off_as_a_delivery():
    blob = SealedBlob.put(PICTURE, SealedBlob.Purpose.PROBE)
    blob.purpose = SealedBlob.Purpose.DELIVERY
    with pytest.raises(BlobDamaged):
        blob.read()


@pytest.mark.django_db
def test_what_was_purged_stays_purged_even_with_its_file_back():
    blob = SealedBlob.put(PICTURE, SealedBlob.Purpose.PROBE)
    kept = vault.read_file(blob.pk)
    assert blob.purge()
    assert not blob.purge()
    vault.write_file(blob.pk, kept)
    with pytest.raises(BlobPurged):
        SealedBlob.objects.get(pk=blob.pk).read()


@pytest.mark.django_db
def test_a_missing_file_is_damage_and_not_an_empty_picture():
    blob = SealedBlob.put(PICTURE, SealedBlob.Purpose.PROBE)
    vault.remove_file(blob.pk)
    with pytest.raises(BlobDamaged):
        blob.read()
