"""Loads folders of pictures into a store of our own: each face becomes a template."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from subjects.errors import BadPicture, PictureTooLarge, StoreMisconfigured
from subjects.faces.encoder import encode
from subjects.faces.values import MODEL, Face
from subjects.stores import stores
from subjects.stores.base import Disclosure
from subjects.stores.own import Enrolment, OwnStore

LOT: Final = 32
"""Pictures in memory at once, and in one transaction."""
UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, slots=True)
class PictureMetadata:
    """What is known of a picture beside its bytes."""

    source_url: str = ""
    page_title: str = ""
    collector: str = ""
    caption: str = ""
    collected_at: datetime | None = None
    collected_in: str = ""
    recipients: tuple[Disclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not loaded: the code of the error, and what it says."""

    file: Path
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Counts: `loaded` and `skipped` (already there) are pictures, `face_templates` are faces."""

    loaded: int
    face_templates: int
    skipped: int
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class _Picture:
    file: Path
    data: bytes
    digest: str


def load_pictures(  # noqa: PLR0913  # what an operator can say of a folder
    store_alias: str,
    paths: Iterable[Path],
    *,
    metadata: Mapping[str, PictureMetadata] | None = None,
    otherwise: PictureMetadata | None = None,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> LoadReport:
    """Encode every face of every picture under `paths` and enrol it.

    `metadata` is by file name, `otherwise` for files not in it. Safe to run again after it was
    stopped: a picture that the store keeps is skipped. Raises, before anything is loaded,
    `FileNotFoundError` for a path that is not there and `StoreMisconfigured` for a store that does
    not ship with the portal.
    """
    store = stores[store_alias]
    if not isinstance(store, OwnStore):
        # The portal never enrols in the organisation's stores.
        raise StoreMisconfigured(store_alias, "pictures are not loaded into a store of others")
    files = sorted(set(_files(paths)))
    told = progress or (lambda _done, _all: None)
    loaded = face_templates = skipped = 0
    refused: list[Refused] = []
    told(0, len(files))
    store.enrol([])  # an empty folder makes an empty store, which answers; a missing one does not
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for start in range(0, len(files), LOT):
            read = [_read(file) for file in files[start : start + LOT]]
            pictures = [picture for picture in read if isinstance(picture, _Picture)]
            new = _new(store, pictures)
            encoded = _encode(pool, new)
            faces = [(picture, found) for picture, found in encoded if isinstance(found, list)]
            store.enrol(list(_enrolments(faces, metadata or {}, otherwise or PictureMetadata())))
            loaded += len(faces)
            face_templates += sum(len(found) for _, found in faces)
            skipped += len(pictures) - len(new)
            refused += [bad for bad in read if isinstance(bad, Refused)]
            refused += [bad for _, bad in encoded if isinstance(bad, Refused)]
            told(start + len(read), len(files))
    return LoadReport(loaded, face_templates, skipped, tuple(refused))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files named and those in the folders named; links in folders are not followed."""
    for path in paths:
        if path.is_dir():
            for file in path.rglob("*"):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and not file.is_symlink() and not hidden:
                    yield file
        elif path.exists():
            yield path
        else:
            message = f"There is no file or folder {path}."
            raise FileNotFoundError(message)


def _read(file: Path) -> _Picture | Refused:
    try:
        size = file.stat().st_size
        if size > settings.UPLOAD_BYTES:
            return Refused(file, PictureTooLarge.code, PictureTooLarge.sentence)
        data = file.read_bytes()
    except OSError as error:
        return Refused(file, UNREADABLE, str(error.strerror))
    return _Picture(file, data, hashlib.sha256(data).hexdigest())


def _new(store: OwnStore, pictures: Sequence[_Picture]) -> list[_Picture]:
    """Leave out what the store already keeps, and the second of two equal files."""
    by_digest = {picture.digest: picture for picture in reversed(pictures)}
    held = store.pictures_held(by_digest.keys())
    return [picture for digest, picture in by_digest.items() if digest not in held]


def _encode(
    pool: Executor, pictures: Sequence[_Picture]
) -> list[tuple[_Picture, list[Face] | Refused]]:
    """Encode one lot in several children at once; what cannot be encoded is refused, and named."""
    jobs = [(picture, pool.submit(encode, picture.data, held=True)) for picture in pictures]
    encoded: list[tuple[_Picture, list[Face] | Refused]] = []
    for picture, job in jobs:
        try:
            encoded.append((picture, job.result()))
        except BadPicture as error:
            encoded.append((picture, Refused(picture.file, error.code, str(error))))
    return encoded


def _enrolments(
    encoded: Iterable[tuple[_Picture, list[Face]]],
    metadata: Mapping[str, PictureMetadata],
    otherwise: PictureMetadata,
) -> Iterator[Enrolment]:
    for picture, faces in encoded:
        known = metadata.get(picture.file.name, otherwise)
        for face in faces:
            yield Enrolment(
                vector=face.vector,
                model=MODEL,
                picture=picture.data,
                box=face.box.astuple(),
                source_url=known.source_url,
                page_title=known.page_title,
                collector=known.collector,
                caption=known.caption,
                collected_at=known.collected_at,
                collected_in=known.collected_in,
                recipients=known.recipients,
            )
