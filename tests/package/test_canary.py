"""A person's whole case goes through, and nothing of it stands in any byte of the package."""

import csv
import io
import re
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from subjects.actions.approve import approve
from subjects.actions.build_package import build_ordered
from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.decide import propose
from subjects.actions.export import collect
from subjects.actions.order_package import order_package
from subjects.actions.settle_identity import settle_identity
from subjects.audit.log import entries, payload_of
from subjects.models import AuditPackage, Case, FoundTemplate, Proposal, Right
from subjects.policies import actor_of
from tests.cases import PROBE, decide_all, finish, search, staff
from tests.package.conftest import THIS_YEAR
from tests.privacy.test_canary import TYPED, looks_like

pytestmark = pytest.mark.django_db
PEOPLE = ("reviewercanary", "secondcanary", "approvercanary", "dpocanary")
LEAST = 300_000
SHORT = 12
"""Words up to this length could stand there by chance."""


def spellings(text: str) -> Iterator[bytes]:
    """Spell a text as it could stand in a file: plain, wide, in base64 at any place, in hex."""
    plain = text.encode()
    yield plain
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield plain.hex().encode()
    for before in range(3):
        packed = b64encode(b"x" * before + plain).rstrip(b"=")
        # What a neighbour may change is left out at both ends.
        yield packed[-(-before * 4 // 3) : len(packed) - len(packed) % 4 or None][:-1]


def opened(content: bytes) -> Iterator[bytes]:
    """Give a file, and what is packed in it: the streams of a PDF."""
    yield content
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            continue


def live_through() -> Case:
    """File for a copy and an erasure with a canary in every field, and finish both."""
    form = {
        "idempotency_key": str(uuid4()),
        "rights": ["access", "erasure"],
        "email": TYPED["address"],
        "country": "FR",
        "notes": f"{TYPED['name']}. {TYPED['notes']}",
        "passphrase": TYPED["passphrase"],
        "pictures": SimpleUploadedFile(TYPED["file"], PROBE.read_bytes()),
        "consent": "on",
    }
    assert Client().post("/cases/new/", form).status_code == 302
    case = Case.objects.get()
    confirm_contact(case)
    search(case)
    decide_all(case)
    reviewer = staff("reviewer", PEOPLE[0])
    settle_identity(case, tier="T2", method="photo_comparison", by=reviewer)
    for right, ground in ((Right.ACCESS, ""), (Right.ERASURE, "E-d")):
        asked = case.rights_requests.get(right=right)
        propose(asked, Proposal.GRANT, by=reviewer, ground=ground, reasons=TYPED["reasons"])
        approve(asked, by=staff("approver", PEOPLE[2]))
    access, erasure = (case.rights_requests.get(right=r) for r in (Right.ACCESS, Right.ERASURE))
    finish(access)
    collect(access)
    finish(erasure)
    return case


def canaries(case: Case) -> Iterator[str]:
    """Give everything that would name the person, the case or a member of staff."""
    for text in TYPED.values():
        yield text
        yield text.split()[0].rstrip(",:.")
    yield case.reference
    yield from PEOPLE
    ids = [case.pk, *case.rights_requests.values_list("pk", flat=True)]
    ids += [*case.probes.values_list("pk", flat=True), *case.found.values_list("pk", flat=True)]
    for one in ids:
        yield from (one.hex, str(one))
    details = [payload_of(entry) for entry in entries(case.pk)]
    yield from (text for detail in details for text in _texts(detail) if len(text) > SHORT)
    for ref in FoundTemplate.objects.values_list("template_ref", flat=True):
        if len(ref) > SHORT:
            yield ref


@pytest.fixture
def package(memory_stores, settings, tmp_path) -> AuditPackage:
    settings.VAR_DIR = tmp_path / "var"
    live_through()
    ordered = order_package(
        THIS_YEAR, timezone.localdate(), actor=actor_of(staff("dpo", PEOPLE[3]))
    )
    build_ordered(ordered)
    ordered.refresh_from_db()
    return ordered


def files_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_neither_the_person_nor_the_details_of_entries_stand_in_any_byte_of_the_package(package):
    case = Case.objects.get()
    assert {one.state for one in case.rights_requests.all()} == {"closed"}
    files = files_of(package.path)
    parts = {name: b"\n".join(opened(content)).lower() for name, content in files.items()}
    parts["names of files"] = "\n".join(files).lower().encode()
    assert sum(map(len, parts.values())) > LEAST
    wanted = {one.lower() for text in canaries(case) for one in spellings(text)}
    wanted |= {case.pk.bytes, *(one.lower() for one in looks_like(PROBE.read_bytes()))}
    found = [(name, one) for name, part in parts.items() for one in wanted if one in part]
    assert found == []


def _texts(detail: object) -> Iterator[str]:
    if isinstance(detail, dict):
        for value in detail.values():
            yield from _texts(value)
    elif isinstance(detail, list):
        for value in detail:
            yield from _texts(value)
    elif isinstance(detail, str):
        yield detail


def test_the_canaries_would_be_seen():
    for place in range(6):
        text = b"y" * place + TYPED["address"].encode()
        assert any(one in b64encode(text + b"zzz") for one in spellings(TYPED["address"]))


def test_two_packages_share_no_name_of_a_case_or_of_staff(package):
    second = order_package(THIS_YEAR, timezone.localdate(), actor=actor_of(staff("dpo", "other")))
    build_ordered(second)
    named = [_names(files_of(one.path)) for one in (package, second)]
    for column in ("case", "actor"):
        first, other = (names[column] for names in named)
        assert first
        assert other
        assert first.isdisjoint(other), column


def _names(files: dict[str, bytes]) -> dict[str, set[str]]:
    (events,) = [held for name, held in files.items() if name.endswith("views/events.csv")]
    rows = list(csv.DictReader(io.StringIO(events.decode(), newline="")))
    return {
        "case": {row["case"] for row in rows} - {"house"},
        "actor": {row["actor"] for row in rows} - {""},
    }
