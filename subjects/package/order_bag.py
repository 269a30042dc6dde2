"""The pack for an order: facts, counts with their proofs, erasures since, in a signed bag."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from subjects.audit import keys
from subjects.audit.events import EventType
from subjects.audit.leaf import instant
from subjects.audit.places import Placed
from subjects.audit.publish import log_tiles, read_checkpoint
from subjects.audit.receipts import Proof, proof_of
from subjects.audit.since import entries_since
from subjects.audit.standalone.assemble import assemble
from subjects.audit.standalone.cells import csv_row
from subjects.audit.standalone.merkle import inclusion_proof
from subjects.audit.standalone.parts import ORDER_VERIFIER
from subjects.audit.standalone.proofs import write_proof
from subjects.errors import NothingToPack, NotYet
from subjects.models import AuthorityOrder
from subjects.package.bag import Bag
from subjects.package.collect import whole
from subjects.package.contents import fingerprints, pack_keys
from subjects.package.order_plot import count_plot
from subjects.package.order_words import (
    COUNTING_RULE,
    PENALTY_RULE,
    PROVES_NOT,
    Access,
    Round,
    facts_of,
    open_points,
    penalty_headline,
    penalty_lines,
    rounds_of,
)
from subjects.package.report import pdf, style
from subjects.package.sign import identity, sign

MOST_PROVED: Final = 2000
"""Erasures with their own proof; of more, the rest is proved by a package of the whole log."""


@dataclass(frozen=True)
class Made:
    """A finished pack: the SHA-256 of its manifest in hex, and how long the log was."""

    digest: str
    size: int


@dataclass(frozen=True)
class _Found:
    """What the log holds for the pack, up to one checkpoint."""

    note: bytes
    size: int
    proofs: list[Proof]
    erasures: list[Placed]
    certificates: list[Placed]

    @property
    def erased(self) -> dict[str, int]:
        """How many face codes each store erased since the order was received."""
        sums: Counter[str] = Counter()
        for one in self.erasures:
            sums[one.fields["sys"]] += one.fields["count"]
        return dict(sorted(sums.items()))


def build_order_bag(folder: Path, order: AuthorityOrder, access: Access) -> Made:
    """Build the bag at `folder`.

    Raises NothingToPack, NotYet where an entry of the order has no number yet, LogKeyMissing,
    LogKeyDamaged, TileMissing, LogForked, PackageFolderRefused, PackageTooLarge.
    """
    key = keys.export_key()
    rounds = rounds_of(order)
    found = _found(order, rounds)

    def fill(bag: Bag) -> str:
        _pack_entries(bag, found)
        _pack_erasures(bag, found)
        pack_keys(bag)
        told = _told(order, rounds, access, found)
        bag.write("order.json", (json.dumps(told, indent=1) + "\n").encode())
        _pack_report(bag, order, rounds, access, found)
        info = {
            "Bagging-Date": timezone.localdate().isoformat(),
            "Source-Organization": settings.CONTROLLER_NAME,
            "External-Identifier": order.pk.hex,
            "External-Description": "Proof of compliance with an order of an authority",
        }
        return bag.close(info, lambda manifest: sign(manifest, key.public, key.sign))

    return Made(whole(folder, fill), found.size)


def _found(order: AuthorityOrder, rounds: list[Round]) -> _Found:
    note = log_tiles().checkpoint()
    if note is None:
        raise NothingToPack
    size = read_checkpoint(note).size
    proofs = [proof_of(event) for event in (order.event, *(one.event for one in rounds))]
    proved = [one for one in proofs if one]
    if len(proved) < len(proofs):
        message = "the log gives every entry of this order its number first. Try in a minute"
        raise NotYet(message)
    zone = ZoneInfo(settings.CONTROLLER_TIME_ZONE)
    begun = datetime.combine(order.received_on, time.min, zone)
    erasures = entries_since([EventType.TEMPLATE_ERASED], begun, size)
    certificates = entries_since([EventType.ERASURE_VERIFIED], begun, size)
    return _Found(note, size, proved, [one for one in erasures if one.leaf], certificates)


def _pack_entries(bag: Bag, found: _Found) -> None:
    """Write each entry of the order with its proof, its opening, and its time stamp."""
    stamped: set[int] = set()
    for proof in found.proofs:
        place = f"entries/{proof.index}"
        lines = b"".join(one.proof.rstrip(b"\n") + b"\n" for one in proof.cosignatures)
        bag.write(f"{place}.json", proof.leaf)
        bag.write(f"{place}.tlog-proof", write_proof(proof.index, proof.hashes, proof.note + lines))
        if proof.opening:
            opening = {
                "salt": proof.opening.salt.hex(),
                "payload": proof.opening.payload.decode("utf-8"),
            }
            bag.write(f"{place}.opening.json", (json.dumps(opening, indent=1) + "\n").encode())
        if proof.stamps and proof.size not in stamped:
            stamped.add(proof.size)
            bag.write(f"anchors/{proof.size}.checkpoint", proof.note)
            bag.write(f"anchors/{proof.size}.tsr", proof.stamps[0].proof)
    authority = Path(settings.TIMESTAMP_CA_FILE) if settings.TIMESTAMP_CA_FILE else None
    if stamped and authority and authority.is_file():
        bag.write("anchors/tsa-ca.pem", authority.read_bytes())


def _pack_erasures(bag: Bag, found: _Found) -> None:
    bag.write("log/checkpoint", found.note)
    subtree = log_tiles().subtree
    lines = []
    for number, one in enumerate(found.erasures):
        line: dict[str, Any] = {"index": one.index, "leaf": one.leaf.decode("ascii")}
        if number < MOST_PROVED:
            line["hashes"] = [
                digest.hex() for digest in inclusion_proof(one.index, found.size, subtree)
            ]
        lines.append(json.dumps(line) + "\n")
    bag.write("erasures.jsonl", "".join(lines).encode())
    rows = [(one.index, one.fields.get("t", ""), one.leaf_hash.hex()) for one in found.certificates]
    head = ("index", "at", "leaf_hash")
    bag.write("certificates.csv", b"".join(map(csv_row, [head, *rows])))


def _told(
    order: AuthorityOrder, rounds: list[Round], access: Access, found: _Found
) -> dict[str, Any]:
    places = [proof.index for proof in found.proofs]
    clock = order.penalty(timezone.localdate())
    return {
        "v": 1,
        "order": order.pk.hex,
        "origin": settings.LOG_ORIGIN,
        "made": instant(timezone.now()),
        "size": found.size,
        "authority": order.authority,
        "reference": order.reference,
        "kind": order.kind,
        "legal_basis": order.legal_basis,
        "received_on": order.received_on.isoformat(),
        "due_on": order.due_on.isoformat(),
        "country": order.country,
        "source_suffix": order.source_suffix,
        "collected_from": order.collected_from and order.collected_from.isoformat(),
        "collected_to": order.collected_to and order.collected_to.isoformat(),
        "received_entry": places[0],
        "counts": [
            {"entry": place, "moment": one.moment, "stores": [_store(each) for each in one.answers]}
            for place, one in zip(places[1:], rounds, strict=True)
        ],
        "erased_since": found.erased,
        "access": access._asdict(),
        "open_points": open_points(order, rounds, access),
        "penalty": clock
        and {
            "runs_from": clock.runs_from.isoformat(),
            "through": clock.through.isoformat(),
            "a_day": clock.a_day,
            "most": clock.most,
            "days": clock.days,
            "amount": clock.amount,
        },
    }


def _store(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - an `Answered`
    if answer.total is None:
        return {"alias": answer.alias, "name": answer.name, "counted": None}
    return {
        "alias": answer.alias,
        "name": answer.name,
        "total": answer.total,
        "counted": answer.counted,
        "undetermined": answer.undetermined,
    }


def _pack_report(
    bag: Bag, order: AuthorityOrder, rounds: list[Round], access: Access, found: _Found
) -> None:
    today = timezone.localdate()
    context = {
        "style": style(),
        "controller": settings.CONTROLLER_NAME,
        "order": order,
        "facts": facts_of(order),
        "rounds": list(zip(rounds, found.proofs[1:], strict=True)),
        "received": found.proofs[0],
        "plot": count_plot(rounds),
        "points": open_points(order, rounds, access),
        "access": access,
        "erased": found.erased,
        "certificates": [(one.index, one.leaf_hash.hex()) for one in found.certificates],
        "penalty": penalty_headline(order, today),
        "penalty_lines": penalty_lines(order, today),
        "rules": {"counting": COUNTING_RULE, "penalty": PENALTY_RULE},
        "proves_not": PROVES_NOT,
        "size": found.size,
        "made": instant(timezone.now()),
        "origin": settings.LOG_ORIGIN,
        "identity": identity(settings.LOG_ORIGIN),
        "keys": fingerprints(),
        "stamped": any(proof.stamps for proof in found.proofs),
    }
    html = render_to_string("package/order_report.html", context)
    if printed := pdf(html):
        bag.write("report.pdf", printed)
    bag.write("report.html", html.encode())
    bag.write("VERIFY.txt", render_to_string("package/order_verify.txt", context).encode())
    bag.write("verify.py", assemble(ORDER_VERIFIER).encode())
