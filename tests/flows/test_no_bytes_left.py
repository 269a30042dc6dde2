"""After an erasure the disk holds neither the face code nor the picture, in no file of ours."""

from pathlib import Path

import pytest
from django.db import connection

from subjects.actions.erase import erase_templates
from subjects.lifecycle import State
from subjects.models import ErasureItem
from subjects.stores import stores
from tests.cases import FOLDER, HELD, enrolments, rights_request_at


@pytest.fixture
def bundled_stores(memory_stores, settings, tmp_path: Path):
    """Give the two stores as they ship, with their files in a folder of this test."""
    stores.reset()
    settings.FACE_TEMPLATE_STORES = {
        alias: {
            "BACKEND": "subjects.stores.bundled.BundledStore",
            "OPTIONS": {
                "name": alias.title(),
                "directory": tmp_path / "stores" / alias,
                "redactor": "subjects.faces.redact.blank_faces",
            },
        }
        for alias in memory_stores
    }
    for alias in stores:
        stores[alias].enrol([one for name in HELD for one in enrolments(name, alias)])
    return {alias: stores[alias] for alias in stores}


def everything(held) -> dict[str, tuple[bytes, bytes | None]]:
    """Return vector and picture of every template of the two stores."""
    return {
        ref: (vector.tobytes(), store.picture(ref))
        for store in held.values()
        for ref, vector in store.contents()
    }


def files_with(needles: list[bytes], folders: list[Path]) -> set[Path]:
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {
        path
        for path in paths
        for content in [path.read_bytes()]
        if any(n in content for n in needles)
    }


@pytest.mark.django_db(transaction=True)
def test_no_byte_of_vector_or_picture_is_left_in_any_file(bundled_stores, tmp_path):
    before = everything(bundled_stores)
    folders = [tmp_path]
    if connection.vendor == "sqlite":
        folders.append(Path(connection.settings_dict["NAME"]).parent)
    erasing = rights_request_at(State.ERASING)
    refs = set(ErasureItem.objects.values_list("template_ref", flat=True))
    # The middle of each, as no header or neighbour could be mistaken for it.
    vectors = [before[ref][0][64:192] for ref in refs]
    pictures = [picture[len(picture) // 2 :][:200] for ref in refs if (picture := before[ref][1])]
    names = [(FOLDER / "pictures" / f"{name}.jpg").read_bytes()[5000:5200] for name in HELD[:1]]
    assert len(vectors) == 4
    assert files_with(vectors, folders)
    assert files_with(pictures + names, folders)
    erase_templates(erasing)
    assert erasing.state == State.CLOSED
    assert files_with(vectors + pictures + names, folders) == set()
    after = everything(bundled_stores)
    assert after.keys() == before.keys() - refs
    assert all(after[ref][0] == before[ref][0] for ref in after)
    for store in bundled_stores.values():
        assert store.byte_scan(vectors + pictures) == []
