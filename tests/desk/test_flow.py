"""The desk's work from the review to the answer, over HTTP as the staff does it."""

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from subjects.audit.events import EventType
from subjects.audit.leaf import blind_staff
from subjects.audit.log import entries
from subjects.lifecycle import Outcome, State
from subjects.models import Decision, FoundTemplate, Right, RightsRequest
from subjects.policies import actor_of
from tests.cases import PASSWORD, decide_all, finish, rights_request_at, staff

pytestmark = pytest.mark.django_db


def url(row, verb):
    return f"/desk/requests/{row.pk}/{verb}/"


def decide_url(found):
    return f"/desk/cases/{found.case.reference}/candidates/{found.pk}/decide/"


def reloaded(row):
    return RightsRequest.objects.select_related("case").get(pk=row.pk)


def summary_of(answer):
    page = answer.content.decode()
    assert "There is a problem" in page
    return page


def test_two_reviewers_and_an_approver_bring_an_erasure_to_its_end(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    first, second = signed_in("reviewer"), signed_in("reviewer", "second-reviewer")
    for found in row.case.found.all():
        assert first.post(decide_url(found), {"decision": "same"}).status_code == 302
        if found.needs_second_look:
            assert second.post(decide_url(found), {"decision": "same"}).status_code == 302
    settled = first.post(
        f"/desk/cases/{row.case.reference}/identity/", {"tier": "T2", "method": "video_call"}
    )
    assert settled.status_code == 302
    proposed = first.post(
        url(row, "propose"), {"proposal": "grant", "ground": "E-d", "reasons": "No legal basis."}
    )
    assert proposed.status_code == 302
    approved = signed_in("approver").post(url(row, "approve"), {"password": PASSWORD}, follow=True)
    assert "Approved." in approved.content.decode()
    assert reloaded(row).state == State.HELD
    finish(row)
    assert row.outcome == Outcome.GRANTED
    assert row.erasure_items.count() == 4


def test_nothing_is_decided_before_a_reviewer_chooses(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    browser = signed_in("reviewer")
    page = browser.get(f"/desk/cases/{row.case.reference}/").content.decode()
    assert page.count('type="radio"') >= 3 * row.case.found.count()
    assert " checked" not in page
    refused = browser.post(decide_url(row.case.found.first()), {})
    assert refused.status_code == 400
    assert "Choose one of the three." in summary_of(refused)
    assert not FoundTemplate.objects.exclude(decision="").exists()


def test_the_page_counts_what_is_decided_and_asks_for_the_second_look(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    grey = row.case.found.get(band="review")
    browser = signed_in("reviewer")
    browser.post(decide_url(grey), {"decision": "same"})
    page = browser.get(f"/desk/cases/{row.case.reference}/").content.decode()
    assert "0 of 4 decided" in page
    assert "A second reviewer must look." in page
    signed_in("reviewer", "second-reviewer").post(decide_url(grey), {"decision": "cannot_tell"})
    page = browser.get(f"/desk/cases/{row.case.reference}/").content.decode()
    assert "1 of 4 decided" in page
    assert "First reviewer" in page
    assert "Second reviewer" in page
    assert "second-reviewer" in page


def test_after_a_decision_the_next_candidate_that_waits_for_me_comes(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    first, second, third, grey = row.case.found.all()
    browser, stem = signed_in("reviewer"), f"/desk/cases/{row.case.reference}/"
    went = [
        browser.post(decide_url(found), {"decision": "same"})["Location"]
        for found in (second, third, grey, first)
    ]
    assert went == [
        f"{stem}?candidates=1#candidate-{third.pk}",
        f"{stem}?candidates=1#candidate-{grey.pk}",
        f"{stem}?candidates=1#candidate-{first.pk}",
        f"{stem}#review",
    ]


def test_many_candidates_come_in_pages_and_an_error_stays_on_its_page(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    known = row.case.found.first()
    FoundTemplate.objects.bulk_create(
        FoundTemplate(
            case=row.case,
            search=known.search,
            store="default",
            template_ref=f"gone-{number}",
            distance=0.5 + number / 1000,
            band="review",
        )
        for number in range(30)
    )
    browser, last = signed_in("reviewer"), row.case.found.last()
    page = browser.get(f"/desk/cases/{row.case.reference}/").content.decode()
    assert "0 of 34 decided" in page
    assert page.count("<article") == 20
    assert decide_url(last) not in page
    answer = browser.post(f"{decide_url(last)}?candidates=2", {})
    assert "Choose one of the three." in summary_of(answer)
    assert f"candidate-{last.pk}" in answer.content.decode()


def test_a_strong_one_that_a_colleague_decided_has_no_form_and_takes_no_post(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    strong = row.case.found.filter(band="strong")[0]
    signed_in("reviewer").post(decide_url(strong), {"decision": "same"})
    other = signed_in("reviewer", "second-reviewer")
    page = other.get(f"/desk/cases/{row.case.reference}/").content.decode()
    assert decide_url(strong) not in page
    late = other.post(decide_url(strong), {"decision": "different"})
    assert late.status_code == 409
    assert "Somebody else has already moved this on." in summary_of(late)
    strong.refresh_from_db()
    assert strong.decision == Decision.SAME


def test_a_decision_after_the_review_is_refused_politely(signed_in):
    row = rights_request_at(State.AWAITING_APPROVAL)
    late = signed_in("reviewer").post(decide_url(row.case.found.first()), {"decision": "different"})
    assert late.status_code == 409
    assert "while the case is in review" in summary_of(late)


def test_only_lawful_answers_are_offered(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    browser = signed_in("reviewer")

    def offered():
        form = browser.get(url(row, "propose")).context["form"]
        return [value for value, _text in form.fields["proposal"].choices]

    assert offered() == ["refuse"]
    decide_all(row.case, Decision.DIFFERENT)
    assert offered() == ["nothing_found", "refuse"]
    decide_all(row.case, Decision.SAME)
    assert offered() == ["grant", "refuse"]


def test_a_ground_of_another_right_cannot_be_chosen(signed_in):
    row = rights_request_at(State.IN_REVIEW, Right.ACCESS)
    answer = signed_in("reviewer").post(
        url(row, "propose"), {"proposal": "refuse", "ground": "F-17-3-a", "reasons": "Because."}
    )
    assert answer.status_code == 400
    assert reloaded(row).state == State.IN_REVIEW


def test_what_only_the_officer_may_use_is_offered_to_nobody_else(signed_in):
    row = rights_request_at(State.IN_REVIEW, Right.OBJECTION)
    refusal = {"proposal": "refuse", "ground": "F-21", "reasons": "Grounds " * 40}
    assert signed_in("reviewer").post(url(row, "propose"), refusal).status_code == 400
    assert signed_in("dpo").post(url(row, "propose"), refusal).status_code == 302


def test_a_refusal_without_reasons_comes_back_with_what_was_typed(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    answer = signed_in("reviewer").post(
        url(row, "propose"), {"proposal": "refuse", "ground": "F-17-3-e", "reasons": ""}
    )
    assert answer.status_code == 409
    assert "Please give the reasons of this case" in summary_of(answer)
    assert answer.context["form"]["ground"].value() == "F-17-3-e"


def test_the_approver_sees_the_plan_and_who_decided(signed_in):
    row = rights_request_at(State.AWAITING_APPROVAL)
    page = signed_in("approver").get(url(row, "approve")).content.decode()
    assert "4 face codes with their pictures would be erased" in page
    assert "https://hotel.example/events/2016/autumn-reception" in page
    assert "Archive" in page
    assert "second-reviewer" in page
    assert "Article 17(1)(d)" in page


def test_an_approval_needs_the_password_again(signed_in):
    row = rights_request_at(State.AWAITING_APPROVAL)
    browser = signed_in("approver")
    empty = browser.post(url(row, "approve"), {})
    assert (empty.status_code, "Give your password." in summary_of(empty)) == (400, True)
    wrong = browser.post(url(row, "approve"), {"password": "not it at all"})
    assert (wrong.status_code, "This is not your password." in summary_of(wrong)) == (403, True)
    assert reloaded(row).state == State.AWAITING_APPROVAL


def test_guessing_the_password_of_an_approval_is_slowed_down(signed_in):
    row = rights_request_at(State.AWAITING_APPROVAL)
    browser = signed_in("approver")
    # The clock stands: on a slow machine ten passwords take longer than the minute they count in.
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(10):
            browser.post(url(row, "approve"), {"password": "not it at all"})
        answer = browser.post(url(row, "approve"), {"password": PASSWORD})
    assert answer.status_code == 403
    assert "Too many tries." in summary_of(answer)
    assert reloaded(row).state == State.AWAITING_APPROVAL


def test_an_identity_that_is_not_settled_stands_in_the_way_in_words(signed_in):
    row = rights_request_at(State.AWAITING_APPROVAL, Right.ACCESS)
    browser = signed_in("approver")
    assert "this needs tier T2" in browser.get(url(row, "approve")).content.decode()
    answer = browser.post(url(row, "approve"), {"password": PASSWORD})
    assert answer.status_code == 409
    assert "this needs tier T2" in summary_of(answer)


def test_whoever_proposed_does_not_approve_neither_here_nor_in_the_database(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    decide_all(row.case)
    officer = signed_in("dpo")
    officer.post(url(row, "propose"), {"proposal": "grant", "ground": "E-d"})
    page = officer.get(url(row, "approve")).content.decode()
    assert 'name="password"' not in page
    answer = officer.post(url(row, "approve"), {"password": PASSWORD})
    assert answer.status_code == 403
    assert "A different person must approve it." in summary_of(answer)
    with pytest.raises(IntegrityError, match="two_different_people"), transaction.atomic():
        RightsRequest.objects.filter(pk=row.pk).update(approved_by=staff("dpo"))


def test_the_second_click_on_approve_is_told_so(signed_in):
    row = rights_request_at(State.AWAITING_APPROVAL)
    browser = signed_in("approver")
    assert browser.post(url(row, "approve"), {"password": PASSWORD}).status_code == 302
    again = browser.post(url(row, "approve"), {"password": PASSWORD})
    assert again.status_code == 409
    assert "somebody else may have been faster" in summary_of(again)
    assert [e.type for e in entries(row.case_id)].count(EventType.REQUEST_APPROVED) == 1


def test_a_proposal_is_sent_back_and_its_plan_dropped(signed_in):
    row = rights_request_at(State.AWAITING_APPROVAL)
    browser = signed_in("approver")
    assert browser.post(url(row, "send-back")).status_code == 302
    assert reloaded(row).state == State.IN_REVIEW
    assert not row.erasure_items.exists()
    assert browser.post(url(row, "send-back")).status_code == 409


def test_every_deed_stands_in_the_log_under_the_one_who_did_it(signed_in):
    row = rights_request_at(State.AWAITING_APPROVAL)
    signed_in("approver").post(url(row, "approve"), {"password": PASSWORD})
    approvals = [e for e in entries(row.case_id) if e.type == EventType.REQUEST_APPROVED]
    who = str(actor_of(staff("approver")))
    assert [e.fields["actor"] for e in approvals] == [
        blind_staff(who, row.case_id, approvals[0].fields["n"])
    ]
