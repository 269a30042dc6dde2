"""The certificate of an erasure: all that is known, nothing about the person, on page and paper."""

import re
import zlib
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from subjects.actions.certify_erasure import certificate_of
from subjects.actions.redact_entry import redact_entry
from subjects.actions.sweep import pass_time
from subjects.audit.events import EventType
from subjects.errors import NotYet
from subjects.lifecycle import State
from subjects.models import ErasureItem, Right
from subjects.portal.views import receipts as views
from tests.cases import CONTACT, file, rights_request_at
from tests.portal.conftest import open_for
from tests.receipts import publish_log, receipt_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("memory_stores", "own_log", "copies_are_built_once"),
]
NOTES = "My mother calls me Pixie."


def address(rights_request, more="/"):
    return f"/cases/{rights_request.case.reference}/certificate/{rights_request.right}{more}"


def shown(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return re.sub(r"\s+", " ", answer.content.decode()).replace("&#x27;", "'")


@pytest.fixture
def erased(client):
    closed = rights_request_at(State.CLOSED, notes=NOTES)
    publish_log()
    open_for(client, closed.case)
    return closed


def test_it_names_stores_counts_depth_backups_recipients_proof_and_limits(
    client, erased, memory_stores
):
    page = shown(client, address(erased))
    for alias, store in memory_stores.items():
        items = ErasureItem.objects.filter(store=alias)
        assert store.name in page
        assert f"> {items.count()} <" in page.replace(">", "> ").replace("<", " <").replace(
            "  ", " "
        )
        assert items[0].depth in page
    end = erased.backups_end_on
    receipt = receipt_for(erased.case, EventType.ERASURE_VERIFIED)
    compared = [each["compared"] for each in receipt.fields["stores"]]
    assert sum(compared) > 0
    for words in (
        f"until {end.day} {end:%B %Y}",
        "Northern Rail Security Ltd",
        "must be told",
        "The log does not say yet that they were told",
        *(f"{count} face code{'s' * (count != 1)} compared" for count in compared),
        receipt.leaf_hash.hex(),
        "What this does not prove",
    ):
        assert words in page
    assert "<svg" in page


def test_it_says_nothing_about_the_person(client, erased):
    page = shown(client, address(erased))
    for secret in (CONTACT, CONTACT.partition("@")[2], "Pixie", erased.pk.hex, erased.case.pk.hex):
        assert secret not in page
    assert erased.case.reference in page


def test_the_case_leads_to_it(client, erased):
    assert address(erased) in shown(client, f"/cases/{erased.case.reference}/")


def test_there_is_none_before_the_erasure_is_verified_and_answered(client):
    waiting = rights_request_at(State.VERIFYING)
    open_for(client, waiting.case)
    assert "Certificate of erasure" not in shown(client, f"/cases/{waiting.case.reference}/")
    assert client.get(address(waiting)).status_code == 404
    with pytest.raises(NotYet):
        certificate_of(waiting)


def test_it_is_one_answer_for_what_is_not_there_and_for_what_is_somebody_elses(client, erased):
    other = file(Right.ACCESS)
    client.logout()
    assert client.get(address(erased)).status_code == 302
    assert client.get(f"/cases/{uuid4().hex[:9]}/certificate/erasure/").status_code == 302
    open_for(client, other)
    assert client.get(address(erased)).status_code == 302
    for right in ("access", "erasure", "nonsense"):
        for more in ("/", ".pdf"):
            path = f"/cases/{other.reference}/certificate/{right}{more}"
            assert client.get(path).status_code == 404


def test_once_the_last_day_of_the_backups_is_over_it_says_so(client, erased, settings):
    with time_machine.travel(timezone.now() + timedelta(days=settings.BACKUP_DAYS + 1), tick=False):
        pass_time()
        open_for(client, erased.case)
        page = shown(client, address(erased))
    assert "That day is over" in page
    assert "Backups recorded as ended" in page


def test_before_the_entry_has_a_number_the_facts_stand_without_the_proof(client):
    closed = rights_request_at(State.CLOSED)
    open_for(client, closed.case)
    page = shown(client, address(closed))
    assert "has no number yet" in page
    assert "Face codes erased" in page


def test_a_store_that_is_no_longer_set_up_is_named_by_its_alias(erased):
    ErasureItem.objects.filter(store="archive").update(store="cellar")
    names = {each.store for each in certificate_of(erased).erased}
    assert names == {"cellar", "Live gallery"}


def opened(pdf):
    """Give a PDF with its compressed parts opened."""
    parts = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return pdf + b"".join(map(inflated, parts))


def inflated(part):
    with suppress(zlib.error):
        return zlib.decompressobj().decompress(part)
    return b""


def test_the_pdf_is_tagged_named_and_in_a_language(client, erased):
    try:
        import_module("weasyprint")
    except OSError:
        pytest.skip("no PDF without libpango: apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    answer = client.get(address(erased, ".pdf"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert f"{erased.case.reference}-certificate.pdf" in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF")
    inside = opened(answer.content)
    for part in (b"/MarkInfo", b"/StructTreeRoot", b"/Lang", b"pdfuaid:part", b"/H1", b"/TH"):
        assert part in inside
    for text in (b"Certificate of erasure", b"/Alt (The three lines above as a QR code)"):
        assert text in inside


def test_without_the_library_the_page_says_that_it_prints(client, erased, monkeypatch):
    monkeypatch.setattr(views, "pdf", lambda _page: None)
    page = shown(client, address(erased, ".pdf"), 503)
    assert "you can print that page" in page
    assert address(erased) in page


def test_where_the_entry_was_blanked_it_says_so_and_names_what_the_rows_know(client, erased):
    redact_entry(receipt_for(erased.case, EventType.ERASURE_VERIFIED).index, "written-by-mistake")
    page = shown(client, address(erased))
    assert "was taken out of it" in page
    assert "has no number yet" not in page
    assert "Live gallery" in page
    assert certificate_of(erased).searched == ()
