"""The person's proofs in a real browser: on a phone, at a desk, and without JavaScript."""

import zipfile

import pytest

from subjects.audit.events import EventType
from subjects.lifecycle import State
from tests.browser.conftest import WIDTHS, faults_of
from tests.browser.test_portal import let_in
from tests.cases import rights_request_at
from tests.portal.conftest import _own_folder_and_no_servers as _no_servers  # noqa: F401 - autouse
from tests.receipts import publish_log, receipt_for

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("memory_stores", "own_log"),
]


@pytest.fixture
def case():
    """Walk an erasure to its end; the answer has no number yet, the erasure has."""
    erased = rights_request_at(State.CLOSED).case
    publish_log()
    return erased


def receipt_address(case, event):
    return f"/cases/{case.reference}/receipts/{receipt_for(case, event).id}/"


@pytest.mark.parametrize("width", WIDTHS)
def test_receipts_and_certificate_are_accessible_narrow_and_quiet(width, new_context, client, case):
    waiting = rights_request_at(State.SEARCHING).case
    context = new_context(width)
    let_in(context, client, [case, waiting])
    addresses = [
        f"/cases/{case.reference}/",
        receipt_address(case, EventType.ERASURE_VERIFIED),
        receipt_address(case, EventType.ANSWERED),
        f"/cases/{case.reference}/certificate/erasure/",
        receipt_address(waiting, EventType.REQUEST_RECEIVED),
        "/privacy/",
    ]
    faults = {}
    for address in addresses:
        page = context.new_page()
        said = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.goto(address)
        found = faults_of(page) + said
        if found:
            faults[address] = found
        page.close()
    assert faults == {}


def test_a_receipt_is_fetched_without_javascript(new_context, client, case, tmp_path):
    context = new_context(java_script_enabled=False, accept_downloads=True)
    let_in(context, client, [case])
    page = context.new_page()
    page.goto(f"/cases/{case.reference}/")
    page.get_by_role("link", name="it is gone").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download your receipt").click()
    kept = tmp_path / "receipt.zip"
    download.value.save_as(kept)
    assert "event.tlog-proof" in zipfile.ZipFile(kept).namelist()
    page.goto(f"/cases/{case.reference}/")
    page.get_by_role("link", name="Certificate of erasure").click()
    assert "What this does not prove" in page.inner_text("main")
