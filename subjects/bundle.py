"""The copy of Article 15.

Pictures with everybody else masked, all that is held about them, and in plain words.
"""

import hashlib
import io
import json
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from subjects import law
from subjects.errors import BadPicture, ExportIncomplete, TemplateGone
from subjects.faces import encoder, pictures
from subjects.faces.values import Box
from subjects.models import Decision, FoundTemplate, RightsRequest
from subjects.stores import stores
from subjects.stores.base import Description, FaceTemplateStore, TemplateRef

SCHEMA: Final = "access-copy-1"
UNTESTABLE: Final = ("as long as need", "as long as necessary", "as long as required")
ITEMS: Final = ("a", "b", "c", "d", "e", "f", "g", "h", "transfers")


@dataclass(frozen=True)
class Item:
    """One face code of the person, with its picture in which everybody else is painted over."""

    number: int
    store: str
    store_name: str
    description: Description
    vector: list[float] = field(repr=False)
    picture: bytes | None = field(repr=False)
    masked: int

    @property
    def file(self) -> str:
        """Where the picture lies in the copy; empty where the store has none."""
        return f"pictures/{self.number:03d}.jpg" if self.picture else ""

    def as_data(self) -> dict[str, Any]:
        """Return what is held, for `data.json`: R-071 item by item."""
        held = self.description
        return {
            "number": self.number,
            "store": self.store_name,
            "restricted": held.restricted,
            "picture": self.file or None,
            "other_faces_masked": self.masked,
            "source_url": held.source_url,
            "page_title": held.page_title,
            "caption": held.caption,
            "collected_at": held.collected_at.isoformat() if held.collected_at else None,
            "collected_in": held.collected_in,
            "collector": held.collector,
            "held_since": held.enrolled_at.isoformat(),
            "recipients": [
                {"name": shown.name, "purpose": shown.purpose, "on": shown.on.isoformat()}
                for shown in held.recipients
            ],
            "consultations": [
                {"at": look.at.isoformat(), "purpose": look.purpose} for look in held.consultations
            ],
            "face_code": {"model": held.model, "numbers": self.vector},
        }


@dataclass(frozen=True)
class Bundle:
    """A finished copy: the ZIP, its SHA-256 in hex, how many face codes and how many pictures."""

    content: bytes = field(repr=False)
    digest: str
    items: int
    pictures: int


def build_bundle(rights_request: RightsRequest, *, progress: Callable[[], None]) -> Bundle:
    """Build the copy of everything confirmed as this person's, and of nothing else.

    `progress` is called before each picture. Raises `ExportIncomplete` where one of the three parts
    of Article 15 would be empty, `StoreUnavailable` where a store does not answer.
    """
    information = article_15(settings.ARTICLE_15_FILE)
    found = [item for item in rights_request.case.found.all() if item.verdict == Decision.SAME]
    items: list[Item] = []
    for each in found:
        progress()
        item = _item(len(items) + 1, each)
        if item:
            items.append(item)
    empty = [] if items else ["the copy of your data"]
    empty += [f"Article 15 ({name})" for name in ITEMS if not information.get(name, "").strip()]
    if empty:
        raise ExportIncomplete(empty)
    content = _zip(rights_request, items, information)
    return Bundle(
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        items=len(items),
        pictures=sum(bool(item.picture) for item in items),
    )


def article_15(path: Any) -> dict[str, str]:  # noqa: ANN401 - a setting; checked here
    """Read what the controller says for Article 15(1)(a) to (h) and (2).

    Raises `ExportIncomplete` where the file is missing or the storage period cannot be tested
    (R-077).
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - an unset setting is no path
            texts = {str(name): str(text) for name, text in tomllib.load(file).items()}
    except (OSError, ValueError):
        what = "Article 15(1) and (2): PORTAL_ARTICLE_15_FILE cannot be read, so everything in it"
        raise ExportIncomplete([what]) from None
    if any(phrase in texts.get("d", "").lower() for phrase in UNTESTABLE):
        what = "Article 15 (d): the storage period names no date or criterion, so it"
        raise ExportIncomplete([what])
    return texts


def _item(number: int, found: FoundTemplate) -> Item | None:
    store, ref = stores[found.store], TemplateRef(found.template_ref)
    try:
        description = store.describe(ref)
        original = store.picture(ref)
        vector = store.vector(ref)
    except TemplateGone:
        # The organisation itself removed it since: there is nothing left to copy.
        return None
    picture, masked = _masked(store, description, original, vector) if original else (None, 0)
    return Item(
        number=number,
        store=found.store,
        store_name=store.name,
        description=description,
        vector=[round(float(value), 7) for value in vector],
        picture=picture,
        masked=masked,
    )


def _masked(
    store: FaceTemplateStore,
    description: Description,
    original: bytes,
    vector: np.ndarray,
) -> tuple[bytes, int]:
    """Paint over everybody else (Art 15(4)).

    A picture is never withheld because others are in it.
    """
    if description.box:
        keep = Box(*description.box)
    else:
        try:
            faces = encoder.encode(original, held=True)
        except BadPicture:
            what = f"a picture of {store.name} in which the face could not be found again"
            raise ExportIncomplete([what]) from None
        keep = min(faces, key=lambda face: float(np.linalg.norm(face.vector - vector))).box
    result = pictures.mask_others(original, keep=[keep])
    return result.picture, result.masked


def _zip(rights_request: RightsRequest, items: list[Item], information: dict[str, str]) -> bytes:
    case = rights_request.case
    made_at = timezone.now()
    data = {
        "schema": SCHEMA,
        "reference": case.reference,
        "controller": settings.CONTROLLER_NAME,
        "received_on": case.received_on.isoformat(),
        "made_at": made_at.isoformat(timespec="seconds"),
        "stores_searched": [
            {"store": stores[row.store].name, "compared": row.compared}
            for search in case.searches.filter(kind="intake", finished_at__isnull=False)
            for row in search.stores.all()
        ],
        "information": information,
        "items": [item.as_data() for item in items],
    }
    context = {
        **data,
        "items": items,
        "information": [
            {
                "article": entry.article,
                "title": entry.text,
                "text": information[_name_of(entry.code)],
            }
            for entry in law.article15_items()
            if _name_of(entry.code) in information
        ],
        "officer": settings.DPO_CONTACT,
        "address": settings.CONTROLLER_ADDRESS,
    }
    files: dict[str, str | bytes] = {
        "index.html": render_to_string("bundle/index.html", context),
        "style.css": render_to_string("bundle/style.css"),
        "data.json": json.dumps(data, ensure_ascii=False, indent=1),
        "data.schema.json": render_to_string("bundle/data.schema.json"),
    }
    files |= {item.file: item.picture for item in items if item.picture}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _name_of(code: str) -> str:
    return "transfers" if code == "2" else code
