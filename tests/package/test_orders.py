"""The pack for an order: what an authority can check in it alone, and what it says itself."""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta

import bagit
import pytest
from django.utils import timezone

from subjects.actions.answer_order import answer_order
from subjects.actions.prove_order import open_cases_of, proof_of_order, prove_order
from subjects.audit.events import EventType
from subjects.audit.house import newest
from subjects.audit.models import AuditCheckpoint
from subjects.audit.stamps import stamp
from subjects.errors import NotYet, OrderRefused, PackageGone
from subjects.lifecycle import State
from subjects.models import AuthorityOrder, Case, Right
from subjects.package import order_bag
from subjects.package.order_words import Access, open_points, penalty_headline, rounds_of
from subjects.stores import stores
from tests.cases import CONTACT, file, rights_request_at, staff
from tests.orders import ASKED, an_order, count
from tests.receipts import needs_openssl, publish_log

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
METHOD = "Every face code of the scope was erased by the loader, store by store."


@pytest.fixture(autouse=True)
def _no_pdf(memory_stores, monkeypatch):
    monkeypatch.setattr(order_bag, "pdf", lambda _html: None)


def proved(order: AuthorityOrder) -> AuthorityOrder:
    publish_log()
    return prove_order(order, method=METHOD, by=staff("dpo"))


def unpacked(order, folder):
    with zipfile.ZipFile(proof_of_order(order)) as archive:
        archive.extractall(folder)
    (bag,) = folder.iterdir()
    return bag


def verify(bag):
    return subprocess.run(  # noqa: S603 - the verifier that was just made
        [sys.executable, "-I", "-W", "error", str(bag / "data/verify.py")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def carried_out():
    """Give an order that was counted, of which something was erased, and counted again."""
    order = an_order(penalty_a_day=1000, penalty_most=50_000, country="", source_suffix="example")
    count(order)
    rights_request_at(State.CLOSED, Right.ERASURE)
    count(order, "after")
    return proved(order)


def test_the_pack_is_a_signed_bag_that_its_own_verifier_holds_good(carried_out, tmp_path):
    bag = unpacked(carried_out, tmp_path / "pack")
    assert bagit.Bag(str(bag)).validate()
    done = verify(bag)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "3 entries of the order stand in the log",
        "2 counts are those that the log holds",
        "2 entries of erasures since the order, 2 of them proved here",
        "the penalty is 0 days, 0 euro",
    ):
        assert words in done.stdout
    told = json.loads((bag / "data/order.json").read_bytes())
    before, after = (sum(one["counted"] for one in each["stores"]) for each in told["counts"])
    assert before - after == sum(told["erased_since"].values()) == 4


def test_the_log_holds_the_digest_of_the_pack_and_of_the_answer(carried_out):
    made = newest(EventType.PACKAGE_MADE).fields
    assert (made["digest"], made["order"]) == (carried_out.proof_digest, carried_out.pk.hex)
    answer_order(carried_out, TODAY, by=staff("dpo"))
    assert newest(EventType.ORDER_ANSWERED).fields["digest"] == carried_out.proof_digest


def test_a_pack_names_nobody(carried_out, tmp_path):
    bag = unpacked(carried_out, tmp_path / "pack")
    every = b"".join(path.read_bytes() for path in bag.rglob("*") if path.is_file())
    case = Case.objects.get()
    for private in (ASKED, "canary", CONTACT, case.reference, case.pk.hex, str(case.pk), "dpo@"):
        assert private.encode() not in every, private
    assert b"MED-2026-134" in every


def edit(bag, name, change):
    path = bag / "data" / name
    path.write_bytes(change(path.read_bytes()))


FORGERIES = {
    "order.json: a smaller count": ("order.json", b'"counted": 4', b'"counted": 3', "counts"),
    "order.json: another day": ("order.json", b'"due_on": "20', b'"due_on": "21', "facts"),
    "order.json: a count left out": (
        "order.json",
        b'"counts": [',
        b'"counts": [], "was": [',
        "cou",
    ),
    "order.json: a cheaper penalty": ("order.json", b'"a_day": 1000', b'"a_day": 1', ""),
    "erasures": ("erasures.jsonl", b'\\"count\\":', b'\\"count\\":1', "erasures"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_each_change_is_named(carried_out, tmp_path, name):
    bag = unpacked(carried_out, tmp_path / "pack")
    file_name, old, new, words = FORGERIES[name]
    assert old in (bag / "data" / file_name).read_bytes()
    edit(bag, file_name, lambda content: content.replace(old, new, 1))
    done = verify(bag)
    assert done.returncode == 1
    assert f"data/{file_name} was changed" in done.stdout
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILS")]
    assert not words or any(words in line for line in failed[1:]), done.stdout


def test_an_entry_or_its_details_that_were_changed_are_named(carried_out, tmp_path):
    bag = unpacked(carried_out, tmp_path / "pack")
    kept = bag.with_name("kept")
    shutil.copytree(bag, kept)
    entry = next((bag / "data/entries").glob("*.opening.json"))
    entry.write_bytes(entry.read_bytes().replace(b"CNIL", b"AEPD").replace(b"before", b"after"))
    assert "its details are not those" in verify(bag).stdout
    leaf = min((kept / "data/entries").glob("*[0-9].json"))
    leaf.write_bytes(leaf.read_bytes().replace(b'"v":1', b'"v":2'))
    assert "does not stand there in the log" in verify(kept).stdout


def test_without_its_entries_numbered_there_is_no_pack():
    order = an_order()
    publish_log()
    count(order)
    with pytest.raises(NotYet, match="its number"):
        prove_order(order, method=METHOD, by=staff("dpo"))
    assert not AuthorityOrder.objects.get(pk=order.pk).proof_digest


def test_a_pack_says_how_it_was_carried_out_and_none_is_made_after_the_answer():
    order = an_order(kind="inquiry")
    publish_log()
    with pytest.raises(OrderRefused) as refused:
        prove_order(order, method="  ", by=staff("dpo"))
    assert refused.value.field == "method"
    order = answer_order(order, TODAY, by=staff("dpo"))
    with pytest.raises(OrderRefused, match="answered"):
        proved(order)


def test_a_second_pack_takes_the_place_of_the_first(carried_out):
    first = carried_out.path
    again = proved(AuthorityOrder.objects.get(pk=carried_out.pk))
    assert again.path != first
    assert not first.exists()
    assert [path.name for path in again.path.parent.iterdir()] == [again.path.name]
    assert again.path.stat().st_mode & 0o077 == 0


def test_a_pack_that_was_taken_away_says_so(carried_out):
    carried_out.path.unlink()
    with pytest.raises(PackageGone):
        proof_of_order(carried_out)
    with pytest.raises(NotYet):
        proof_of_order(an_order())


@needs_openssl
def test_a_time_stamp_is_in_the_pack_and_holds(tmp_path, time_authority, settings):
    settings.TIMESTAMP_URLS = [time_authority.url]
    settings.TIMESTAMP_CA_FILE = str(time_authority.ca_file)
    order = an_order(kind="inquiry")
    publish_log()
    stamp(AuditCheckpoint.objects.latest("size"), time_authority.url)
    bag = unpacked(proved(order), tmp_path / "pack")
    assert "the log stood like this at" in verify(bag).stdout
    (token,) = (bag / "data/anchors").glob("*.tsr")
    words = ["openssl", "ts", "-verify", "-data", token.with_suffix(".checkpoint"), "-in", token]
    done = subprocess.run(  # noqa: S603 - as VERIFY.txt says
        [*map(str, words), "-CAfile", str(bag / "data/anchors/tsa-ca.pem")],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    other = token.with_suffix(".checkpoint")
    other.write_bytes(other.read_bytes() + b"\n")
    assert "is not of the checkpoint beside it" in verify(bag).stdout


# --- What stands open -----------------------------------------------------------------------------


def test_open_requests_for_a_copy_come_first():
    order = an_order()
    for moment in ("before", "after"):
        count(order, moment)
    case = file(Right.ACCESS, picture=b"")
    abroad = file(Right.ACCESS, picture=b"", contact="bo@person.example")
    Case.objects.filter(pk=abroad.pk).update(country="DE")
    found = open_cases_of(order)
    assert [one.case_id for one in found.there] == [case.pk]
    assert found.access == Access(there=1, elsewhere=1, answered=0)
    points = " ".join(open_points(order, rounds_of(order), found.access))
    assert "1 request for a copy is open" in points
    assert "lives elsewhere" in points
    assert open_cases_of(an_order(country="")).access == Access(2, 0, 0)


def test_what_was_answered_since_is_counted():
    order = an_order()
    rights_request_at(State.READY, Right.ACCESS)
    assert open_cases_of(order).access == Access(0, 0, 1)


def test_every_gap_between_order_and_proof_is_said(monkeypatch):
    order, nothing = an_order(), Access(0, 0, 0)
    assert len(open_points(order, [], nothing)) == 2
    count(order)
    count(order, "after")
    points = " ".join(open_points(order, rounds_of(order), nothing))
    assert "the records do not tell whether they are in" in points
    order.counts.filter(moment="after", store="archive").delete()
    assert "not the same stores" in " ".join(open_points(order, rounds_of(order), nothing))
    order.counts.filter(moment="after").update(total=None, counted=None, undetermined=None)
    assert "Live gallery. Show it by other means" in " ".join(
        open_points(order, rounds_of(order), nothing)
    )
    assert open_points(an_order(kind="inquiry"), [], Access(5, 5, 0)) == []


def test_an_order_that_is_carried_out_has_no_open_point():
    order = an_order(country="", source_suffix="nowhere.example")
    for alias in stores:
        store = stores[alias]
        store.erase([found.ref for found in store.search([[0.0] * 128], within=100).candidates])
    count(order)
    count(order, "after")
    assert open_points(order, rounds_of(order), Access(0, 0, 3)) == []


@pytest.mark.parametrize(
    ("parts", "amount", "meaning"),
    [
        ({"sent_on": TODAY}, "0 €", "answered in time"),
        ({}, "0 €", "does not run yet"),
        ({"penalty_from": TODAY - timedelta(days=3)}, "3,000 €", "up to today"),
        (
            {"penalty_from": TODAY - timedelta(days=3), "sent_on": TODAY - timedelta(days=1)},
            "2,000 €",
            "in all",
        ),
    ],
)
def test_the_penalty_stands_in_one_line(parts, amount, meaning):
    order = AuthorityOrder(due_on=TODAY + timedelta(days=3), penalty_a_day=1000, **parts)
    shown, words = penalty_headline(order, TODAY)
    assert (shown, meaning in words) == (amount, True)


def test_the_report_is_one_page_that_needs_nothing_else(carried_out):
    with zipfile.ZipFile(io.BytesIO(carried_out.path.read_bytes())) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith("report.html")]
        page = archive.read(name).decode()
    assert page.count("<h1") == 1
    assert page.count("<svg") == 1
    assert METHOD in page
    assert "src=" not in page
    assert "href=" not in page
