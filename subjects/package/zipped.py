"""A package as one file: a ZIP that is there whole or not at all, for its owner alone."""

import os
import zipfile
from pathlib import Path
from typing import Final

from subjects.audit.files import PRIVATE, sync_folder
from subjects.errors import PackageTooLarge
from subjects.package.collect import FULL, PART
from subjects.package.orders import Progress

EVERY: Final = 256
MADE: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP can state: the times in it say nothing."""


def zip_package(folder: Path, place: Path, *, name: str, progress: Progress) -> int:
    """Write the files of `folder` into `place`, below a folder `name`; give its bytes.

    What is there is replaced when the new one is whole. Raises PackageTooLarge.
    """
    part = place.with_name(place.name + PART)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PRIVATE)
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for done, path in enumerate(files):
                    if done % EVERY == 0:
                        progress("zip", done, len(files))
                    _add(archive, path, f"{name}/{path.relative_to(folder).as_posix()}")
            file.flush()
            os.fsync(file.fileno())
        part.rename(place)
        sync_folder(place.parent)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise PackageTooLarge from error
        raise
    progress("zip", len(files), len(files))
    return place.stat().st_size


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    about = zipfile.ZipInfo(name, MADE)
    about.compress_type = zipfile.ZIP_DEFLATED
    about.external_attr = 0o644 << 16
    about.file_size = path.stat().st_size
    with path.open("rb") as content, archive.open(about, "w") as packed:
        while part := content.read(1 << 20):
            packed.write(part)
