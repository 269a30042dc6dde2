"""A store that lives in one process and forgets everything with it: for tests and trials only."""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from subjects.errors import ModelMismatch, StoreMisconfigured, TemplateGone
from subjects.stores.base import (
    Box,
    Candidate,
    Census,
    Consultation,
    Description,
    ErasureReport,
    Progress,
    Scope,
    ScopeCount,
    SearchReport,
    TemplateRef,
    Vector,
)
from subjects.stores.own import Enrolment, OwnStore, media_type
from subjects.stores.scopes import Origin, counted
from subjects.stores.vectors import checked_probes, checked_radii, checked_template, nearest_within

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Held:
    vector: Vector
    description: Description
    picture: str | None
    consultations: list[Consultation] = field(default_factory=list)


class MemoryStore(OwnStore):
    """Keeps everything in dictionaries of this process. Refuses to start in production.

    OPTIONS: `name`, and `redactor` as in the bundled store.
    """

    def __init__(self, alias: str, *, name: str = "Memory", redactor: str | None = None) -> None:
        if settings.PRODUCTION:
            raise StoreMisconfigured(
                alias, "the memory store forgets everything: never in production"
            )
        _log.warning(
            "store in memory: everything in it ends with this process", extra={"store": alias}
        )
        self.alias, self.name = alias, name
        self._held: dict[TemplateRef, _Held] = {}
        self._pictures: dict[str, bytes] = {}
        self._lock = RLock()
        self._redactor: Callable[[bytes, Sequence[Box]], bytes] | None = None
        if redactor is not None:
            try:
                self._redactor = import_string(redactor)
            except ImportError as error:
                raise StoreMisconfigured(alias, f"redactor {redactor!r}: {error}") from error

    @property
    def erasure_depth(self) -> str:
        """Say what an erase proves in memory: little."""
        return "Removed from the memory of a running program; the memory was not overwritten."

    @property
    def model(self) -> str:
        """Return the model of the templates held."""
        with self._lock:
            return next((held.description.model for held in self._held.values()), "")

    def search(
        self,
        vectors: npt.ArrayLike,
        *,
        within: float | Sequence[float],
        model: str | None = None,
        progress: Progress | None = None,
    ) -> SearchReport:
        """Compare every row, in float64 from the start."""
        started = time.monotonic()
        probes = checked_probes(vectors)
        radii = checked_radii(within, len(probes))
        with self._lock:
            total, candidates = len(self._held), self._within(probes, radii)
            holds = self.model
        if model and holds and model != holds:
            raise ModelMismatch(self.alias, holds, model)
        if progress:
            progress(total, total)
        return SearchReport(
            store=self.alias,
            total=total,
            compared=total,
            candidates=candidates,
            model=model or holds,
            within=float(radii.max()),
            seconds=time.monotonic() - started,
        )

    def organisation_search(
        self, vector: npt.ArrayLike, *, within: float, purpose: str
    ) -> tuple[Candidate, ...]:
        """Search without what is restricted, and note on each template returned that it was."""
        probes = checked_probes(vector)
        with self._lock:
            found = self._within(probes, checked_radii(within, len(probes)))
            shown = tuple(candidate for candidate in found if not candidate.restricted)
            for candidate in shown:
                looked = Consultation(timezone.now(), purpose)
                self._held[candidate.ref].consultations.append(looked)
        return shown

    def _within(
        self, probes: npt.NDArray[np.float64], radii: npt.NDArray[np.float64]
    ) -> tuple[Candidate, ...]:
        if not self._held:
            return ()
        rows = np.array([held.vector for held in self._held.values()])
        found = [
            Candidate(ref, distance, held.description.restricted)
            for (ref, held), distance in zip(
                self._held.items(), nearest_within(rows, probes, radii).tolist(), strict=True
            )
            if np.isfinite(distance)
        ]
        return tuple(sorted(found, key=lambda candidate: (candidate.distance, candidate.ref)))

    def describe(self, ref: TemplateRef) -> Description:
        """Return what was enrolled, and who looked it up."""
        with self._lock:
            held = self._get(ref)
            return replace(held.description, consultations=tuple(held.consultations))

    def picture(self, ref: TemplateRef) -> bytes | None:
        """Return the picture as it was taken in, or as it was redacted."""
        with self._lock:
            held = self._get(ref)
            return self._pictures[held.picture] if held.picture else None

    def vector(self, ref: TemplateRef) -> Vector:
        """Return a copy of the row."""
        with self._lock:
            return self._get(ref).vector.copy()

    def _get(self, ref: TemplateRef) -> _Held:
        try:
            return self._held[ref]
        except KeyError:
            raise TemplateGone(self.alias) from None

    def restrict(self, refs: Collection[TemplateRef]) -> None:
        """Mark the rows."""
        self._set_restricted(refs, restricted=True)

    def release(self, refs: Collection[TemplateRef]) -> None:
        """Take the mark away."""
        self._set_restricted(refs, restricted=False)

    def _set_restricted(self, refs: Collection[TemplateRef], *, restricted: bool) -> None:
        with self._lock:
            for held in (self._held[ref] for ref in refs if ref in self._held):
                held.description = replace(held.description, restricted=restricted)

    def erase(self, refs: Collection[TemplateRef]) -> ErasureReport:
        """Forget the rows and their pictures; blank the faces in pictures that others need."""
        with self._lock:
            erased = self.holds(refs)
            doomed = {held.picture for ref, held in self._held.items() if ref in erased}
            kept = {held.picture for ref, held in self._held.items() if ref not in erased}
            shared = {picture for picture in doomed & kept if picture}
            redacted = {picture: self._redacted(picture, erased) for picture in shared}
            for ref in erased:
                del self._held[ref]
            for picture in doomed - {None}:
                del self._pictures[str(picture)]
            for held in self._held.values():
                if held.picture in redacted:
                    held.picture = self._keep(redacted[held.picture])
                    kind = media_type(self._pictures[held.picture])
                    held.description = replace(held.description, picture_media_type=kind)
        return ErasureReport(
            erased=frozenset(erased),
            absent=frozenset(refs) - erased,
            pictures=len(doomed - {None}) - len(shared),
            redacted=len(shared),
            files=0,
            depth=self.erasure_depth,
        )

    def _redacted(self, picture: str, erased: set[TemplateRef]) -> bytes:
        if self._redactor is None:
            what = "a picture shows other people too, and no redactor is named in its OPTIONS"
            raise StoreMisconfigured(self.alias, what)
        faces = [held for ref, held in self._held.items() if ref in erased]
        boxes = [face.description.box for face in faces if face.picture == picture]
        return self._redactor(self._pictures[picture], [box for box in boxes if box])

    def holds(self, refs: Collection[TemplateRef]) -> set[TemplateRef]:
        """Look them up."""
        with self._lock:
            return {ref for ref in refs if ref in self._held}

    def census(self) -> Census:
        """Count the dictionary."""
        with self._lock:
            restricted = sum(held.description.restricted for held in self._held.values())
            digest = hashlib.sha256("\n".join(sorted(self._held)).encode()).hexdigest()
            return Census(len(self._held), restricted, digest)

    def count(self, scope: Scope) -> ScopeCount:
        """Look at every description."""
        with self._lock:
            held = [one.description for one in self._held.values()]
        origins = (
            Origin(one.collected_in or "", one.source_url or "", one.collected_at) for one in held
        )
        return counted(scope, origins)

    def enrol(self, items: Sequence[Enrolment]) -> list[TemplateRef]:
        """Take all in, or none."""
        vectors = [checked_template(item.vector) for item in items]
        with self._lock:
            models = {item.model for item in items} | ({self.model} if self._held else set())
            if len(models) > 1:
                raise ModelMismatch(
                    self.alias, " and ".join(sorted(models)), "one model for a store"
                )
            refs = [TemplateRef(secrets.token_hex(16)) for _ in items]
            for ref, item, vector in zip(refs, items, vectors, strict=True):
                picture = self._keep(item.picture) if item.picture is not None else None
                self._held[ref] = _Held(vector, _description(ref, item), picture)
        return refs

    def _keep(self, picture: bytes) -> str:
        digest = hashlib.sha256(picture).hexdigest()
        self._pictures[digest] = picture
        return digest

    def pictures_held(self, digests: Collection[str]) -> set[str]:
        """Look them up."""
        with self._lock:
            return {digest for digest in digests if digest in self._pictures}

    def contents(self) -> Iterator[tuple[TemplateRef, Vector]]:
        """Yield copies, as they were when it began."""
        with self._lock:
            held = [(ref, one.vector.copy()) for ref, one in self._held.items()]
        yield from held

    def byte_scan(self, needles: Sequence[bytes]) -> list[Path]:  # noqa: ARG002  # it has no files
        """Return nothing: this store has no files."""
        return []


def _description(ref: TemplateRef, item: Enrolment) -> Description:
    return Description(
        ref=ref,
        model=item.model,
        enrolled_at=timezone.now(),
        collected_at=item.collected_at,
        collected_in=item.collected_in or None,
        source_url=item.source_url or None,
        page_title=item.page_title or None,
        collector=item.collector or None,
        caption=item.caption or None,
        box=item.box,
        recipients=item.recipients,
        picture_media_type=media_type(item.picture) if item.picture is not None else None,
    )
