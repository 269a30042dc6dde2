"""Takes faces into a bundled store: files first, one transaction, then the files' final names."""

import hashlib
import secrets
from collections.abc import Sequence

import numpy as np
from django.db import transaction
from django.utils import timezone

from subjects.errors import ModelMismatch, StoreUnavailable
from subjects.stores.base import TemplateRef, Vector
from subjects.stores.bundled import files, segments
from subjects.stores.bundled.erasing import finish_erasures
from subjects.stores.bundled.gallery import BATCH, Gallery
from subjects.stores.own import Enrolment
from subjects.stores.tables import (
    ROWS_PER_SEGMENT,
    BundledDisclosure,
    BundledGallery,
    BundledPicture,
    BundledSegment,
    BundledTemplate,
)
from subjects.stores.vectors import checked_template

Place = tuple[BundledSegment, int]


def enrol(gallery: Gallery, items: Sequence[Enrolment]) -> list[TemplateRef]:
    """Take all of `items` in, or none; a crash at any moment leaves the old or the new state."""
    vectors = np.array([checked_template(item.vector) for item in items], dtype="<f4")
    row = gallery.prepare()
    if not items:
        return []
    with gallery.writing():
        gallery.recover(row)
        # A picture that a crashed erase was destroying must not be taken for one that is kept.
        finish_erasures(gallery, row)
        model = _one_model(gallery, row, items)
        pictures = _write_pictures(gallery, row, items)
        places = _write_vectors(gallery, row, model, vectors)
        face_templates = _made(items, places, pictures)
        # Durable: inside a larger transaction the rows would exist before they are committed.
        with transaction.atomic(durable=True):
            _commit(gallery, face_templates, items, places, pictures)
        gallery.recover(row)
    return [TemplateRef(made.ref) for made in face_templates]


def _one_model(gallery: Gallery, row: BundledGallery, items: Sequence[Enrolment]) -> str:
    models = {item.model for item in items}
    held = row.segments.filter(face_templates__isnull=False).values_list("model", flat=True)
    wanted = models | set(held.distinct())
    if len(wanted) > 1:
        raise ModelMismatch(gallery.alias, " and ".join(sorted(wanted)), "one model for a store")
    return models.pop()


def _write_pictures(
    gallery: Gallery, row: BundledGallery, items: Sequence[Enrolment]
) -> dict[str, BundledPicture]:
    """Write each picture that is not kept yet; return all of them by their SHA-256."""
    found: dict[str, BundledPicture] = {}
    for item in items:
        if item.picture is None:
            continue
        digest = hashlib.sha256(item.picture).hexdigest()
        if digest in found:
            continue
        known = BundledPicture.objects.filter(gallery=row, sha256=digest).first()
        found[digest] = known or gallery.new_picture(row, item.picture)
    return found


def _write_vectors(
    gallery: Gallery, row: BundledGallery, model: str, vectors: Vector
) -> list[Place]:
    """Write all vectors behind the last rows that exist; return the place of each."""
    places: list[Place] = []
    while len(places) < len(vectors):
        segment, first = _free_segment(gallery, row, model, places)
        chunk = vectors[len(places) : len(places) + ROWS_PER_SEGMENT - first]
        with gallery.part(f"segment {segment.number}"):
            segments.write_rows(gallery.segment_path(segment.number), first, chunk)
        places += [(segment, first + offset) for offset in range(len(chunk))]
    return places


def _free_segment(
    gallery: Gallery, row: BundledGallery, model: str, places: list[Place]
) -> tuple[BundledSegment, int]:
    last = places[-1][0] if places else row.segments.order_by("-number").first()
    if last and not places and last.model == model and last.rows < ROWS_PER_SEGMENT:
        return last, last.rows
    number = last.number + 1 if last else 1
    new = gallery.incoming / f"{number:06}.f32"
    with gallery.part(f"segment {number}"):
        files.write_new(new, segments.header(row.identity, number, model))
        files.move(new, gallery.segment_path(number))
    return BundledSegment(gallery=row, number=number, model=model), 0


def _made(
    items: Sequence[Enrolment], places: list[Place], pictures: dict[str, BundledPicture]
) -> list[BundledTemplate]:
    now = timezone.now()
    return [
        BundledTemplate(
            ref=secrets.token_hex(16),
            segment=segment,
            row=row,
            picture=pictures[hashlib.sha256(item.picture).hexdigest()] if item.picture else None,
            box=list(item.box) if item.box else None,
            enrolled_at=now,
            collected_at=item.collected_at,
            collected_in=item.collected_in,
            source_url=item.source_url,
            page_title=item.page_title,
            collector=item.collector,
            caption=item.caption,
        )
        for item, (segment, row) in zip(items, places, strict=True)
    ]


def _commit(
    gallery: Gallery,
    face_templates: list[BundledTemplate],
    items: Sequence[Enrolment],
    places: list[Place],
    pictures: dict[str, BundledPicture],
) -> None:
    for picture in pictures.values():
        if not picture.pk:
            picture.save()
    # The last place in each segment comes last.
    ends = {segment.number: (segment, last + 1) for segment, last in places}
    for segment, rows in ends.values():
        before, segment.rows = segment.rows, rows
        if not segment.pk:
            segment.save()
        elif not BundledSegment.objects.filter(pk=segment.pk, rows=before).update(rows=rows):
            raise StoreUnavailable(gallery.alias, f"another machine wrote segment {segment.number}")
    # The foreign keys were empty when these rows were made.
    for made in face_templates:
        made.segment, made.picture = made.segment, made.picture
    BundledTemplate.objects.bulk_create(face_templates, batch_size=BATCH)
    BundledDisclosure.objects.bulk_create(
        (
            BundledDisclosure(
                face_template=made, name=shown.name, purpose=shown.purpose, on=shown.on
            )
            for made, item in zip(face_templates, items, strict=True)
            for shown in item.recipients
        ),
        batch_size=BATCH,
    )
