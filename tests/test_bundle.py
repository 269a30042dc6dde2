"""The copy holds what was confirmed, every part of Article 15, and the face of nobody else."""

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as configured

from subjects.actions.decide import decide
from subjects.actions.export import export_copy
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.bundle import ITEMS, article_15
from subjects.errors import BadPicture, ExportIncomplete
from subjects.faces.encoder import encode
from subjects.lifecycle import State
from subjects.models import Decision, Delivery, Right, RightsRequest
from subjects.stores import stores
from subjects.stores.base import TemplateRef
from tests.cases import FOLDER, PROBE, approve_it, propose_grant, rights_request_at, staff

pytestmark = pytest.mark.django_db
EXAMPLE = Path(configured.BASE_DIR) / "demonstration" / "article15.toml"
CHOSEN = ("https://photos.example/albums/science-night/0417", "https://hotel.example/events/2016")
"""Two pictures: one with somebody else in it, one collected ten years ago."""
SAME_FACE, OUTER = 0.45, 0.6


@dataclass
class Copy:
    """A copy as the person unpacks it, and what it was made from."""

    files: dict[str, bytes]
    confirmed: dict[str, np.ndarray]
    others: list[np.ndarray]
    log: list[EventType]
    data: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.data = json.loads(self.files["data.json"])


def decide_by_page(rights_request: RightsRequest) -> None:
    """Say "same" of what lies at the chosen addresses, "different" of all else."""
    for found in rights_request.case.found.all():
        page = stores[found.store].describe(TemplateRef(found.template_ref)).source_url or ""
        said = Decision.SAME if page.startswith(CHOSEN) else Decision.DIFFERENT
        for who in ("reviewer", "second-reviewer")[: 1 + found.needs_second_look]:
            decide(found, said, by=staff("reviewer", who))


_made: list[Copy] = []


@pytest.fixture
def copy(memory_stores) -> Copy:
    """Give the one copy that all tests here look at."""
    if not _made:
        rights_request = rights_request_at(State.IN_REVIEW, Right.ACCESS)
        decide_by_page(rights_request)
        propose_grant(rights_request)
        approve_it(rights_request)
        rights_request.refresh_from_db()
        export_copy(rights_request)
        content = Delivery.objects.get(rights_request=rights_request).blob.read()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            files = {name: archive.read(name) for name in archive.namelist()}
        same = {
            str(stores[one.store].describe(TemplateRef(one.template_ref)).source_url): stores[
                one.store
            ].vector(TemplateRef(one.template_ref))
            for one in rights_request.case.found.all()
            if one.verdict == Decision.SAME
        }
        told = [entry.type for entry in entries(rights_request.case_id)]
        _made.append(Copy(files, same, strangers(), told))
    return _made[0]


@cache
def strangers() -> list[np.ndarray]:
    return [
        face.vector
        for name in ("person-3-a", "person-2-b")
        for face in encode((FOLDER / "pictures" / f"{name}.jpg").read_bytes())
    ]


def faces_in(picture: bytes) -> list[np.ndarray]:
    try:
        return [face.vector for face in encode(picture, held=True)]
    except BadPicture:
        return []


def test_all_and_only_what_was_confirmed_is_in_it(copy):
    assert {item["source_url"] for item in copy.data["items"]} == set(copy.confirmed)
    assert len(copy.data["items"]) == 2
    pictures = {name for name in copy.files if name.startswith("pictures/")}
    assert pictures == {item["picture"] for item in copy.data["items"]}
    assert set(copy.files) - pictures == {
        "index.html",
        "style.css",
        "data.json",
        "data.schema.json",
    }


def test_a_picture_collected_ten_years_ago_is_in_it(copy):
    assert min(item["collected_at"] for item in copy.data["items"]).startswith("2016-09-30")


def test_the_face_codes_are_those_that_the_stores_hold(copy):
    for item in copy.data["items"]:
        given = np.array(item["face_code"]["numbers"])
        assert np.abs(given - copy.confirmed[item["source_url"]]).max() < 1e-6


def test_the_person_can_be_seen_in_each_picture_and_nobody_else_can_be_found(copy):
    (mine,) = encode(PROBE.read_bytes())
    for item in copy.data["items"]:
        found = faces_in(copy.files[item["picture"]])
        assert any(np.linalg.norm(one - mine.vector) < OUTER for one in found)
        for stranger in copy.others:
            assert all(np.linalg.norm(one - stranger) > SAME_FACE for one in found)
    masked = {item["source_url"]: item["other_faces_masked"] for item in copy.data["items"]}
    assert masked[CHOSEN[0]] == 1


def test_the_stranger_was_in_the_picture_before_it_was_masked(copy):
    """Else the test above would prove nothing."""
    found = faces_in((FOLDER / "pictures" / "group-1.jpg").read_bytes())
    assert any(
        np.linalg.norm(one - stranger) < SAME_FACE for one in found for stranger in copy.others
    )


def test_sources_dates_and_recipients_stand_with_each_picture(copy):
    for item in copy.data["items"]:
        assert item["page_title"]
        assert item["collector"]
        assert item["held_since"]
    told = {shown["name"] for item in copy.data["items"] for shown in item["recipients"]}
    assert "Northern Rail Security Ltd" in told
    assert b"Northern Rail Security Ltd" in copy.files["index.html"]


def test_every_part_of_article_15_is_told(copy):
    assert set(copy.data["information"]) >= set(ITEMS)
    page = copy.files["index.html"].decode()
    for text in copy.data["information"].values():
        assert text.split(",")[0] in page


def test_the_stores_that_were_searched_are_named_with_their_counts(copy):
    assert {one["store"]: one["compared"] for one in copy.data["stores_searched"]} == {
        "Live gallery": 4,
        "Archive": 3,
    }


def test_the_data_keep_to_the_schema_that_lies_beside_them(copy):
    schema = json.loads(copy.files["data.schema.json"])
    assert list(breaches(copy.data, schema)) == []
    assert list(breaches({**copy.data, "score": 1}, schema)) == ["$ has 'score'"]
    assert list(breaches({**copy.data, "items": []}, schema)) == ["$.items has a wrong length"]


def test_the_copy_opens_without_the_internet(copy):
    page = copy.files["index.html"].decode() + copy.files["style.css"].decode()
    local = set(re.findall(r'(?:src|href)="([^"]*)"', page))
    assert local <= set(copy.files)
    assert not re.search(r"url\(|@import|<script|<iframe|<object", page)


def test_no_distance_and_no_decision_is_handed_out(copy):
    """A number would teach how to look like somebody (security row 3)."""
    words = {"distance", "band", "score", "decided_by", "reviewer", "template_ref"}
    assert not words & set(re.findall(r"[a-z_]+", " ".join(keys(copy.data))))


def test_the_log_says_that_it_was_made_and_answered(copy):
    made, answered = (copy.log.index(one) for one in (EventType.EXPORT_MADE, EventType.ANSWERED))
    assert made < answered


# --- What would be empty is not sent ----------------------------------------------------------


@pytest.mark.parametrize("part", ITEMS)
def test_a_copy_with_an_empty_part_is_not_made(memory_stores, settings, tmp_path, part):
    lines = EXAMPLE.read_text("utf-8").splitlines()
    changed = [f'{part} = " "' if line.startswith(f"{part} = ") else line for line in lines]
    settings.ARTICLE_15_FILE = tmp_path / "article15.toml"
    settings.ARTICLE_15_FILE.write_text("\n".join(changed), "utf-8")
    assert article_15(settings.ARTICLE_15_FILE)[part] == " "
    rights_request = exporting()
    with pytest.raises(ExportIncomplete, match=re.escape(f"Article 15 ({part})")):
        export_copy(rights_request)
    rights_request.refresh_from_db()
    assert rights_request.state == State.EXPORTING
    assert not Delivery.objects.exists()


def exporting() -> RightsRequest:
    """Give a copy that is about to be made, of one picture."""
    rights_request = rights_request_at(State.EXPORTING)
    keep = rights_request.case.found.all()[0]
    rights_request.case.found.exclude(pk=keep.pk).update(
        decision=Decision.DIFFERENT, second_decision="", second_decided_by=None
    )
    memory = stores[keep.store]
    memory._held[keep.template_ref].picture = None  # noqa: SLF001 - a face code alone: quick
    return rights_request


@pytest.mark.parametrize(
    "period",
    ["As long as needed.", "It is kept as long as necessary", "as long as REQUIRED by us"],
)
def test_a_storage_period_that_nobody_can_test_is_refused(tmp_path, period):
    file = tmp_path / "article15.toml"
    file.write_text(f'd = "{period}"', "utf-8")
    with pytest.raises(ExportIncomplete, match="storage period"):
        article_15(file)


@pytest.mark.parametrize("content", [None, b"d = ", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_said_so(tmp_path, content):
    file = tmp_path / "article15.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ExportIncomplete, match="PORTAL_ARTICLE_15_FILE"):
        article_15(file)


def test_a_copy_of_nothing_is_not_made(memory_stores):
    rights_request = exporting()
    rights_request.case.found.update(decision=Decision.DIFFERENT)
    with pytest.raises(ExportIncomplete, match="copy of your data"):
        export_copy(rights_request)


def keys(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [*data, *(key for value in data.values() for key in keys(value))]
    return [key for value in data for key in keys(value)] if isinstance(data, list) else []


KINDS = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": int | float,
    "null": type(None),
    "boolean": bool,
}


def breaches(data: Any, schema: dict[str, Any], where: str = "$"):
    """Check what our schema uses of JSON Schema; yield what does not fit."""
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(data, KINDS[kind]) for kind in kinds):
        yield f"{where} is no {kinds}"
    if data != schema.get("const", data):
        yield f"{where} is not {schema['const']}"
    if isinstance(data, dict):
        yield from breaches_inside(data, schema, where)
    if isinstance(data, list):
        if not schema.get("minItems", 0) <= len(data) <= schema.get("maxItems", len(data)):
            yield f"{where} has a wrong length"
        for value in data:
            yield from breaches(value, schema.get("items", {}), where)


def breaches_inside(data: dict[str, Any], schema: dict[str, Any], where: str):
    known = schema.get("properties", {})
    more = schema.get("additionalProperties", True)
    yield from (f"{where} lacks {name!r}" for name in set(schema.get("required", [])) - set(data))
    for name, value in data.items():
        if name not in known and more is False:
            yield f"{where} has {name!r}"
        elif isinstance(known.get(name, more), dict):
            yield from breaches(value, known.get(name, more), f"{where}.{name}")
