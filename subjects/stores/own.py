"""A store that ships with the product: it also takes pictures in and answers its organisation."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy.typing as npt

from subjects.stores.base import Box, Candidate, Disclosure, FaceTemplateStore, TemplateRef, Vector


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """One face to take in. Faces of one picture carry the same `picture` bytes: it is kept once.

    `vector` is (128,), made by `model`. A picture needs the face's `box`, because erasing one face
    of a group picture blanks that box. `collected_in` is a country (ISO 3166-1, two letters).
    """

    vector: npt.ArrayLike
    model: str
    picture: bytes | None = None
    box: Box | None = None
    source_url: str = ""
    page_title: str = ""
    collector: str = ""
    caption: str = ""
    collected_at: datetime | None = None
    collected_in: str = ""
    recipients: tuple[Disclosure, ...] = ()

    def __post_init__(self) -> None:
        if self.picture is not None and self.box is None:
            message = "a picture needs the box of the face in it"
            raise ValueError(message)


class OwnStore(FaceTemplateStore):
    """What the loader and the organisation's own program need; the portal uses none of it."""

    @abstractmethod
    def enrol(self, items: Sequence[Enrolment]) -> list[TemplateRef]:
        """Take faces in, all or none, and return their new names in the same order.

        Raises `VectorRefused`, and `ModelMismatch` when the store holds codes of another model.
        """

    @abstractmethod
    def pictures_held(self, digests: Collection[str]) -> set[str]:
        """Return which of these pictures (SHA-256 in hex) the store keeps unchanged."""

    @abstractmethod
    def organisation_search(
        self, vector: npt.ArrayLike, *, within: float, purpose: str
    ) -> tuple[Candidate, ...]:
        """Search as the organisation does: restricted templates are not there (Article 18(2)).

        Each template returned keeps a record of when and why (C-579/21).
        """

    @abstractmethod
    def contents(self) -> Iterator[tuple[TemplateRef, Vector]]:
        """Yield every template with its vector, to compare the store before and after something."""

    @abstractmethod
    def byte_scan(self, needles: Sequence[bytes]) -> list[Path]:
        """Return every file of the store that holds one of these byte strings."""


def media_type(picture: bytes) -> str:
    """Tell JPEG, PNG and WebP apart by their first bytes."""
    if picture.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    return "application/octet-stream"
