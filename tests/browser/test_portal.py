"""The person's door in a real browser: for everybody, on a phone, and without JavaScript."""

import re

import pytest
from django.conf import settings as configured
from django.core import mail

from subjects.actions.send_mail import send_mail
from subjects.lifecycle import State
from subjects.models import Case, Right
from subjects.portal.access import SESSION_KEY
from tests.browser.conftest import WIDTHS, faults_of
from tests.cases import PASSPHRASE, file, rights_request_at, search
from tests.portal.conftest import PICTURE
from tests.portal.conftest import _own_folder_and_no_servers as _no_servers  # noqa: F401 - autouse

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("memory_stores")]
GROUP = PICTURE.parent / "group-1.jpg"


@pytest.fixture
def cases(settings):
    """Walk one case to each state that looks different."""
    settings.HOLD_DAYS = 3
    states = (State.RECEIVED, State.AWAITING_PICTURE, State.IN_REVIEW, State.READY, State.HELD)
    made = {state: rights_request_at(state).case for state in states}
    several = file(Right.ACCESS, Right.ERASURE, picture=GROUP.read_bytes())
    Case.objects.filter(pk=several.pk).update(passphrase_hash="")
    made[State.SEARCHING] = several
    return made


def let_in(context, client, cases):
    """Let a browser see these cases."""
    session = client.session
    session[SESSION_KEY] = [case.pk.hex for case in cases]
    session.save()
    context.add_cookies(
        [
            {
                "name": configured.SESSION_COOKIE_NAME,
                "value": session.session_key,
                "domain": "localhost",
                "path": "/",
            }
        ]
    )


def mailed(case):
    """Send what waits for a case; returns the link of the newest mail and its code."""
    for waiting in case.outbox.filter(sent_at=None):
        send_mail(waiting)
    text = mail.outbox[-1].body
    link = re.search(r"/cases/\S+#\S+", text)
    return link[0] if link else "", re.search(r"\b(\d{6})\b", text)[1]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_narrow_and_quiet(width, new_context, client, cases):
    context = new_context(width)
    let_in(context, client, cases.values())
    several = cases[State.SEARCHING]
    several.contact_confirmed_at = several.received_at
    several.save()
    held = cases[State.HELD]
    addresses = [
        "/",
        "/cases/?reference=nonsense",
        "/cases/new/",
        "/cases/FR-7K3Q-92MX/open/",
        "/cases/FR-7K3Q-92MX/open/#secret",
        "/privacy/",
        "/accessibility/",
        "/dev/mail/",
        "/nowhere/",
        *(f"/cases/{case.reference}/" for case in cases.values()),
        f"/cases/{cases[State.READY].reference}/copy/",
        f"/cases/{held.reference}/withdraw/erasure/",
        f"/cases/{held.reference}/letters/{held.letters.get().pk}/",
    ]
    faults, titles = {}, {}
    for address in addresses:
        page = context.new_page()
        said = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.goto(address)
        found = faults_of(page) + [text for text in said if "responded with a status" not in text]
        if found:
            faults[address] = found
        titles.setdefault(page.title(), []).append(address)
        page.close()
    assert faults == {}
    assert [same for same in titles.values() if len(same) > 1] == [addresses[3:5]]


@pytest.mark.parametrize("width", WIDTHS)
def test_forms_that_come_back_are_accessible_and_keep_what_was_typed(width, new_context, client):
    case = file(Right.ACCESS, picture=b"")
    context = new_context(width)
    let_in(context, client, [case])
    page = context.new_page()
    page.goto("/cases/new/")
    page.fill("[name=notes]", "What I typed.")
    page.set_input_files("[name=pictures]", str(PICTURE))
    page.get_by_role("button", name="Send my request").click()
    assert "There is a problem" in page.inner_text("main")
    assert page.title().startswith("Error:")
    assert page.input_value("[name=notes]") == "What I typed."
    assert faults_of(page) == []
    page.goto(f"/cases/{case.reference}/")
    page.get_by_role("button", name="Send this picture").click()
    assert "Please choose a picture" in page.inner_text("main")
    assert faults_of(page) == []


def test_the_link_of_a_mail_opens_the_case_and_leaves_the_address(new_context):
    case = file(Right.ACCESS)
    link, _code = mailed(case)
    page = new_context().new_page()
    page.goto(link)
    page.get_by_text("Press the button").wait_for()
    assert not page.is_visible("[name=code]")
    assert page.url.endswith("/open/")
    assert page.evaluate("window.location.hash") == ""
    page.get_by_role("button", name="Open my case").click()
    page.get_by_role("heading", name="We are searching our collections").wait_for()
    assert case.reference in page.url


def test_the_whole_journey_without_javascript(new_context, tmp_path):
    page = new_context(java_script_enabled=False, accept_downloads=True).new_page()
    page.goto("/")
    page.get_by_role("button", name="Start your request").click()
    page.check("[value=access]")
    page.set_input_files("[name=photo]", str(PICTURE))
    page.check("[name=consent]")
    page.fill("[name=email]", "ada@person.example")
    page.fill("[name=passphrase]", PASSPHRASE)
    page.get_by_role("button", name="Send my request").click()
    case = Case.objects.get()
    assert case.reference in page.inner_text("h1 + *")
    page.get_by_role("button", name="Enter the code").click()
    _link, code = mailed(case)
    page.fill("[name=code]", code)
    page.get_by_role("button", name="Open my case").click()
    assert page.inner_text("h1") == "We are searching our collections"
    search(case)
    page.reload()
    assert page.inner_text("h1") == "People are looking at your request"
    page.get_by_role("button", name="Destroy my pictures now").click()
    assert "Your pictures are destroyed" in page.inner_text("main")
    page.get_by_role("link", name="Take this request back").click()
    page.get_by_role("button", name="Take it back").click()
    assert page.inner_text("h1") == "Your case is closed"
    page.get_by_role("link", name="You took your request back", exact=True).click()
    assert "You have withdrawn your request" in page.inner_text("main")


def test_a_copy_is_collected_without_javascript(new_context, client, settings):
    case = rights_request_at(State.READY).case
    context = new_context(java_script_enabled=False, accept_downloads=True)
    let_in(context, client, [case])
    page = context.new_page()
    page.goto(f"/cases/{case.reference}/")
    page.get_by_role("button", name="Collect your copy").click()
    page.get_by_role("button", name="Mail me a code").click()
    assert "We have mailed you a code" in page.inner_text("main")
    page.fill("[name=code]", mailed(case)[1])
    page.fill("[name=passphrase]", PASSPHRASE)
    with page.expect_download() as download:
        page.get_by_role("button", name="Collect my copy").click()
    assert download.value.suggested_filename == f"{case.reference}.zip"


def test_one_of_several_faces_is_chosen_with_the_keyboard(new_context, client):
    case = file(Right.ACCESS, picture=GROUP.read_bytes())
    page = new_context(java_script_enabled=False).new_page()
    page.goto(mailed(case)[0].partition("#")[0])
    page.fill("[name=code]", mailed_code(case))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="We are searching").wait_for()
    search(case)
    page.reload()
    page.locator("[name=face]").first.focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="This is me").press("Enter")
    assert "We search with this face" in page.inner_text("main")
    assert case.probes.get().chosen_face == 1


def mailed_code(case):
    return re.search(r"\b(\d{6})\b", mail.outbox[-1].body)[1]
