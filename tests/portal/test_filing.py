"""A person files a request: what is accepted, what is asked for again, and that nothing is lost."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connection, connections
from django.test import Client

from subjects import tasks
from subjects.actions.send_mail import send_mail
from subjects.models import Case, Probe, SealedBlob
from tests.portal.conftest import filed, filled, picture

pytestmark = pytest.mark.django_db


def refused(client, **changes):
    """Send the form, see it come back with what was filled in, and return the page."""
    answer = client.post("/cases/new/", filled(**changes))
    assert answer.status_code == 422
    assert not Case.objects.exists()
    return answer.content.decode()


def test_an_address_and_a_right_are_enough(client):
    answer = client.post("/cases/new/", {"email": "ada@person.example", "rights": "erasure"})
    case = Case.objects.get()
    assert answer["Location"] == f"/cases/{case.reference}/"
    assert case.contact == "ada@person.example"
    assert case.country == "FR"
    assert not case.slow_lane


def test_reference_and_date_of_the_answer_stand_on_the_next_page(client):
    case = filed(client)
    page = client.get(f"/cases/{case.reference}/").content.decode()
    due_on = case.rights_requests.first().due_on
    assert case.reference in page
    assert f"{due_on.day} {due_on:%B %Y}" in page


def test_all_five_rights_stand_in_the_form_and_none_is_ticked(client):
    page = client.get("/cases/new/").content.decode()
    for right in ("access", "erasure", "objection", "restriction", "rectification"):
        assert f'value="{right}"' in page
    assert "checked" not in page
    assert page.index('value="access"') < page.index('value="erasure"')


def test_each_form_has_a_key_of_its_own_and_is_not_kept_by_the_browser(client):
    first, second = client.get("/cases/new/"), client.get("/cases/new/")
    assert first.context["form"]["idempotency_key"].value() != (
        second.context["form"]["idempotency_key"].value()
    )
    assert "no-store" in first["Cache-Control"]


def test_the_notice_stands_before_the_picture_and_has_at_most_150_words(client):
    answer = client.get("/cases/new/")
    words = " ".join(answer.context["notice"]).split()
    assert len(words) <= 150
    page = answer.content.decode()
    assert page.index("never added to them") < page.index('name="photo"')


def test_pictures_from_the_camera_and_from_the_album_are_kept_with_the_version_of_the_consent(
    client,
):
    case = filed(client, photo=picture(), pictures=[picture(), picture()], consent="on")
    assert case.probes.count() == 3
    assert case.consent_version == "consent-en-1"
    assert case.consented_at


def test_without_a_picture_the_tick_is_no_consent(client):
    case = filed(client, consent="on")
    assert (case.consent_version, case.consented_at) == ("", None)


def test_a_picture_without_the_tick_is_refused_and_nothing_of_it_is_kept(client):
    page = refused(client, pictures=[picture()], notes="What I typed.")
    assert "Please tick this box" in page
    assert "What I typed." in page
    assert "Please choose your pictures again" in page
    assert not SealedBlob.objects.exists()


def test_a_consent_to_another_text_is_read_again(client):
    page = refused(client, pictures=[picture()], consent="on", consent_version="consent-en-0")
    assert "has changed since you opened the page" in page


def test_everything_typed_stands_there_again(client):
    page = refused(
        client, email="nobody", notes="A page: http://x.example", country="DE", rights="access"
    )
    for kept in ("nobody", "A page: http://x.example", '<option value="DE" selected', "checked"):
        assert kept in page
    assert "Please check the e-mail address" in page


@pytest.mark.parametrize("rights", [None, [], ["portability"], ["access", "everything"]])
def test_rights_that_are_none_are_asked_for_again(client, rights):
    refused(client, rights=rights)


def test_five_thousand_characters_are_taken_and_one_more_is_not(client):
    assert len(filed(client, notes="ä" * 5000).notes) == 5000
    answer = client.post("/cases/new/", filled(notes="ä" * 5001))
    assert answer.status_code == 422
    assert "Please shorten this to 5,000 characters" in answer.content.decode()
    assert "ä" * 5001 in answer.content.decode()


def test_the_end_of_a_line_counts_as_one_character(client):
    assert filed(client, notes="\r\n".join(["x"] * 2500)).notes == "\n".join(["x"] * 2500)


@pytest.mark.parametrize(
    "address",
    ["ada@person.example\r\nBcc: eve@x.example", "ada@x.example\x00", "a b@x.example", "x" * 321],
)
def test_no_second_header_gets_into_an_address(client, address):
    refused(client, email=address)


def test_addresses_in_other_scripts_and_of_320_characters_get_our_mail(client):
    longest = "a" * 64 + "@" + ".".join(["b" * 62] * 4)[: 255 - 8] + ".example"
    assert len(longest) == 320
    for number, address in enumerate(["ada+rights@müller.example", longest]):
        case = filed(client, email=address)
        send_mail(case.outbox.get())
        assert len(mail.outbox) == number + 1
        assert b"To: " in mail.outbox[number].message().as_bytes()


def test_a_passphrase_is_long_enough_or_left_out(client):
    assert "at least 12 characters" in refused(client, passphrase="x" * 11).replace("&#x27;", "'")
    assert filed(client, passphrase="").passphrase_hash == ""
    assert "xxxx" not in filed(client, passphrase="x" * 12).passphrase_hash


def test_more_than_five_pictures_are_told_in_the_form(client):
    page = refused(client, pictures=[picture() for _ in range(7)], consent="on", notes="Kept.")
    assert "at most 5 pictures" in page
    assert "Kept." in page


def test_a_picture_that_is_too_large_or_empty_is_told_in_the_form(client, settings):
    assert "This file is empty" in refused(client, photo=picture(content=b""), consent="on")
    settings.UPLOAD_BYTES = 100
    assert "too large" in refused(client, pictures=[picture(content=b"x" * 101)], consent="on")


def test_a_body_beyond_every_limit_gets_the_other_channels(client, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = client.post("/cases/new/", filled(pictures=[picture(content=b"x" * 2000)]))
    assert answer.status_code == 413
    page = answer.content.decode()
    assert settings.CONTROLLER_EMAIL in page
    assert settings.CONTROLLER_ADDRESS in page
    assert not Case.objects.exists()


def test_what_is_no_picture_is_accepted_here_and_judged_in_the_sandbox(client):
    case = filed(client, pictures=[picture("x.svg", b"<svg onload=alert(1)>")], consent="on")
    assert case.probes.count() == 1


def test_over_the_limit_a_case_is_marked_and_accepted_all_the_same(client, settings):
    settings.FILINGS_BEFORE_SLOW_LANE = "2/h"
    assert [filed(client).slow_lane for _ in range(4)] == [False, False, True, True]


def test_the_key_of_a_form_that_was_tampered_with_is_a_new_form(client):
    assert filed(client, idempotency_key="nonsense").idempotency_key


def test_a_double_click_is_one_case_and_one_answer(client):
    form = filled()
    assert (
        client.post("/cases/new/", form)["Location"]
        == (Client().post("/cases/new/", form)["Location"])
    )
    assert Case.objects.count() == 1


def test_without_broker_and_counters_a_case_is_filed_in_under_five_seconds(client, settings):
    redis = "django.core.cache.backends.redis.RedisCache"
    dead = {"BACKEND": redis, "LOCATION": "unix:///nowhere/valkey.sock"}
    settings.CACHES = {**settings.CACHES, "rates": dead}
    began = time.monotonic()
    case = filed(client)
    assert time.monotonic() - began < 5
    assert client.get(f"/cases/{case.reference}/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_message_to_a_broker_that_is_down_is_noted_and_nothing_else(client, caplog):
    case = filed(client)
    assert case.outbox.filter(sent_at=None).exists()
    assert "the broker takes no message" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_nudge_that_breaks_in_any_way_never_fails_the_page(client, monkeypatch):
    def broken(_case):
        raise RuntimeError

    monkeypatch.setattr(tasks, "outstanding", broken)
    assert filed(client).outbox.exists()


def test_a_full_disk_loses_the_picture_and_not_the_request(client, settings, tmp_path):
    (tmp_path / "file").write_text("No folder can be made in here.")
    settings.VAR_DIR = tmp_path / "file"
    case = filed(client, pictures=[picture()], consent="on")
    assert not Probe.objects.exists()
    page = client.get(f"/cases/{case.reference}/").content.decode()
    assert "We could not keep your picture" in page


@pytest.fixture
def read_only():
    """Make the database take nothing any more, as on a full disk."""
    sqlite = connection.vendor == "sqlite"
    off = "PRAGMA query_only=OFF" if sqlite else "SET default_transaction_read_only = off"
    on = "PRAGMA query_only=ON" if sqlite else "SET default_transaction_read_only = on"

    def switch(*, to):
        with connection.cursor() as cursor:
            cursor.execute(on if to else off)

    yield switch
    switch(to=False)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_nothing_gets_the_other_channels_and_keeps_the_form(
    client, read_only, settings
):
    read_only(to=True)
    answer = client.post("/cases/new/", filled(notes="What I typed."))
    read_only(to=False)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert settings.CONTROLLER_EMAIL in page
    assert settings.CONTROLLER_ADDRESS in page
    assert "What I typed." in page
    assert not Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_at_once_with_one_key_are_one_case_with_twenty_equal_answers():
    form = filled(idempotency_key=str(uuid.uuid4()))

    def send(_number):
        try:
            return Client().post("/cases/new/", form)["Location"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=20) as pool:
        answers = list(pool.map(send, range(20)))
    assert Case.objects.count() == 1
    assert set(answers) == {f"/cases/{Case.objects.get().reference}/"}
    assert Case.objects.get().rights_requests.count() == 2
