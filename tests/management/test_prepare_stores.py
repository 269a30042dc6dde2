"""The stores of our own at the start: made once, never made anew where one was lost."""

import pytest
from django.core.management import CommandError, call_command

from subjects.stores import stores
from subjects.stores.tables import BundledGallery
from tests.stores.made_up import codes, enrolments

pytestmark = pytest.mark.django_db


@pytest.fixture
def folders(settings, tmp_path):
    """Name two bundled stores as the settings do, and make neither."""
    settings.FACE_TEMPLATE_STORES = {
        alias: {
            "BACKEND": "subjects.stores.bundled.BundledStore",
            "OPTIONS": {"name": alias.title(), "directory": tmp_path / alias},
        }
        for alias in ("default", "archive")
    }
    return {alias: tmp_path / alias for alias in ("default", "archive")}


def tree(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("folders")
def test_the_first_start_makes_them_and_they_answer_that_they_are_empty():
    call_command("prepare_stores")
    for alias in ("default", "archive"):
        assert stores[alias].census().count == 0
        assert stores[alias].search(codes(1), within=0.6).complete


def test_every_later_start_changes_nothing(folders):
    call_command("prepare_stores")
    stores["default"].enrol(enrolments(codes(3)))
    before = {alias: tree(folder) for alias, folder in folders.items()}
    call_command("prepare_stores")
    assert {alias: tree(folder) for alias, folder in folders.items()} == before
    assert stores["default"].census().count == 3


@pytest.mark.parametrize("count", [0, 3], ids=["empty", "filled"])
def test_a_folder_that_was_lost_is_named_and_not_made_anew(folders, count):
    call_command("prepare_stores")
    stores["archive"].enrol(enrolments(codes(count)) if count else [])
    folders["archive"].rename(folders["archive"].with_name("lost"))
    with pytest.raises(CommandError, match="'archive' cannot be used"):
        call_command("prepare_stores")
    assert not folders["archive"].exists()


def test_the_folder_of_another_database_is_refused_and_left_alone(folders):
    call_command("prepare_stores")
    stores["archive"].enrol(enrolments(codes(3)))
    before = tree(folders["archive"])
    archive = BundledGallery.objects.get(alias="archive")
    archive.identity = "f" * 32
    archive.save()
    with pytest.raises(CommandError, match="another database"):
        call_command("prepare_stores")
    assert tree(folders["archive"]) == before


def test_a_store_that_is_set_up_wrongly_is_named(settings, tmp_path):
    settings.FACE_TEMPLATE_STORES = {
        "default": {
            "BACKEND": "subjects.stores.bundled.BundledStore",
            "OPTIONS": {"name": "Default", "directory": tmp_path, "redactor": "no.such.function"},
        },
    }
    with pytest.raises(CommandError, match=r"'default' is not set up rightly: redactor"):
        call_command("prepare_stores")
