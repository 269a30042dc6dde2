"""Cases under names that no other account has, each entry in words, each date explained."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from subjects.actions.extend import extend
from subjects.audit.book import book
from subjects.audit.events import EventType
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries
from subjects.audit.shapes import SHAPES
from subjects.deadlines import due_on
from subjects.lifecycle import State
from subjects.models import RegulatorVisit, Right
from subjects.regulator import words
from tests.cases import approve_it, finish, rights_request_at, staff
from tests.receipts import publish_log
from tests.regulator.conftest import page, pseudonyms, sign_in

pytestmark = pytest.mark.django_db


def test_each_type_of_entry_of_a_case_has_its_sentence():
    on_a_case = {event for event, shape in SHAPES.items() if shape.case}
    assert set(words.SENTENCE) == on_a_case
    assert all(str(sentence).endswith(".") for sentence in words.SENTENCE.values())


def test_a_person_of_the_staff_keeps_their_letter_within_a_case():
    known: dict[str, str] = {}
    said = [
        words.actor_of(actor, known)
        for actor in ("role:reviewer/aa", "role:approver/bb", "role:reviewer/aa", "system:search")
    ]
    assert said == ["reviewer A", "approver B", "reviewer A", "machine, search"]
    assert words.actor_of("person", known) == "person"
    for number in range(60):
        words.actor_of(f"role:dpo/{number}", known)
    assert len(set(known.values())) == len(known)


def test_a_case_is_told_entry_by_entry_from_its_leaves(admit, erased):
    made = admit()
    browser = sign_in(made)
    (pseudonym,) = pseudonyms(browser)
    published = entries(erased.case_id)
    told = page(browser, f"/regulator/cases/{pseudonym}/")
    for entry in published:
        assert str(words.SENTENCE[entry.type]) in told
        assert entry.leaf_hash.hex() in told
    assert "default: searched, holds " in told
    assert "reviewer A" in told
    visit = RegulatorVisit.objects.first()
    assert (visit.page, visit.pseudonym) == ("case", pseudonym)


def test_opening_a_case_stands_in_its_own_chain_for_the_officer(admit, erased):
    browser = sign_in(admit())
    (pseudonym,) = pseudonyms(browser)
    for tail, name in (("", "case"), ("deadlines/", "deadlines")):
        page(browser, f"/regulator/cases/{pseudonym}/{tail}")
        newest = entries(erased.case_id)[-1]
        assert (newest.type, newest.fields["page"]) == (EventType.ACCESS_VIEWED, name)
        assert newest.fields["actor"].startswith("role:regulator/")
        assert entries(HOUSE)[-1].fields["page"] == name


def test_two_accounts_share_no_name_of_a_case(admit, erased):
    first, second = (set(pseudonyms(sign_in(admit()))) for _ in range(2))
    assert first
    assert not first & second
    assert set(pseudonyms(sign_in(admit()))) - first


def test_a_name_of_another_account_or_of_nobody_leads_nowhere_and_is_noted(admit, erased):
    (foreign,) = pseudonyms(sign_in(admit()))
    browser = sign_in(admit())
    before = len(entries(erased.case_id))
    tried = [foreign, "0" * 16, "x", erased.case.reference, str(erased.case_id)]
    pages = set()
    for name in tried:
        for tail in ("", "deadlines/"):
            answer = page(browser, f"/regulator/cases/{name}/{tail}", 404)
            pages.add(re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", answer))
    assert len(pages) == 1
    assert len(entries(erased.case_id)) == before
    visits = RegulatorVisit.objects.filter(refused="out-of-scope")
    assert visits.count() == 2 * len(tried)
    assert entries(HOUSE)[-1].fields["reason"] == "out-of-scope"


def test_what_lies_outside_the_scope_is_not_found_and_noted(admit, erased):
    (pseudonym,) = pseudonyms(sign_in(admit()))
    made = admit(rights=("art15",))
    browser = sign_in(made)
    assert pseudonyms(browser) == []
    known = made.access.pseudonyms_of([entries(erased.case_id)[0].leaf_hash.hex()])
    page(browser, f"/regulator/cases/{min(known)}/", 404)
    page(browser, f"/regulator/cases/{pseudonym}/", 404)
    early = made.access.from_day - timedelta(days=1)
    late = made.access.to_day + timedelta(days=1)
    for query in (f"?start={early}", f"?end={late}", f"?start={date.max}", f"?end={date.min}"):
        page(browser, f"/regulator/figures/{query}", 404)
        page(browser, f"/regulator/cases/{query}", 404)
    refused = made.access.visits.filter(refused="out-of-scope")
    assert refused.count() == 10


def test_only_the_rights_of_the_scope_are_told_of_a_case_with_more(admit):
    row = rights_request_at(State.IN_REVIEW, Right.ACCESS, Right.ERASURE)
    publish_log()
    browser = sign_in(admit(rights=("art15",)))
    (pseudonym,) = pseudonyms(browser)
    told = page(browser, f"/regulator/cases/{pseudonym}/")
    assert "Access (Art. 15)" in told
    assert "Erasure (Art. 17)" not in told
    of_the_other = [one for one in entries(row.case_id) if one.fields.get("right") == "art17"]
    assert f"{len(of_the_other)} entries about rights outside your scope" in told
    assert not any(one.leaf_hash.hex() in told for one in of_the_other)
    assert "Erasure" not in page(browser, f"/regulator/cases/{pseudonym}/deadlines/")


def test_what_was_open_on_the_first_day_is_within_the_scope_and_what_was_closed_is_not(admit):
    begun = timezone.now() - timedelta(days=60)
    with time_machine.travel(begun, tick=False):
        rights_request_at(State.SEARCHING, Right.ACCESS)
        closed = rights_request_at(State.AWAITING_APPROVAL, Right.ERASURE)
    with time_machine.travel(begun + timedelta(days=5), tick=False):
        approve_it(closed)
        finish(closed)
    publish_log()
    day = timezone.localdate(begun)
    assert len(pseudonyms(sign_in(admit(from_day=day + timedelta(days=30))))) == 1
    assert len(pseudonyms(sign_in(admit(from_day=day + timedelta(days=5))))) == 2
    assert pseudonyms(sign_in(admit(from_day=day - timedelta(9), to_day=day - timedelta(1)))) == []


def test_the_list_is_narrowed_by_right_outcome_and_period(admit, erased):
    rights_request_at(State.SEARCHING, Right.ACCESS)
    publish_log()
    browser, today = sign_in(admit()), timezone.localdate()
    assert len(pseudonyms(browser)) == 2
    assert len(pseudonyms(browser, "?right=art17")) == 1
    assert len(pseudonyms(browser, "?outcome=open")) == 1
    assert len(pseudonyms(browser, "?outcome=granted&right=art15")) == 0
    assert len(pseudonyms(browser, f"?end={today - timedelta(days=1)}")) == 0
    assert len(pseudonyms(browser, "?page=99")) == 2


def test_a_date_is_explained_line_by_line_and_compared_with_its_entry(admit, settings):
    settings.CONTROLLER_COUNTRY = "FR"
    with time_machine.travel("2026-11-25T09:00:00Z", tick=False):
        row = rights_request_at(State.IN_REVIEW, Right.ACCESS)
        extend(
            row,
            reasons=["complexity"],
            text="Several stores were moved, and each must be read by hand.",
            by=staff("reviewer"),
        )
        publish_log()
        browser = sign_in(admit())
        (pseudonym,) = pseudonyms(browser)
        told = page(browser, f"/regulator/cases/{pseudonym}/deadlines/")
    assert due_on(date(2026, 11, 25), country="FR") == date(2026, 12, 28)
    assert "This gives Friday 25 December 2026." in told
    assert "Friday 25 December 2026 is no working day (Christmas Day)" in told
    assert "Sunday 27 December 2026 is no working day (Sunday)" in told
    assert "Last day: Monday 28 December 2026, by the calendar holidays-" in told
    assert told.count("The entry says the same") == 2
    assert "The entry says another day" not in told
    assert "reasons: complexity" in told
    assert "No letter has left: the extension does not count." in told
    assert "The last day by the law is 2026-12-28." in told


def test_a_date_that_the_calendar_does_not_give_is_shown_as_such(admit, monkeypatch):
    wrong = date(2026, 12, 24)
    with time_machine.travel("2026-11-25T09:00:00Z", tick=False):
        with monkeypatch.context() as patch:
            patch.setattr("subjects.deadlines.due_on", lambda *_a, **_o: wrong)
            rights_request_at(State.SEARCHING, Right.ACCESS)
        publish_log()
        browser = sign_in(admit())
        (pseudonym,) = pseudonyms(browser)
        assert "The entry says another day" in page(
            browser, f"/regulator/cases/{pseudonym}/deadlines/"
        )


def test_a_log_that_takes_long_to_read_is_not_read_for_every_page(admit, erased, monkeypatch):
    made, reads = admit(), []
    browser = sign_in(made)

    def slowly():
        reads.append(1)
        return book()

    monkeypatch.setattr("subjects.regulator.register.book", slowly)
    monkeypatch.setattr("subjects.regulator.register.SOON", -1.0)
    monkeypatch.setattr("subjects.regulator.register.SHARE", 10**6)
    for _ in range(3):
        assert len(pseudonyms(browser)) == 1
        publish_log()
    assert len(reads) == 1
