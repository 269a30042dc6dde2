"""A segment: a header, then rows of 128 little-endian float32: appended, blanked, never moved."""

import os
import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from subjects.stores.base import Vector
from subjects.stores.bundled.files import blank, write_at
from subjects.stores.vectors import DIMENSIONS

ROW_BYTES: Final = DIMENSIONS * 4
HEADER_BYTES: Final = 4096
_MAGIC: Final = b"FACESEG\x00"
_VERSION: Final = 1
_FIELDS: Final = struct.Struct("<8sIII32s200s")
_CHECKSUM: Final = struct.Struct("<I")


class SegmentDamaged(Exception):
    """Not the segment that the database describes. Never leaves the store: it has no alias."""


def header(identity: str, number: int, model: str) -> bytes:
    """Return the first 4,096 bytes: what the file is, whose, which, and of which model."""
    fields = _FIELDS.pack(
        _MAGIC, _VERSION, DIMENSIONS, number, identity.encode(), model.encode("utf-8")
    )
    return (fields + _CHECKSUM.pack(zlib.crc32(fields))).ljust(HEADER_BYTES, b"\x00")


def mapped(path: Path, expected_header: bytes, rows: int) -> Vector:
    """Map the first `rows` rows, read-only; a row blanked by another process shows at once.

    Raises `SegmentDamaged` when the header is another's or rows are missing, `OSError` when the
    file cannot be read.
    """
    with path.open("rb") as handle:
        if handle.read(HEADER_BYTES) != expected_header:
            what = "its header is not what was written"
            raise SegmentDamaged(what)
        # Reading beyond the end of a mapped file would kill the process.
        if os.fstat(handle.fileno()).st_size < HEADER_BYTES + rows * ROW_BYTES:
            what = "rows are missing at its end"
            raise SegmentDamaged(what)
        if not rows:
            return np.empty((0, DIMENSIONS), dtype="<f4")
        return np.memmap(
            handle, dtype="<f4", mode="r", offset=HEADER_BYTES, shape=(rows, DIMENSIONS)
        )


def write_rows(path: Path, first: int, vectors: Vector) -> None:
    """Write rows from `first` on and force them to the disk. They exist once a table says so."""
    file = os.open(path, os.O_RDWR)
    try:
        write_at(file, vectors.astype("<f4").tobytes(), HEADER_BYTES + first * ROW_BYTES)
        os.fsync(file)
    finally:
        os.close(file)


def blank_rows(path: Path, rows: npt.ArrayLike) -> bool:
    """Overwrite rows with zeros, force it to the disk, and say whether they read back as zeros."""
    starts = [HEADER_BYTES + int(row) * ROW_BYTES for row in np.asarray(rows)]
    file = os.open(path, os.O_RDWR)
    try:
        for start in starts:
            blank(file, start, start + ROW_BYTES)
        os.fsync(file)
        return not any(any(os.pread(file, ROW_BYTES, start)) for start in starts)
    finally:
        os.close(file)


def cut_tail(path: Path, rows: int) -> None:
    """Destroy what a crashed writer left behind the last row that exists."""
    end = HEADER_BYTES + rows * ROW_BYTES
    size = path.stat().st_size
    if size <= end:
        return
    file = os.open(path, os.O_RDWR)
    try:
        blank(file, end, size)
        os.fsync(file)
        os.ftruncate(file, end)
        os.fsync(file)
    finally:
        os.close(file)
