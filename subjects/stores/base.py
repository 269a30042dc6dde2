"""What every store of face templates can do, and the small values that go in and come out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType

import numpy as np
import numpy.typing as npt

from subjects.errors import CannotCount

TemplateRef = NewType("TemplateRef", str)
"""Names one template in its store: opaque, random, never used twice, never made from the person."""

Box = tuple[int, int, int, int]
"""Where a face is: top, right, bottom, left, in pixels of the picture turned the way it is seen."""

Vector = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with (templates compared so far, templates to compare)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A template within the radius: a pointer for a reviewer, never proof of identity."""

    ref: TemplateRef
    distance: float
    restricted: bool


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What one store answered: every template within the radius, the nearest first.

    `total` counts the templates that the store held when the search began, less those that an
    erase took away meanwhile; `compared` counts those whose distance was decided. `within` is the
    largest radius asked for.
    """

    store: str
    total: int
    compared: int
    candidates: tuple[Candidate, ...]
    model: str
    within: float
    seconds: float

    @property
    def complete(self) -> bool:
        """Say whether every template was compared; else nobody may say "not found"."""
        return self.compared == self.total


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Somebody was shown the person's data (Article 15(1)(c))."""

    name: str
    purpose: str
    on: date


@dataclass(frozen=True, slots=True)
class Consultation:
    """A search of the organisation that returned the person (C-579/21)."""

    at: datetime
    purpose: str


@dataclass(frozen=True, slots=True)
class Description:
    """Everything held about one template, for the answer under Article 15; None where unknown."""

    ref: TemplateRef
    model: str
    enrolled_at: datetime
    collected_at: datetime | None = None
    collected_in: str | None = None
    source_url: str | None = None
    page_title: str | None = None
    collector: str | None = None
    caption: str | None = None
    box: Box | None = None
    restricted: bool = False
    recipients: tuple[Disclosure, ...] = ()
    consultations: tuple[Consultation, ...] = ()
    picture_media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Census:
    """What a store holds at one moment; `digest` is the SHA-256 over its sorted ids, in hex."""

    count: int
    restricted: int
    digest: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What an order is about: an empty part stands for all.

    `country` is where the data was collected (ISO 3166-1, two letters), `source_suffix` the end of
    the host it came from (`example.fr`), the days are those of its collection, both included.
    """

    country: str = ""
    source_suffix: str = ""
    collected_from: date | None = None
    collected_to: date | None = None


@dataclass(frozen=True, slots=True)
class ScopeCount:
    """How many templates a store holds, how many of them are in a scope, and how many may be.

    `undetermined` are those of which the store's records do not tell: never silently outside.
    """

    total: int
    in_scope: int
    undetermined: int


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What an erase did.

    `absent` were gone already, `pictures` were destroyed, `redacted` pictures were kept for the
    other people in them with this face blanked, `files` were overwritten. `depth` says in plain
    words what that proves.
    """

    erased: frozenset[TemplateRef]
    absent: frozenset[TemplateRef]
    pictures: int
    redacted: int
    files: int
    depth: str


class FaceTemplateStore(ABC):
    """A place where the organisation keeps face templates. The portal never enrols in it (R-161).

    Every method raises `StoreUnavailable` when the store, or a part of it, does not answer. No
    method ever gives a short answer instead: an empty answer means that the store is whole and
    holds nothing.
    """

    alias: str
    name: str
    """What people call it, such as "Live gallery"."""

    @property
    @abstractmethod
    def erasure_depth(self) -> str:
        """In plain words: what an erase proves here, and what it cannot prove."""

    @property
    @abstractmethod
    def model(self) -> str:
        """The model, with its version, that made the templates; empty while there are none."""

    @abstractmethod
    def search(
        self,
        vectors: npt.ArrayLike,
        *,
        within: float | Sequence[float],
        model: str | None = None,
        progress: Progress | None = None,
    ) -> SearchReport:
        """Return every template within the radius of a probe, restricted ones too.

        `vectors` are k probes, shape (k, 128) or (128,); `within` is one Euclidean radius or one
        for each probe. A row counts when a probe reaches it: distance `<=` radius, in float64. Its
        distance is the smallest of those. With `model` given, a store of another one raises
        `ModelMismatch`; wrong probes raise `VectorRefused`.
        """

    @abstractmethod
    def describe(self, ref: TemplateRef) -> Description:
        """Return all that is held about one template; `TemplateGone` when it is not held."""

    @abstractmethod
    def picture(self, ref: TemplateRef) -> bytes | None:
        """Return the picture file of a template, None when it has none; `TemplateGone` as above."""

    @abstractmethod
    def vector(self, ref: TemplateRef) -> Vector:
        """Return the template itself: 128 float32; `TemplateGone` when it is not held."""

    @abstractmethod
    def restrict(self, refs: Collection[TemplateRef]) -> None:
        """Hide templates from the organisation's searches at once, not from ours (Article 18).

        What is not held is passed over; restricting twice is no error.
        """

    @abstractmethod
    def release(self, refs: Collection[TemplateRef]) -> None:
        """End a restriction. What is not held or not restricted is passed over."""

    @abstractmethod
    def erase(self, refs: Collection[TemplateRef]) -> ErasureReport:
        """Destroy templates and all that hangs on them (Article 17).

        Safe to run again after a crash: the same call finishes what was begun, and what is gone is
        reported as absent. Raises `ErasureIncomplete` when something is still there afterwards.
        """

    @abstractmethod
    def holds(self, refs: Collection[TemplateRef]) -> set[TemplateRef]:
        """Return those that are still here, in whatever part."""

    @abstractmethod
    def census(self) -> Census:
        """Count the store and take the digest of its ids."""

    def count(self, scope: Scope) -> ScopeCount:  # noqa: ARG002 - for those that can
        """Count what an order is about, restricted templates too, by the rule in `scopes`.

        A store whose records do not allow that leaves this as it is: `CannotCount`. It is then
        named as one that was not counted, and never taken as holding none.
        """
        raise CannotCount(self.alias)

    def maintain(self) -> None:  # noqa: B027  # most stores have nothing left to do
        """Do what physically completes earlier erasures, such as a compaction. Safe at any time."""
