"""A case is named by order alone, to whom ordered it, and nothing of any other is."""

import io
import json
import zipfile
from base64 import b64decode
from dataclasses import replace
from uuid import UUID, uuid4

import bagit
import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from subjects.actions.build_package import build_ordered
from subjects.actions.disclose_case import Disclosure, disclose_case
from subjects.actions.order_package import order_package
from subjects.audit.events import EventType
from subjects.audit.leaf import blind, commitment
from subjects.audit.log import entries
from subjects.audit.publish import log_tiles
from subjects.errors import CaseUnknownToLog, NotYet, ReasonMissing
from subjects.models import AuditPackage, Case, Right
from subjects.package import computed
from subjects.package.disclosure import DisclosureOrder
from subjects.policies import actor_of
from tests.cases import file, staff
from tests.package.test_jobs import START

pytestmark = pytest.mark.django_db
ORDER = DisclosureOrder(uuid4(), "CNIL", "MED-2026-7", "Article 58(1)(e) GDPR")


@pytest.fixture
def package(three_cases, monkeypatch) -> AuditPackage:
    monkeypatch.setattr(computed, "pdf", lambda _html: None)
    ordered = order_package(START, timezone.localdate(), actor=actor_of(staff("dpo")))
    build_ordered(ordered)
    ordered.refresh_from_db()
    return ordered


def disclose(package: AuditPackage, case: Case, order=ORDER, by: str = "dpo") -> Disclosure:
    return disclose_case(order, case, package=package, by=staff(by))


def opened(made: Disclosure) -> tuple[dict[str, bytes], dict]:
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    (opening,) = [content for name, content in files.items() if name.endswith("opening.json")]
    return files, json.loads(opening)


def test_the_authority_finds_every_entry_of_the_case_and_no_other(package):
    case = Case.objects.order_by("received_at")[1]
    _, opening = opened(disclose(package, case))
    leaves = [json.loads(leaf) for leaf in log_tiles().entries(0, package.entries)]
    identity = UUID(opening["case"])
    mine = [
        place for place, leaf in enumerate(leaves) if blind(identity, leaf["n"]) == leaf["case"]
    ]
    assert mine == [entry["index"] for entry in opening["entries"]]
    assert len(mine) == len(entries(case.pk)) - 1  # what names it came after
    assert opening["reference"] == case.reference
    for entry in opening["entries"]:
        if "salt" in entry:
            payload = b64decode(entry["payload"])
            promised = leaves[entry["index"]]["pc"]
            assert commitment(bytes.fromhex(entry["salt"]), payload) == promised


def test_it_names_the_case_as_the_package_does(package):
    case = Case.objects.first()
    made = disclose(package, case)
    files, opening = opened(made)
    with zipfile.ZipFile(package.path) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("views/requests.csv")]
        assert opening["pseudonym"].encode() in archive.read(name)
    assert any(f"disclosed/{opening['pseudonym']}/opening.json" in name for name in files)
    assert opening["export"] == package.export
    assert opening["order"]["reference"] == "MED-2026-7"


def test_it_holds_nothing_of_another_case(package):
    case, *others = Case.objects.all()
    files, _ = opened(disclose(package, case))
    every = b"".join(files.values())
    for other in others:
        assert other.reference.encode() not in every
        assert other.pk.hex.encode() not in every


def test_it_is_a_signed_bag_and_stands_in_the_log_of_the_case(package, tmp_path):
    case = Case.objects.first()
    made = disclose(package, case)
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        archive.extractall(tmp_path / "opened")
    (folder,) = (tmp_path / "opened").iterdir()
    assert bagit.Bag(str(folder)).validate()
    newest = entries(case.pk)[-1]
    assert newest.type is EventType.DISCLOSURE_MADE
    assert (newest.fields["digest"], newest.fields["order"]) == (made.digest, ORDER.id.hex)


@pytest.mark.parametrize("role", ["reviewer", "approver", ""])
def test_only_the_officer_names_a_case(package, role):
    case = Case.objects.first()
    before = len(entries(case.pk))
    with pytest.raises(PermissionDenied):
        disclose_case(ORDER, case, package=package, by=staff(role, role or "nobody"))
    assert len(entries(case.pk)) == before


@pytest.mark.parametrize("part", ["authority", "reference", "legal_basis"])
def test_an_order_without_a_part_names_nobody(package, part):
    with pytest.raises(ReasonMissing):
        disclose(package, Case.objects.first(), order=replace(ORDER, **{part: " "}))


def test_a_case_that_the_package_does_not_hold_is_not_named_by_it(package):
    with pytest.raises(CaseUnknownToLog):
        disclose(package, file(Right.ACCESS, picture=b""))


def test_without_a_finished_package_there_is_no_pseudonym(three_cases):
    ordered = order_package(START, START, actor=actor_of(staff("dpo")))
    with pytest.raises(NotYet):
        disclose(ordered, Case.objects.first())
