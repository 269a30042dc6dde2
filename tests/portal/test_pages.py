"""The pages that anybody may read, and that no address answers with a 500."""

import pytest
from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.urls import reverse

from subjects.portal import urls
from tests.cases import file
from tests.portal.conftest import open_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/", "/cases/new/", "/privacy/", "/accessibility/"])
def test_the_open_pages_answer_and_name_the_other_channels(client, address, settings):
    answer = client.get(address)
    assert answer.status_code == 200
    assert settings.CONTROLLER_EMAIL in answer.content.decode()
    assert settings.CONTROLLER_ADDRESS in answer.content.decode()


def test_the_start_page_says_first_what_happens_to_the_picture(client, settings):
    page = client.get("/").content.decode()
    assert "It is never added to a collection" in page
    assert f"destroyed {settings.PROBE_DAYS} days after our last answer" in page
    assert "You need not send one" in page


def test_the_full_notice_is_filled_in(client, settings):
    page = client.get("/privacy/").content.decode()
    assert settings.CONTROLLER_NAME in page
    assert settings.DPO_CONTACT in page
    assert "{" not in page


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options", "patch"])
def test_no_address_of_this_door_answers_any_method_with_a_500(client, method):
    case = file("access")
    values = {
        "reference": case.reference,
        "letter_id": case.pk,
        "receipt_id": case.pk,
        "probe_id": case.pk,
        "right": "access",
    }
    for opened in (False, True):
        if opened:
            open_for(client, case)
        for pattern in urls.urlpatterns:
            needed = {key: values[key] for key in pattern.pattern.converters}
            address = reverse(f"portal:{pattern.name}", kwargs=needed)
            assert getattr(client, method)(address).status_code < 500, address


def test_mails_of_a_development_installation_are_read_newest_first_with_their_links(
    client, settings
):
    settings.EMAIL_FILE_PATH = settings.MAIL_DIR
    backend = "django.core.mail.backends.filebased.EmailBackend"
    for number in (1, 2):
        mail_connection = get_connection(backend, file_path=settings.MAIL_DIR)
        text = f"Mail {number}: http://127.0.0.1:8000/cases/FR-7K3Q-92MX/open/#s3cr_t-{number}\n<b>"
        message = EmailMessage(
            f"Your case {number}",
            text,
            "us@x.example",
            ["ada@person.example"],
            connection=mail_connection,
        )
        message.extra_headers["Date"] = f"Mon, 23 Nov 2026 07:00:0{number} +0000"
        message.send()
    page = client.get("/dev/mail/").content.decode()
    assert page.index("Your case 2") < page.index("Your case 1")
    assert 'href="http://127.0.0.1:8000/cases/FR-7K3Q-92MX/open/#s3cr_t-2"' in page
    assert "<b>" not in page


def test_without_any_mail_the_page_says_so(client):
    assert "There is no mail yet" in client.get("/dev/mail/").content.decode()


def test_in_production_there_is_no_page_of_mails(client, settings):
    settings.PRODUCTION = True
    assert client.get("/dev/mail/").status_code == 404


def test_health_is_a_word_while_the_database_answers(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db(transaction=True)
def test_health_says_so_when_the_database_does_not_answer(client, tmp_path, settings):
    name, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], "no/such/place"
    connection.close()
    try:
        assert client.get("/healthz").status_code == 503
    finally:
        connection.settings_dict["NAME"] = name
        connection.close()
