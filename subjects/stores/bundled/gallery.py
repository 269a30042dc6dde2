"""The folder of a bundled store: what lies where, who may write, and the way back after a crash."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from subjects.errors import StoreMisconfigured, StoreUnavailable
from subjects.stores.base import Vector
from subjects.stores.bundled import files, segments
from subjects.stores.own import media_type
from subjects.stores.tables import BundledGallery, BundledPicture, BundledSegment

BATCH: Final = 500
"""So many values go into one statement."""
Item = TypeVar("Item")


def batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Cut a long list into parts that fit into one statement."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


class Gallery:
    """Knows the parts of one store: identity, writers.lock and three folders.

    `segments/` holds the vectors, `pictures/` the pictures, `incoming/` files whose rows may not be
    committed yet. A file in there that a row names only has to be moved; any other is debris.
    """

    def __init__(self, alias: str, directory: Path) -> None:
        self.alias, self.directory = alias, directory
        self.segments = directory / "segments"
        self.pictures = directory / "pictures"
        self.incoming = directory / "incoming"
        self._identity = directory / "identity"

    def row(self) -> BundledGallery:
        """Return the store's row; `StoreUnavailable` unless folder and row belong together."""
        with self.part("its folder"):
            identity = self._identity.read_text("ascii").strip()
            parts = [self.segments, self.pictures, self.incoming]
            missing = [part.name for part in parts if not part.is_dir()]
        if missing:
            raise StoreUnavailable(self.alias, f"its folder lacks {', '.join(missing)}")
        row = BundledGallery.objects.filter(alias=self.alias).first()
        if row is None or row.identity != identity:
            # Else an empty database beside a full folder would answer "nothing found".
            raise StoreUnavailable(self.alias, "its folder belongs to another database")
        return row

    def prepare(self) -> BundledGallery:
        """Return the store's row; make folder and row when neither is there yet."""
        known = BundledGallery.objects.filter(alias=self.alias).exists()
        if known or (self.segments.is_dir() and any(self.segments.iterdir())):
            return self.row()
        with self.part("its folder"):
            for folder in (self.directory, self.segments, self.pictures, self.incoming):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                files.sync_folder(folder.parent)
            with self.writing():
                if not self._identity.exists():
                    new = self.incoming / "identity"
                    files.destroy(new)
                    files.write_new(new, secrets.token_hex(16).encode())
                    files.move(new, self._identity)
                identity = self._identity.read_text("ascii").strip()
                other = BundledGallery.objects.filter(identity=identity).first()
                if other and other.alias != self.alias:
                    what = f"it shares its directory with {other.alias!r}"
                    raise StoreMisconfigured(self.alias, what)
                BundledGallery.objects.get_or_create(
                    alias=self.alias, defaults={"identity": identity}
                )
        return self.row()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let one writer at a time in, over all processes on this machine."""
        with self.part("its lock"):
            lock = os.open(self.directory / "writers.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """Name the part of the store that the operating system refuses."""
        try:
            yield
        except OSError as error:
            why = f"{what} cannot be used ({error.strerror})"
            raise StoreUnavailable(self.alias, why) from error
        except segments.SegmentDamaged as error:
            raise StoreUnavailable(self.alias, f"{what} is damaged: {error}") from error

    def segment_path(self, number: int) -> Path:
        """Return where a segment lies."""
        return self.segments / f"{number:06}.f32"

    def rows_of(self, segment: BundledSegment) -> Vector:
        """Map the rows of a segment that exist."""
        head = segments.header(segment.gallery.identity, segment.number, segment.model)
        with self.part(f"segment {segment.number}"):
            return segments.mapped(self.segment_path(segment.number), head, segment.rows)

    def read_picture(self, file: str) -> bytes:
        """Return a picture's bytes. It may be on its way from one folder to the other."""
        with self.part("a picture"):
            for folder in (self.pictures, self.incoming):
                try:
                    return (folder / file).read_bytes()
                except FileNotFoundError:
                    continue
            return (self.pictures / file).read_bytes()

    def new_picture(self, row: BundledGallery, picture: bytes) -> BundledPicture:
        """Write a picture into `incoming/` and return its row, not saved yet."""
        file = secrets.token_hex(16)
        with self.part("a new picture"):
            files.write_new(self.incoming / file, picture)
        digest = hashlib.sha256(picture).hexdigest()
        return BundledPicture(gallery=row, file=file, sha256=digest, media_type=media_type(picture))

    def recover(self, row: BundledGallery) -> None:
        """Finish or undo what a crashed writer left. Only for who holds `writing()`."""
        with self.part("what a crash left"):
            incoming = list(self.incoming.iterdir())
            named = _named(row, incoming)
            for path in incoming:
                if path in named:
                    files.move(path, self.pictures / path.name)
                else:
                    files.destroy(path)
            committed = {segment.number: segment for segment in row.segments.all()}
            for path in self.segments.iterdir():
                segment = committed.get(int(path.stem)) if path.stem.isdigit() else None
                if segment is None:
                    files.destroy(path)
                else:
                    segments.cut_tail(path, segment.rows)

    def destroy_unnamed_pictures(self, row: BundledGallery) -> None:
        """Destroy pictures that no row names, such as after a restore. Only under `writing()`."""
        with self.part("a picture that no row names"):
            pictures = list(self.pictures.iterdir())
            for path in set(pictures) - _named(row, pictures):
                files.destroy(path)


def _named(row: BundledGallery, paths: Sequence[Path]) -> set[Path]:
    """Return those that a row names."""
    named: set[Path] = set()
    for batch in batches(paths):
        by_name = {path.name: path for path in batch}
        rows = BundledPicture.objects.filter(gallery=row, file__in=by_name)
        named |= {by_name[file] for file in rows.values_list("file", flat=True)}
    return named
