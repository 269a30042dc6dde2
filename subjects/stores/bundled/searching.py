"""Searches the segments of a bundled store, and accounts for every row it holds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Sum

from subjects.errors import ModelMismatch, StoreUnavailable
from subjects.stores.base import Candidate, Progress, TemplateRef, Vector
from subjects.stores.bundled.gallery import BATCH, Gallery, batches
from subjects.stores.tables import BundledGallery, BundledSegment
from subjects.stores.vectors import RangeScan

BLOCK = 2048
"""Rows scanned at once: one mebibyte, so that the second pass over it comes from the cache."""
FEW = 4 * BATCH
"""Up to so many rows are asked for by number; for more, the whole segment is."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the live rows, how many were compared, the candidates, the model."""

    total: int
    compared: int
    candidates: tuple[Candidate, ...]
    model: str


@dataclass(frozen=True, slots=True)
class Part:
    """One segment at one moment: how many live rows it has, and the sum of their places."""

    segment: BundledSegment
    live: int
    sum_of_rows: int


@dataclass(frozen=True, slots=True)
class Name:
    """What the tables say of one row."""

    ref: str
    restricted: bool
    erasing: bool


@dataclass(frozen=True, slots=True)
class Hits:
    """One segment scanned: blank rows, rows within the radius, and their distances."""

    blank: npt.NDArray[np.intp]
    rows: npt.NDArray[np.intp]
    distances: npt.NDArray[np.float64]


def search(
    gallery: Gallery, row: BundledGallery, scan: RangeScan, model: str | None, progress: Progress
) -> Found:
    """Return every live row within the radius; `StoreUnavailable` when one is unaccounted for."""
    parts = _parts(row)
    models = {part.segment.model for part in parts if part.live}
    if len(models | ({model} if model else set())) > 1:
        raise ModelMismatch(gallery.alias, " and ".join(sorted(models)), model or "one model")
    expected = sum(part.live for part in parts)
    total, candidates = 0, list[Candidate]()
    progress(0, expected)
    for part in parts:
        live, found = _search_segment(gallery, part, scan)
        total += live
        candidates += found
        progress(total, max(expected, total))
    candidates.sort(key=lambda candidate: (candidate.distance, candidate.ref))
    return Found(total, total, tuple(candidates), model or "".join(models))


def _parts(row: BundledGallery) -> list[Part]:
    """Return what is to be compared, in one statement: one snapshot."""
    rows = row.segments.annotate(
        live=Count("face_templates"), sum_of_rows=Sum("face_templates__row", default=0)
    ).order_by("number")
    return [
        Part(BundledSegment(pk=pk, gallery=row, number=number, model=model, rows=end), live, sum_)
        for pk, number, model, end, live, sum_ in rows.values_list(
            "pk", "number", "model", "rows", "live", "sum_of_rows"
        )
    ]


def _search_segment(gallery: Gallery, part: Part, scan: RangeScan) -> tuple[int, list[Candidate]]:
    """Return how many live rows were compared, and those within the radius."""
    segment = part.segment
    vectors = gallery.rows_of(segment)
    hits = _scan(vectors, scan)
    if np.isnan(hits.distances).any():
        raise StoreUnavailable(gallery.alias, f"segment {segment.number} holds broken rows")
    seen = segment.rows - len(hits.blank)
    sum_seen = segment.rows * (segment.rows - 1) // 2 - int(hits.blank.sum())
    named = _names(segment, hits.rows)
    if (seen, sum_seen) != (part.live, part.sum_of_rows) or len(named) != len(hits.rows):
        named = _accounted(gallery, segment, vectors, hits.blank)
        seen = len(named)
    candidates = [
        Candidate(TemplateRef(named[row].ref), distance, named[row].restricted)
        for row, distance in zip(hits.rows.tolist(), hits.distances.tolist(), strict=True)
        if row in named
    ]
    return seen, candidates


def _scan(vectors: Vector, scan: RangeScan) -> Hits:
    blank, rows, distances = [], [], []
    for start in range(0, len(vectors), BLOCK):
        block = scan.scan(np.asarray(vectors[start : start + BLOCK]))
        blank.append(block.blank + start)
        rows.append(block.rows + start)
        distances.append(block.distances)
    if not blank:
        nothing = np.empty(0, dtype=np.intp)
        return Hits(nothing, nothing, np.empty(0))
    return Hits(np.concatenate(blank), np.concatenate(rows), np.concatenate(distances))


def _accounted(
    gallery: Gallery, segment: BundledSegment, vectors: Vector, blank: npt.NDArray[np.intp]
) -> dict[int, Name]:
    """Explain each blank row and each row without a name by an erase that is going on; else raise.

    An erase marks the name, blanks the row, then removes the name. So a blank row has a mark or no
    name, and a row without a name is blank by now. Returns the names of the rows compared.
    """
    named = _names(segment, None)
    blanks = set(blank.tolist())
    lost = [row for row in blanks & named.keys() if not named[row].erasing]
    if lost:
        what = f"{len(lost)} rows of segment {segment.number} are blank, but were never erased"
        raise StoreUnavailable(gallery.alias, what)
    nameless = sorted(set(range(segment.rows)) - blanks - named.keys())
    if nameless and vectors[nameless].any():
        what = f"rows of segment {segment.number} are not named in the database"
        raise StoreUnavailable(gallery.alias, what)
    return {row: name for row, name in named.items() if row not in blanks}


def _names(segment: BundledSegment, rows: npt.NDArray[np.intp] | None) -> dict[int, Name]:
    """Return what the tables say of these rows; of all, in one statement, when there are many."""
    everything = segment.face_templates.filter(row__lt=segment.rows)
    wanted = [everything]
    if rows is not None and len(rows) <= FEW:
        wanted = [everything.filter(row__in=batch) for batch in batches(rows.tolist())]
    held = {
        row: Name(ref, restricted_at is not None, erasing_at is not None)
        for part in wanted
        for row, ref, restricted_at, erasing_at in part.values_list(
            "row", "ref", "restricted_at", "erasing_at"
        )
    }
    if rows is None:
        return held
    return {row: held[row] for row in rows.tolist() if row in held}
