"""The whole package, built beside its place and put there only when it is whole."""

import errno
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from subjects.audit import keys
from subjects.audit.files import sync_folder
from subjects.errors import PackageFolderRefused, PackageTooLarge
from subjects.package.bag import Bag
from subjects.package.computed import bag_info, pack_computed
from subjects.package.contents import pack_evidence, pack_log
from subjects.package.orders import Manifest, Progress, new_order
from subjects.package.sign import sign

PART: Final = ".part"
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def build_package(
    folder: Path, *, start: date, end: date, progress: Progress, note: bytes | None = None
) -> Manifest:
    """Build the bag at `folder`, which must not exist or be empty; the tables cover the period.

    `note` is the checkpoint up to which it goes, else the newest published one. It is built as
    `<folder>.part` and renamed when it is whole. Raises PeriodRefused, PackageFolderRefused,
    NothingToPack, PackageTooLarge, LogKeyMissing, LogKeyDamaged, TileMissing, LogForked; then
    nothing is left of it.
    """
    key = keys.export_key()
    order = new_order(start, end, note)

    def fill(bag: Bag) -> str:
        pack_log(bag, order, progress)
        found = pack_evidence(bag, order, progress)
        pack_computed(bag, order, found, progress)
        progress("signature", 0, 1)
        info = bag_info(order)
        digest = bag.close(info, lambda manifest: sign(manifest, key.public, key.sign))
        progress("signature", 1, 1)
        return digest

    digest = whole(folder, fill)
    return Manifest(folder, order.export, order.salt, order.size, digest)


def whole(folder: Path, fill: Callable[[Bag], str]) -> str:
    """Let `fill` build a bag, and put it at `folder` when it is done; give what `fill` gives.

    Raises PackageFolderRefused, PackageTooLarge, and whatever `fill` raises.
    """
    part = _begin(folder)
    try:
        digest = fill(Bag(part))
        sync_folder(part)
        part.rename(folder)
        sync_folder(folder.parent)
    except BaseException as error:
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise PackageTooLarge from error
        raise
    return digest


def _begin(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        why = f"{folder} is there already and not empty."
        raise PackageFolderRefused(why)
    part = folder.with_name(folder.name + PART)
    if part.exists():
        why = (
            f"{part} is there: a package is being built, or its building was killed, and then"
            " you can remove it."
        )
        raise PackageFolderRefused(why)
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
    except OSError as error:
        why = f"{part} cannot be made: {error.strerror}."
        raise PackageFolderRefused(why) from error
    return part
