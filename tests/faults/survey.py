"""What a stage holds byte by byte, what a case has come to, and what is left over."""

import hashlib
import io
import os
import time
from collections import Counter
from datetime import timedelta
from uuid import UUID

import numpy as np
from django.core.management import call_command
from django.db.models import Q
from PIL import Image, ImageOps

from subjects import vault
from subjects.actions.purge import ORPHAN_AGE
from subjects.audit.log import entries
from subjects.audit.verify import verify
from subjects.faces.values import Box
from subjects.models import (
    Case,
    Decision,
    ErasureItem,
    FoundTemplate,
    Letter,
    Outbox,
    RightsRequest,
    SealedBlob,
    Search,
)
from subjects.stores import stores
from subjects.stores.base import TemplateRef
from subjects.stores.tables import BundledTemplate
from tests.faults.people import Truth, picture_of

MARGIN = 0.35
"""What a store paints over around an erased face, as a share of its box."""


def holdings() -> dict[str, dict]:
    """Return every template by its reference: store, restriction, and the bytes as hashes.

    `strange` counts the dots of its picture that are not what they were and lie outside of the
    faces that are gone; `left` the faces that are gone and were not painted over.
    """
    rows = list(BundledTemplate.objects.select_related("segment__gallery"))
    names = {row.ref for row in rows}
    held = {}
    for row in rows:
        store, ref = stores[row.segment.gallery.alias], TemplateRef(row.ref)
        picture = store.picture(ref)
        held[row.ref] = {
            "store": store.alias,
            "vector": _hash(store.vector(ref).tobytes()),
            "restricted": row.restricted_at is not None,
        } | (_compared(row.ref, picture, names) if picture else {})
    return held


def _compared(ref: str, picture: bytes, held: set[str]) -> dict[str, int]:
    truth = Truth()
    name = truth.picture(ref)
    original = picture_of(name).read_bytes()
    gone = [Box(*box) for one, box in truth.boxes_in(name).items() if one not in held]
    if picture == original:
        return {"strange": 0, "left": len(gone)}
    now = _dots(picture)
    changed = (_dots(original) != now).any(axis=2)
    left = 0
    for box in gone:
        place = box.grown(MARGIN).within(now.shape[1], now.shape[0])
        area = slice(place.top, place.bottom), slice(place.left, place.right)
        left += len(np.unique(now[area].reshape(-1, 3), axis=0)) != 1
        changed[area] = False
    return {"strange": int(changed.sum()), "left": left}


def _dots(picture: bytes) -> np.ndarray:
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(picture))).convert("RGB"))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def ledger(case: str) -> dict:
    """Return what one case has come to: answers, plan, findings, entries and mails, counted."""
    pk = UUID(case)
    items = ErasureItem.objects.filter(rights_request__case=pk)
    found = FoundTemplate.objects.filter(case=pk)
    return {
        "reference": Case.objects.get(pk=pk).reference,
        "closed": Case.objects.get(pk=pk).closed_at is not None,
        "rights": {
            row.right: {"state": row.state, "outcome": row.outcome, "trouble": row.trouble}
            for row in RightsRequest.objects.filter(case=pk)
        },
        "items": [[item.store, item.template_ref, item.progress] for item in items],
        "found": len(found),
        "grey": sum(one.needs_second_look for one in found),
        "same": sum(one.verdict == Decision.SAME for one in found),
        "restricted": sum(one.restricted_at is not None for one in found),
        "entries": _entries(pk),
        "mails": Counter(_kinds(pk)),
        "failed": [
            row.store
            for search in Search.objects.filter(case=pk)
            for row in search.stores.all()
            if row.result == "failed"
        ],
    }


def _entries(case: UUID) -> Counter[str]:
    """Count the entries by type; one that counts what it did weighs as much as that.

    So restricted in two portions is the same as restricted in one.
    """
    counted: Counter[str] = Counter()
    for entry in entries(case):
        portions = entry.type in {"template.restricted", "template.released"}
        counted[str(entry.type)] += int(entry.fields["count"]) if portions else 1
    return counted


def _kinds(case: UUID) -> list[str]:
    return [
        mail.letter.kind if mail.letter else mail.kind
        for mail in Outbox.objects.filter(case=case).select_related("letter")
    ]


def log_problems() -> list[str]:
    """Verify every chain of the log; return what is wrong."""
    report = verify()
    return [str(problem) for problem in report.problems] + list(report.guards_missing)


def rows() -> dict[str, object]:
    """Return a digest of all that a message could have changed."""
    requests = RightsRequest.objects.order_by("pk").values_list("pk", "state", "fence", "attempts")
    found = FoundTemplate.objects.order_by("pk").values_list("pk", "decision", "restricted_at")
    mails = Outbox.objects.order_by("pk").values_list("pk", "sent_at", "attempts")
    return {
        "requests": str(list(requests)),
        "found": str(list(found)),
        "mails": str(list(mails)),
        "entries": verify().entries,
    }


def leftovers() -> dict[str, list[str]]:
    """Let the time pass after which debris is swept, sweep once, and return what is still there."""
    past = time.time() - (ORPHAN_AGE + timedelta(minutes=1)).total_seconds()
    for path in vault.folder().glob("??/*"):
        os.utime(path, (past, past))
    call_command("sweep")
    blobs = SealedBlob.objects.filter(purged_at=None)
    names = {pk.hex for pk in blobs.values_list("pk", flat=True)}
    files = {path.name for path in vault.folder().glob("??/*")}
    leased = Q(lease_until__isnull=False)
    return {
        "files without a row": sorted(files - names),
        "rows without a file": sorted(names - files),
        "blobs of nobody": [str(blob.pk) for blob in blobs.filter(probe=None, delivery=None)],
        "leases": [
            f"{model.__name__} {row.pk}"
            for model in (RightsRequest, Search, Outbox)
            for row in model.objects.filter(leased)
        ],
        "mails not sent": unsent(),
        "store files": [
            str(path.name)
            for store in stores.all()
            for path in store.byte_scan([b"never there"])  # the scan itself must pass
        ],
    }


def unsent() -> list[str]:
    """Return the letters and mails that have not gone out."""
    return [
        f"{model.__name__} {pk}"
        for model in (Letter, Outbox)
        for pk in model.objects.filter(sent_at=None).values_list("pk", flat=True)
    ]
