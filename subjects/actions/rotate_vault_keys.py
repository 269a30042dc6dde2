"""Wrap every key by the newest vault key, so that an old one can be taken out."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from django.db import models, transaction

from subjects import vault
from subjects.audit.events import Actor, EventType
from subjects.audit.log import record_system
from subjects.models import AuthorityOrder, Case, Letter, RegulatorAccess, RightsRequest, SealedBlob

BATCH: Final = 500


class SealedColumn(NamedTuple):
    """A column with something sealed in it, and the context that each row's value is bound to."""

    model: type[models.Model]
    name: str
    context: Callable[[Any], str]
    key_id: Callable[[bytes], str] = vault.text_key_id
    rewrap: Callable[..., bytes] = vault.rewrap_text


COLUMNS: Final = (
    SealedColumn(
        SealedBlob, "wrapped_key", lambda blob: str(blob.context), vault.key_id, vault.rewrap
    ),
    SealedColumn(Case, "contact_sealed", lambda case: f"contact:{case.pk.hex}"),
    SealedColumn(Case, "notes_sealed", lambda case: f"notes:{case.pk.hex}"),
    SealedColumn(Letter, "body_sealed", lambda letter: f"letter:{letter.pk.hex}"),
    SealedColumn(RightsRequest, "reasons_sealed", lambda asked: f"reasons:{asked.pk.hex}"),
    SealedColumn(RegulatorAccess, "person_sealed", lambda access: str(access.context("person"))),
    SealedColumn(RegulatorAccess, "factor_sealed", lambda access: str(access.context("factor"))),
    SealedColumn(
        RegulatorAccess, "pseudonyms_sealed", lambda access: str(access.context("pseudonyms"))
    ),
    SealedColumn(AuthorityOrder, "asked_sealed", lambda order: str(order.context("asked"))),
    SealedColumn(AuthorityOrder, "method_sealed", lambda order: str(order.context("method"))),
    SealedColumn(AuthorityOrder, "reason_sealed", lambda order: str(order.context("reason"))),
)


def rotate_vault_keys() -> int:
    """Wrap again what an older vault key had wrapped; return how many values that were.

    The sealed bytes are not touched. Safe beside a running portal and to run again. Raises
    `VaultKeyMissing` where a value needs a key that is not configured, `BlobDamaged`.
    """
    changed = sum(_rotate(column) for column in COLUMNS)
    with transaction.atomic():
        record_system(EventType.KEY_ROTATED, actor=Actor.system("rotate"), count=changed)
    return changed


def vault_keys_in_use() -> Counter[str]:
    """Count the values that each vault key has wrapped, by the id of the key."""
    return Counter(
        column.key_id(value) for column in COLUMNS for rows in _batches(column) for _, value in rows
    )


def _rotate(column: SealedColumn) -> int:
    current = vault.current_key_id()
    changed = 0
    for rows in _batches(column):
        with transaction.atomic():
            for row, value in rows:
                if column.key_id(value) != current:
                    new = column.rewrap(value, context=column.context(row))
                    changed += _replace(column, row, value, new)
    return changed


def _replace(column: SealedColumn, row: models.Model, old: bytes, new: bytes) -> int:
    # Only while it is still what was read: a purge in between must stay a purge.
    unchanged = column.model._base_manager.filter(pk=row.pk, **{column.name: old})  # noqa: SLF001 - Django's documented name
    return unchanged.update(**{column.name: new})


def _batches(column: SealedColumn) -> Iterator[list[tuple[models.Model, bytes]]]:
    rows = column.model._base_manager.exclude(**{column.name: b""})  # noqa: SLF001 - Django's documented name
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = rows.filter(pk__in=keys[start : start + BATCH])
        yield [(row, bytes(getattr(row, column.name))) for row in batch]
