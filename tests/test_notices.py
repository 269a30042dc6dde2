"""Letters have every part the law makes mandatory, and mails say nothing but that there is news."""

import re

import pytest
from django.template.loader import get_template

from subjects.actions.close import GRANTED_LETTER, LETTER
from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.send_mail import send_mail
from subjects.actions.withdraw import withdraw
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.audit.words import LETTERS
from subjects.errors import ReasonMissing
from subjects.lifecycle import State
from subjects.models import Letter, Outbox, Right
from subjects.notices import LAW_KIND, mail_text, write_letter
from tests.cases import CONTACT, file, rights_request_at

pytestmark = pytest.mark.django_db
TELLING = re.compile(
    r"found|eras|picture|face|match|copy|refus|access|restrict|nothing was",
    re.IGNORECASE,
)


@pytest.mark.parametrize("kind", ["refusal", "cannot_identify", "extension"])
def test_a_letter_with_an_empty_mandatory_part_is_not_written(memory_stores, kind):
    rights_request = file(Right.ERASURE).rights_requests.get()
    with pytest.raises(ReasonMissing):
        write_letter(rights_request, kind)
    assert not Letter.objects.exists()
    assert not Outbox.objects.filter(kind=Outbox.Kind.NEWS).exists()


def test_every_letter_has_a_template_and_a_word_in_the_log():
    written = {*LAW_KIND, *LETTER.values(), *GRANTED_LETTER.values(), "hold"}
    for kind in written:
        assert get_template(f"letters/{kind}.txt")
    assert {*written, *Outbox.Kind.values} <= set(LETTERS)


def test_a_letter_is_sealed_and_its_mail_is_in_the_outbox(memory_stores):
    case = file(Right.ERASURE)
    withdraw(case.rights_requests.get())
    letter = case.letters.get()
    assert case.reference in letter.body
    assert case.reference.encode() not in bytes(letter.body_sealed)
    assert letter.mail.kind == Outbox.Kind.NEWS


def test_sending_the_news_is_noted_with_the_letters_version_once(memory_stores):
    case = file(Right.ERASURE)
    withdraw(case.rights_requests.get())
    for _ in range(2):
        send_mail(Outbox.objects.get(kind=Outbox.Kind.NEWS))
    sent = [one.fields for one in entries(case.pk) if one.type == EventType.LETTER_SENT]
    assert [(one["letter"], one["version"], one["channel"]) for one in sent] == [
        ("withdrawal", "letter-1", "email")
    ]


@pytest.mark.parametrize("kind", Outbox.Kind)
def test_no_mail_tells_what_was_asked_for_or_found(memory_stores, settings, kind):
    settings.CONTROLLER_NAME, settings.DPO_CONTACT = "A Body", "dpo@body.example"
    case = file(Right.ACCESS, Right.ERASURE, notes="canary notes")
    mail = Outbox(case=case, kind=kind)
    subject, body = mail_text(mail, secret="the-secret", code="123456")  # noqa: S106 - of nobody
    assert subject == f"Your case {case.reference}"
    assert not TELLING.findall(body)
    assert CONTACT not in body
    assert "canary" not in body


def test_a_mail_is_the_same_whoever_was_found(memory_stores):
    known, unknown = file(Right.ACCESS), file(Right.ACCESS, picture=b"no picture")
    bodies = set()
    for case in (known, unknown):
        confirm_contact(case)
        text = mail_text(Outbox(case=case, kind="news"), secret="s", code="0")  # noqa: S106 - of nobody
        bodies.add(tuple(part.replace(case.reference, "") for part in text))
    assert len(bodies) == 1


def test_the_letter_of_an_answer_names_every_part_of_its_kind(memory_stores):
    closed = rights_request_at(State.CLOSED)
    letter = closed.case.letters.get(kind="erasure_answer")
    assert "Northern Rail Security Ltd" in letter.body
    assert "Commission" in letter.body or "CNIL" in letter.body
    assert "dpo@" in letter.body
    assert letter.text_version
    assert not re.search(r"\{\{|\}\}|None", letter.body)


@pytest.mark.parametrize("state", [State.HELD, State.CLOSED, State.RESTRICTING])
def test_no_letter_shows_a_distance_or_a_band(memory_stores, state):
    rights_request = rights_request_at(state)
    for letter in rights_request.case.letters.all():
        assert not re.search(r"0\.\d\d|strong|band|distance", letter.body)


def test_what_staff_write_is_text_and_never_a_template(memory_stores):
    rights_request = file(Right.ERASURE).rights_requests.get()
    rights_request.extended_to = rights_request.due_on
    letter = write_letter(rights_request, "extension", reasons="{{ case.contact }} & <b>more</b>")
    assert "{{ case.contact }} & <b>more</b>" in letter.body
    assert CONTACT not in letter.body
