"""Folders of real pictures become templates; what is refused is named; it can be run again."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from subjects.actions.load_store import PictureMetadata, load_pictures
from subjects.errors import StoreMisconfigured
from subjects.faces.redact import blank_faces
from subjects.faces.values import MODEL
from subjects.stores import stores

pytestmark = pytest.mark.django_db
PICTURES = Path(__file__).resolve().parents[2] / "demonstration" / "pictures"


@pytest.fixture
def live(configured):
    return configured("bundled.BundledStore", redactor="subjects.faces.redact.blank_faces")


@pytest.fixture
def folder(tmp_path):
    """Return two portraits, a group picture, and three files that cannot be loaded."""
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    for source, target in (
        ("person-1-a.jpg", "one.jpg"),
        ("person-2-a.jpg", "more/two.jpg"),
        ("group-1.jpg", "more/group.jpg"),
        ("person-1-a.jpg", "more/one-again.jpg"),
    ):
        shutil.copy(PICTURES / source, folder / target)
    (folder / "notes.txt").write_text("not a picture")
    (folder / "half.jpg").write_bytes((PICTURES / "person-3-a.jpg").read_bytes()[:9000])
    (folder / "more" / "huge.jpg").write_bytes(bytes(13 * 1024 * 1024))
    (folder / ".hidden").write_text("passed over")
    (folder / "link.jpg").symlink_to(PICTURES / "person-4-a.jpg")
    return folder


def test_every_face_of_every_picture_becomes_a_template(live, folder):
    told = []
    report = load_pictures("default", [folder], progress=lambda *step: told.append(step))
    assert (report.loaded, report.skipped) == (3, 1)
    assert report.face_templates == live.census().count >= 4
    assert {bad.file.name: bad.code for bad in report.refused} == {
        "notes.txt": "not-a-picture",
        "half.jpg": "picture-damaged",
        "huge.jpg": "picture-too-large",
    }
    assert told[-1] == (7, 7)
    again = load_pictures("default", [folder])
    assert (again.loaded, again.face_templates, again.skipped, len(again.refused)) == (0, 0, 4, 3)
    assert live.model == MODEL


def test_what_is_known_of_a_picture_is_held_with_each_of_its_faces(live):
    known = PictureMetadata(source_url="https://a.example/1", caption="Two people")
    load_pictures("default", [PICTURES / "group-1.jpg"], metadata={"group-1.jpg": known})
    load_pictures(
        "default", [PICTURES / "person-4-a.jpg"], otherwise=PictureMetadata(collector="bot-2")
    )
    found = live.search([[0.0] * 128], within=100).candidates
    described = [live.describe(candidate.ref) for candidate in found]
    group = [held for held in described if held.caption]
    assert {held.source_url for held in group} == {"https://a.example/1"}
    assert len({held.box for held in group}) == len(group) >= 2
    assert [held.collector for held in described if not held.caption] == ["bot-2"]


def test_erasing_one_face_of_a_real_group_picture_blanks_that_face_alone(live):
    picture = (PICTURES / "group-1.jpg").read_bytes()
    load_pictures("default", [PICTURES / "group-1.jpg"])
    first, *others = live.search([[0.0] * 128], within=100).candidates
    box = live.describe(first.ref).box
    assert live.erase([first.ref]).redacted == 1
    assert live.picture(others[0].ref) == blank_faces(picture, [box])
    assert live.byte_scan([picture[2000:2064]]) == []


def test_a_path_that_is_not_there_is_said_before_anything_is_loaded(live, folder):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_pictures("default", [folder, folder / "nowhere"])
    assert live.census().count == 0


def test_an_empty_folder_makes_an_empty_store_that_answers(db, settings, tmp_path):
    settings.FACE_TEMPLATE_STORES = {
        "new": {
            "BACKEND": "subjects.stores.bundled.BundledStore",
            "OPTIONS": {"name": "New", "directory": tmp_path / "new"},
        },
    }
    (tmp_path / "empty").mkdir()
    assert load_pictures("new", [tmp_path / "empty"]).loaded == 0
    assert stores["new"].search([[0.0] * 128], within=100).complete


def test_a_store_of_others_is_never_enrolled_in(settings, monkeypatch):
    monkeypatch.setitem(stores._built, "default", object())  # noqa: SLF001  # no such store ships
    with pytest.raises(StoreMisconfigured):
        load_pictures("default", [PICTURES])


def test_the_command_prints_its_counts_as_json(live, folder, capsys):
    call_command(
        "load_store",
        str(folder),
        "--json",
        "--workers=2",
        "--source-url=https://b.example/",
        "--collected-at=2016-05-25",
    )
    counts = json.loads(capsys.readouterr().out)
    assert (counts["store"], counts["loaded"], counts["skipped"]) == ("default", 3, 1)
    assert {bad["code"] for bad in counts["refused"]} == {
        "not-a-picture",
        "picture-damaged",
        "picture-too-large",
    }
    found = live.search([[0.0] * 128], within=100).candidates[0]
    held = live.describe(found.ref)
    assert held.source_url == "https://b.example/"
    assert held.collected_at.astimezone().date() <= date(2016, 5, 25)


def test_the_command_reads_a_manifest_and_shows_what_was_refused(live, folder, tmp_path, capsys):
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,caption,collected_at\none.jpg,At sea,2017-01-02\n")
    call_command(
        "load_store", str(folder / "one.jpg"), str(folder / "notes.txt"), manifest=manifest
    )
    printed = capsys.readouterr().out
    assert "1 pictures loaded, 1 templates, 0 already there, 1 refused." in printed
    assert "not-a-picture" in printed
    [found] = live.search([[0.0] * 128], within=100).candidates
    assert live.describe(found.ref).caption == "At sea"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "no file or folder nowhere"),
        ([str(PICTURES), "--store=attic"], "no store 'attic'"),
        ([str(PICTURES), "--collected-at=yesterday"], "not a date"),
    ],
)
def test_the_command_says_what_is_wrong(live, arguments, says):
    with pytest.raises(CommandError, match=says):
        call_command("load_store", *arguments)


@pytest.mark.parametrize(
    ("rows", "says"),
    [("name,caption\n", "expected a column file"), ("file,collected_at\na,soon\n", "line 2")],
)
def test_a_manifest_that_cannot_be_read_is_said(live, tmp_path, rows, says):
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(rows)
    with pytest.raises(CommandError, match=says):
        call_command("load_store", str(PICTURES), manifest=manifest)


def test_the_country_of_collection_is_loaded_and_a_wrong_one_refused(live, tmp_path):
    picture = str(PICTURES / "person-4-a.jpg")
    call_command("load_store", picture, "--collected-in", "fr", "--workers", "1")
    [found] = live.search([[0.0] * 128], within=100).candidates
    assert live.describe(found.ref).collected_in == "FR"
    with pytest.raises(CommandError, match="not a country"):
        call_command("load_store", picture, "--collected-in", "France")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,collected_in\nperson-3-a.jpg,de\n")
    call_command("load_store", str(PICTURES / "person-3-a.jpg"), manifest=manifest, workers=1)
    held = [live.describe(one.ref) for one in live.search([[0.0] * 128], within=100).candidates]
    assert sorted(one.collected_in for one in held) == ["DE", "FR"]
