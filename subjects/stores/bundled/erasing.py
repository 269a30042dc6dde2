"""Destroys templates in a bundled store: marked, overwritten, read again, only then forgotten."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from subjects.errors import BadPicture, ErasureIncomplete, StoreMisconfigured, StoreUnavailable
from subjects.stores.base import Box, ErasureReport, TemplateRef
from subjects.stores.bundled import files, segments
from subjects.stores.bundled.gallery import Gallery, batches
from subjects.stores.tables import BundledGallery, BundledPicture, BundledTemplate

Redactor = Callable[[bytes, Sequence[Box]], bytes]
"""Blanks faces in a picture for good and leaves all other pixels as they are."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What was destroyed."""

    pictures: int = 0
    files: int = 0


def erase(
    gallery: Gallery, redactor: Redactor | None, refs: Collection[TemplateRef], depth: str
) -> ErasureReport:
    """Destroy templates; a crash at any moment is finished by the next erase, enrolment or upkeep.

    A picture with other people in it is replaced by one with these faces blanked. Until the marks
    are committed nothing is destroyed; from then on nothing has to be decided any more.
    """
    row = gallery.row()
    with gallery.writing():
        gallery.recover(row)
        held = _of(row, refs)
        before = finish_erasures(gallery, row)
        redacted = _mark(gallery, row, redactor, sorted(held))
        gallery.recover(row)
        done = finish_erasures(gallery, row)
    still = _of(row, held)
    if still:
        raise ErasureIncomplete(gallery.alias, still)
    emptied = empty_write_ahead_log()
    return ErasureReport(
        erased=frozenset(held),
        absent=frozenset(refs) - held,
        pictures=before.pictures + done.pictures - redacted,
        redacted=redacted,
        files=before.files + done.files,
        depth=depth if emptied else f"{depth} {NOT_EMPTIED}",
    )


def _of(row: BundledGallery, refs: Collection[TemplateRef]) -> set[TemplateRef]:
    """Return those of `refs` that the tables still name."""
    found: set[TemplateRef] = set()
    for batch in batches(sorted(refs)):
        names = BundledTemplate.objects.filter(segment__gallery=row, ref__in=batch)
        found |= {TemplateRef(ref) for ref in names.values_list("ref", flat=True)}
    return found


def _mark(
    gallery: Gallery, row: BundledGallery, redactor: Redactor | None, refs: Sequence[TemplateRef]
) -> int:
    """Mark the templates, hand kept pictures over to their redacted copies; return how many."""
    shared = _shared_pictures(row, set(refs))
    if shared and redactor is None:
        what = "a picture shows other people too, and no redactor is named in its OPTIONS"
        raise StoreMisconfigured(gallery.alias, what)
    copies = [
        (picture, _redacted(gallery, row, redactor, picture, boxes))
        for picture, boxes in shared
        if redactor
    ]
    now = timezone.now()
    # Durable: what the marks stand for is destroyed as soon as this returns.
    with transaction.atomic(durable=True):
        for batch in batches(refs):
            BundledTemplate.objects.filter(segment__gallery=row, ref__in=batch).update(
                erasing_at=now, restricted_at=Coalesce("restricted_at", Value(now))
            )
        for picture, copy in copies:
            same = BundledPicture.objects.filter(gallery=row, sha256=copy.sha256).first()
            if same is None:
                copy.save()
            kept = picture.face_templates.filter(erasing_at=None)
            kept.update(picture=same or copy)
    return len(copies)


def _shared_pictures(
    row: BundledGallery, refs: set[TemplateRef]
) -> list[tuple[BundledPicture, list[Box]]]:
    """Return the pictures that other templates need too, with the boxes to blank in each."""
    pictures = set()
    for batch in batches(sorted(refs)):
        pictures |= set(BundledPicture.objects.filter(gallery=row, face_templates__ref__in=batch))
    shared = []
    for picture in sorted(pictures, key=lambda picture: picture.pk):
        boxes = dict(picture.face_templates.values_list("ref", "box"))
        if boxes.keys() - refs:
            shared.append(
                (picture, [tuple(box) for ref, box in boxes.items() if ref in refs and box])
            )
    return shared


def _redacted(
    gallery: Gallery,
    row: BundledGallery,
    redactor: Redactor,
    picture: BundledPicture,
    boxes: Sequence[Box],
) -> BundledPicture:
    try:
        blanked = redactor(gallery.read_picture(picture.file), boxes)
    except BadPicture as error:
        what = f"a picture that shows other people too cannot be redacted ({error.code})"
        raise StoreUnavailable(gallery.alias, what) from error
    return gallery.new_picture(row, blanked)


def finish_erasures(gallery: Gallery, row: BundledGallery) -> Finished:
    """Destroy whatever is marked: rows, pictures, and last of all what names them.

    Only for who holds `writing()`. In this order a crash leaves the names, so that nothing that was
    not overwritten is forgotten.
    """
    doomed = BundledTemplate.objects.filter(segment__gallery=row, erasing_at__isnull=False)
    if not doomed.exists():
        return Finished()
    segment_files = _blank_vectors(gallery, doomed)
    pictures = list(BundledPicture.objects.filter(face_templates__in=doomed).distinct())
    with gallery.part("a picture to destroy"):
        for picture in pictures:
            files.destroy(gallery.pictures / picture.file)
    with transaction.atomic(durable=True):
        doomed.delete()
        for batch in batches([picture.pk for picture in pictures]):
            BundledPicture.objects.filter(pk__in=batch).delete()
    return Finished(pictures=len(pictures), files=segment_files + len(pictures))


def _blank_vectors(gallery: Gallery, doomed: QuerySet[BundledTemplate]) -> int:
    """Overwrite the rows and read them again; return how many segments were written."""
    rows: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for number, place, ref in doomed.values_list("segment__number", "row", "ref"):
        rows[number].append((place, ref))
    for number, places in rows.items():
        with gallery.part(f"segment {number}"):
            path = gallery.segment_path(number)
            if not segments.blank_rows(path, [place for place, _ in places]):
                raise ErasureIncomplete(gallery.alias, [ref for _, ref in places])
    return len(rows)


NOT_EMPTIED = (
    "The database's write-ahead file was in use and still holds the deleted rows; "
    "it is emptied at the next upkeep."
)


def empty_write_ahead_log() -> bool:
    """Empty SQLite's write-ahead file, which still holds the rows as they were; else nothing to do.

    Returns False when a reader kept it from being emptied.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, _, _ = cursor.fetchone()
    return not busy
