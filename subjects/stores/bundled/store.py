"""The bundled store as the portal, its loader and its organisation see it."""

import hashlib
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from subjects.errors import StoreMisconfigured, StoreUnavailable, TemplateGone
from subjects.stores.base import (
    Candidate,
    Census,
    Consultation,
    Description,
    Disclosure,
    ErasureReport,
    Progress,
    Scope,
    ScopeCount,
    SearchReport,
    TemplateRef,
    Vector,
)
from subjects.stores.bundled.enrolling import enrol
from subjects.stores.bundled.erasing import Redactor, empty_write_ahead_log, erase, finish_erasures
from subjects.stores.bundled.gallery import Gallery, batches
from subjects.stores.bundled.searching import Found, search
from subjects.stores.own import Enrolment, OwnStore
from subjects.stores.scan import files_containing
from subjects.stores.scopes import Origin, counted
from subjects.stores.tables import (
    BundledConsultation,
    BundledGallery,
    BundledPicture,
    BundledTemplate,
)
from subjects.stores.vectors import RangeScan, checked_probes, checked_radii

_FILES_DEPTH = (
    "The bytes of the face code and of the picture were overwritten with zeros in their files, "
    "forced to the disk and read again. This store keeps no crops, thumbnails or search index. "
    "Overwriting proves nothing about older copies that a solid-state disk, a copy-on-write file "
    "system, a snapshot or a backup may still keep."
)
_AT_ONCE = 10_000
_ROWS_DEPTH = {
    "sqlite": "What was noted about them was deleted and overwritten in the database.",
    "postgresql": (
        "What was noted about them was deleted from the database; its bytes go when PostgreSQL "
        "next vacuums and recycles its write-ahead log."
    ),
}


class BundledStore(OwnStore):
    """Rows in the Django database, vectors and pictures in `directory`; exact, and erased for good.

    OPTIONS: `name`, `directory`, and `redactor`, the dotted path of a function that blanks faces in
    a picture (None: erasing one face of a group picture is refused). Safe for several processes on
    one machine; nothing is kept in memory between two calls.
    """

    def __init__(
        self, alias: str, *, name: str, directory: str | Path, redactor: str | None = None
    ) -> None:
        self.alias, self.name = alias, name
        self._gallery = Gallery(alias, Path(directory))
        self._redactor: Redactor | None = None
        if redactor is not None:
            try:
                self._redactor = import_string(redactor)
            except ImportError as error:
                raise StoreMisconfigured(alias, f"redactor {redactor!r}: {error}") from error

    @property
    def erasure_depth(self) -> str:
        """Say what an erase proves, with this database."""
        return f"{_FILES_DEPTH} {_ROWS_DEPTH.get(connection.vendor, '')}".rstrip()

    @property
    def model(self) -> str:
        """Return the model of the templates held."""
        rows = self._face_templates().values_list("segment__model", flat=True)
        return rows.first() or ""

    def search(
        self,
        vectors: npt.ArrayLike,
        *,
        within: float | Sequence[float],
        model: str | None = None,
        progress: Progress | None = None,
    ) -> SearchReport:
        """Search every row; one that cannot be accounted for raises `StoreUnavailable`."""
        started = time.monotonic()
        probes = checked_probes(vectors)
        radii = checked_radii(within, len(probes))
        found = self._search(probes, radii, model, progress or (lambda _done, _all: None))
        return SearchReport(
            store=self.alias,
            total=found.total,
            compared=found.compared,
            candidates=found.candidates,
            model=found.model,
            within=float(radii.max()),
            seconds=time.monotonic() - started,
        )

    def organisation_search(
        self, vector: npt.ArrayLike, *, within: float, purpose: str
    ) -> tuple[Candidate, ...]:
        """Search without what is restricted, and note on each template returned that it was."""
        probes = checked_probes(vector)
        found = self._search(
            probes, checked_radii(within, len(probes)), None, lambda _done, _all: None
        )
        shown = tuple(candidate for candidate in found.candidates if not candidate.restricted)
        now = timezone.now()
        for batch in batches([candidate.ref for candidate in shown]):
            BundledConsultation.objects.bulk_create(
                BundledConsultation(face_template=shown_one, at=now, purpose=purpose)
                for shown_one in self._face_templates().filter(ref__in=batch)
            )
        return shown

    def _search(
        self,
        probes: npt.NDArray[np.float64],
        radii: npt.NDArray[np.float64],
        model: str | None,
        progress: Progress,
    ) -> Found:
        return search(self._gallery, self._row(), RangeScan(probes, radii), model, progress)

    def describe(self, ref: TemplateRef) -> Description:
        """Return the row, with whom it was shown to and who looked it up."""
        held = self._face_template(ref)
        picture = held.picture
        return Description(
            ref=ref,
            model=held.segment.model,
            enrolled_at=held.enrolled_at,
            collected_at=held.collected_at,
            collected_in=held.collected_in or None,
            source_url=held.source_url or None,
            page_title=held.page_title or None,
            collector=held.collector or None,
            caption=held.caption or None,
            box=tuple(held.box) if held.box else None,
            restricted=held.restricted_at is not None,
            recipients=tuple(
                Disclosure(shown.name, shown.purpose, shown.on)
                for shown in held.disclosures.order_by("on", "pk")
            ),
            consultations=tuple(
                Consultation(looked.at, looked.purpose)
                for looked in held.consultations.order_by("at", "pk")
            ),
            picture_media_type=picture.media_type if picture else None,
        )

    def picture(self, ref: TemplateRef) -> bytes | None:
        """Return the picture's file as it was taken in, or as it was redacted."""
        picture = self._face_template(ref).picture
        if picture is None:
            return None
        with suppress(StoreUnavailable):
            return self._gallery.read_picture(picture.file)
        # An erase may just have replaced it by a redacted copy, or taken it away.
        again = self._face_template(ref).picture
        return self._gallery.read_picture(again.file) if again else None

    def vector(self, ref: TemplateRef) -> Vector:
        """Return a copy of the row."""
        held = self._face_template(ref)
        rows = self._gallery.rows_of(held.segment)
        vector = np.array(rows[held.row])
        if not vector.any():
            raise TemplateGone(self.alias)
        return vector

    def restrict(self, refs: Collection[TemplateRef]) -> None:
        """Mark the rows; the organisation's next search passes them over."""
        self._row()
        for batch in batches(sorted(refs)):
            open_rows = self._face_templates().filter(ref__in=batch, restricted_at=None)
            open_rows.update(restricted_at=timezone.now())

    def release(self, refs: Collection[TemplateRef]) -> None:
        """Take the mark away, except from what is being erased."""
        self._row()
        for batch in batches(sorted(refs)):
            self._face_templates().filter(ref__in=batch, erasing_at=None).update(restricted_at=None)

    def erase(self, refs: Collection[TemplateRef]) -> ErasureReport:
        """Overwrite, read again, forget; see `erasing`. Not inside a transaction."""
        return erase(self._gallery, self._redactor, refs, self.erasure_depth)

    def holds(self, refs: Collection[TemplateRef]) -> set[TemplateRef]:
        """Ask the tables, which forget a row last of all."""
        self._row()
        held: set[TemplateRef] = set()
        for batch in batches(sorted(refs)):
            names = self._face_templates().filter(ref__in=batch).values_list("ref", flat=True)
            held |= {TemplateRef(ref) for ref in names}
        return held

    def census(self) -> Census:
        """Count the rows after looking at every segment's header and length."""
        row = self._row()
        for segment in row.segments.select_related("gallery"):
            self._gallery.rows_of(segment)
        refs = dict(self._face_templates().values_list("ref", "restricted_at"))
        digest = hashlib.sha256("\n".join(sorted(refs)).encode()).hexdigest()
        return Census(len(refs), sum(at is not None for at in refs.values()), digest)

    def count(self, scope: Scope) -> ScopeCount:
        """Read what the rows say, after looking at every segment as `census` does."""
        for segment in self._row().segments.select_related("gallery"):
            self._gallery.rows_of(segment)
        rows = self._face_templates().values_list("collected_in", "source_url", "collected_at")
        return counted(scope, (Origin(*row) for row in rows.iterator(chunk_size=_AT_ONCE)))

    def maintain(self) -> None:
        """Finish what crashed, destroy files that no row names, empty the write-ahead file."""
        row = self._gallery.row()
        with self._gallery.writing():
            self._gallery.recover(row)
            finish_erasures(self._gallery, row)
            self._gallery.destroy_unnamed_pictures(row)
        empty_write_ahead_log()

    def enrol(self, items: Sequence[Enrolment]) -> list[TemplateRef]:
        """Append; not inside a transaction. Makes the folder when the store is new."""
        return enrol(self._gallery, items)

    def pictures_held(self, digests: Collection[str]) -> set[str]:
        """Ask the tables; a store that is new holds none."""
        held: set[str] = set()
        for batch in batches(sorted(digests)):
            rows = BundledPicture.objects.filter(gallery__alias=self.alias, sha256__in=batch)
            held |= set(
                rows.filter(face_templates__erasing_at=None).values_list("sha256", flat=True)
            )
        return held

    def contents(self) -> Iterator[tuple[TemplateRef, Vector]]:
        """Read segment by segment."""
        for segment in self._row().segments.order_by("number"):
            vectors = self._gallery.rows_of(segment)
            named = segment.face_templates.order_by("row").values_list("row", "ref")
            yield from ((TemplateRef(ref), np.array(vectors[row])) for row, ref in named)

    def byte_scan(self, needles: Sequence[bytes]) -> list[Path]:
        """Read every file in the store's folder."""
        self._row()
        files = sorted(path for path in self._gallery.directory.rglob("*") if path.is_file())
        with self._gallery.part("a file"):
            return files_containing(files, needles)

    def _row(self) -> BundledGallery:
        return self._gallery.row()

    def _face_templates(self) -> QuerySet[BundledTemplate]:
        return BundledTemplate.objects.filter(segment__gallery__alias=self.alias)

    def _face_template(self, ref: TemplateRef) -> BundledTemplate:
        self._row()
        rows = self._face_templates().select_related("segment__gallery", "picture")
        held = rows.filter(ref=ref).first()
        if held is None:
            raise TemplateGone(self.alias)
        return held
