"""What was approved is erased and proved gone; nothing else is touched, nothing is said before."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from subjects.actions.decide import decide, propose
from subjects.actions.erase import erase_templates, start_erasure, waits_for
from subjects.actions.restrict import apply_restrictions
from subjects.actions.sweep import pass_time
from subjects.actions.withdraw import withdraw
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.audit.verify import verify
from subjects.errors import MoveNotAllowed
from subjects.lifecycle import Outcome, State
from subjects.models import (
    Decision,
    ErasureItem,
    FoundTemplate,
    Proposal,
    Right,
    RightsRequest,
    Search,
)
from subjects.models.leased import MAX_ATTEMPTS
from subjects.stores.base import ErasureReport
from subjects.tasks import erase
from tests.cases import (
    approve_it,
    decide_all,
    enrolments,
    propose_grant,
    rights_request_at,
    staff,
)

pytestmark = pytest.mark.django_db


def events(rights_request: RightsRequest) -> list[EventType]:
    return [entry.type for entry in entries(rights_request.case_id)]


def everything(held) -> dict[str, tuple[bytes, bytes | None]]:
    """Return vector and picture of every template of the two stores."""
    return {
        ref: (vector.tobytes(), store.picture(ref))
        for store in held.values()
        for ref, vector in store.contents()
    }


def planned() -> set[str]:
    return set(ErasureItem.objects.values_list("template_ref", flat=True))


def work(rights_request: RightsRequest) -> RightsRequest:
    """Let a worker try once, as soon as the pause and another's lease are over."""
    rows = RightsRequest.objects.filter(pk=rights_request.pk)
    rows.update(next_attempt_at=None, lease_until=None)
    erase(str(rights_request.pk))
    return RightsRequest.objects.get(pk=rights_request.pk)


# --- Before -----------------------------------------------------------------------------------


def test_an_erasure_waits_for_the_end_of_its_hold(memory_stores, settings):
    settings.HOLD_DAYS = 3
    held = rights_request_at(State.HELD)
    assert held.case.letters.filter(kind="hold").exists()
    with time_machine.travel(timezone.now() + timedelta(days=3, seconds=-5), tick=False):
        assert waits_for(held) == "hold"
        assert not start_erasure(held)
    with time_machine.travel(timezone.now() + timedelta(days=3, seconds=5), tick=False):
        pass_time()
    held.refresh_from_db()
    assert held.state == State.ERASING


def test_a_copy_that_was_asked_for_with_it_is_answered_first(memory_stores):
    held = rights_request_at(State.HELD, Right.ERASURE, Right.ACCESS)
    assert waits_for(held) == "access"
    pass_time()
    held.refresh_from_db()
    assert held.state == State.HELD
    withdraw(held.case.rights_requests.get(right=Right.ACCESS))
    pass_time()
    held.refresh_from_db()
    assert held.state == State.ERASING


def test_an_erasure_on_hold_can_be_stopped_and_releases_what_was_restricted(memory_stores):
    held = rights_request_at(State.HELD)
    apply_restrictions(held.case)
    assert FoundTemplate.objects.filter(restricted_at__isnull=False).count() == 4
    before = everything(memory_stores)
    withdraw(held)
    apply_restrictions(held.case)
    assert held.outcome == Outcome.WITHDRAWN
    assert not any(store.census().restricted for store in memory_stores.values())
    assert everything(memory_stores) == before
    assert EventType.HOLD_STOPPED in events(held)


@pytest.mark.parametrize("state", [State.ERASING, State.VERIFYING])
def test_what_has_begun_cannot_be_taken_back(memory_stores, state):
    rights_request = rights_request_at(state)
    with pytest.raises(MoveNotAllowed):
        withdraw(rights_request)


# --- The erasure ------------------------------------------------------------------------------


def test_all_that_was_planned_is_gone_and_every_bystander_is_byte_for_byte_the_same(memory_stores):
    before = everything(memory_stores)
    closed = rights_request_at(State.CLOSED)
    after = everything(memory_stores)
    assert planned() == before.keys() - after.keys()
    assert len(planned()) == 4
    for ref, (vector, picture) in after.items():
        assert vector == before[ref][0]
        shared = [one for one in planned() if before[one][1] == before[ref][1]]
        # In a picture that shows both, the erased face was blanked, and only there.
        assert (picture == before[ref][1]) is not bool(shared)
    assert closed.outcome == Outcome.GRANTED
    assert not ErasureItem.objects.exclude(progress="verified").exists()


def test_another_picture_of_the_same_person_that_was_not_approved_stays(memory_stores):
    review = rights_request_at(State.IN_REVIEW)
    decide_all(review.case)
    spared = review.case.found.filter(band="strong").last()
    decide(spared, Decision.DIFFERENT, by=staff("reviewer"))
    before = everything(memory_stores)
    propose_grant(review)
    approve_it(review)
    review.refresh_from_db()
    start_erasure(review)
    assert work(review).state == State.CLOSED
    assert everything(memory_stores)[spared.template_ref] == before[spared.template_ref]


def test_restrict_erase_read_again_search_again_and_only_then_done(memory_stores, monkeypatch):
    done = []
    for alias, store in memory_stores.items():
        for verb in ("restrict", "erase", "holds", "search"):
            real = getattr(store, verb)

            def noted(*given, _real=real, _said=(alias, verb), **more):
                done.append(_said)
                return _real(*given, **more)

            monkeypatch.setattr(store, verb, noted)
    erasing = rights_request_at(State.ERASING)
    done.clear()
    erase_templates(erasing)
    for alias in memory_stores:
        order = [verb for where, verb in done if where == alias]
        assert order.index("restrict") < order.index("erase") < order.index("holds")
        assert order[-1] == "search"
        assert "holds" in order[order.index("erase") :]
    said = events(erasing)
    steps = [
        EventType.ERASURE_PLANNED,
        EventType.REQUEST_APPROVED,
        EventType.HOLD_STARTED,
        EventType.ERASURE_STARTED,
        EventType.ERASURE_INTENDED,
        EventType.TEMPLATE_ERASED,
        EventType.ERASURE_CARRIED_OUT,
        EventType.ERASURE_VERIFIED,
        EventType.BACKUP_EXPIRY_SCHEDULED,
        EventType.CLOSED,
    ]
    assert [said.index(step) for step in steps] == sorted(said.index(step) for step in steps)
    assert said.count(EventType.TEMPLATE_ERASED) == len(memory_stores)


def test_running_it_again_does_and_notes_nothing(memory_stores):
    closed = rights_request_at(State.CLOSED)
    before, held = events(closed), everything(memory_stores)
    for _ in range(3):
        erase(str(closed.pk))
    assert events(closed) == before
    assert everything(memory_stores) == held


def test_a_store_that_says_erased_and_is_not_leaves_the_case_open(memory_stores, monkeypatch):
    def lie(refs) -> ErasureReport:
        return ErasureReport(frozenset(refs), frozenset(), 0, 0, 0, "All of it is gone.")

    erasing = rights_request_at(State.ERASING)
    monkeypatch.setattr(memory_stores["archive"], "erase", lie)
    for _ in range(MAX_ATTEMPTS):
        assert work(erasing).state == State.ERASING
    stuck = work(erasing)
    assert (stuck.state, stuck.stuck_in) == (State.NEEDS_HUMAN, State.ERASING)
    assert stuck.trouble == "erasure-incomplete"
    assert not ErasureItem.objects.filter(store="archive", erased_at__isnull=False).exists()
    assert EventType.ERASURE_VERIFIED not in events(stuck)


def test_a_store_that_cannot_be_searched_again_leaves_the_case_open(memory_stores):
    verifying = rights_request_at(State.VERIFYING)
    memory_stores["default"].deaf = True
    assert work(verifying).state == State.VERIFYING
    memory_stores["default"].deaf = False
    assert work(verifying).state == State.CLOSED


def test_what_comes_back_after_the_erase_is_not_called_done(memory_stores):
    store = memory_stores["default"]
    erasing = rights_request_at(State.ERASING)
    (ref, *_) = erasing.erasure_items.filter(store="default").values_list("template_ref", flat=True)
    restored = replace(store._held[ref], picture=None)  # noqa: SLF001 - as from a backup
    store.deaf = True
    assert work(erasing).state == State.VERIFYING
    store.deaf = False
    store._held[ref] = restored  # noqa: SLF001 - as above
    after = work(erasing)
    assert (after.state, after.trouble) == (State.VERIFYING, "erasure-incomplete")
    assert work(erasing).state == State.CLOSED
    assert store.holds([ref]) == set()


def test_what_was_enrolled_since_survives_and_gets_a_plan_and_an_approval_of_its_own(memory_stores):
    erasing = rights_request_at(State.ERASING)
    first_plan = planned()
    (new,) = memory_stores["default"].enrol(list(enrolments("person-1-b", "default")))
    back = work(erasing)
    assert back.state == State.IN_REVIEW
    assert (back.proposal, back.approved_by) == ("", None)
    assert planned() == first_plan
    assert memory_stores["default"].holds([new]) == {new}
    decide_all(back.case, Decision.SAME)
    propose(back, Proposal.GRANT, by=staff("reviewer"), ground="E-d", reasons="Found again.")
    approve_it(back)
    back.refresh_from_db()
    start_erasure(back)
    assert work(back).state == State.CLOSED
    assert planned() == first_plan | {new}
    assert memory_stores["default"].holds([new]) == set()
    assert verify().holds


def test_the_letter_names_stores_counts_recipients_and_backups(memory_stores, settings):
    closed = rights_request_at(State.CLOSED)
    body = closed.case.letters.get(kind="erasure_answer").body
    per_store = {alias: ErasureItem.objects.filter(store=alias).count() for alias in memory_stores}
    for alias, store in memory_stores.items():
        assert f"{per_store[alias]} face code" in body
        assert store.name in body
    assert "Northern Rail Security Ltd" in body
    assert f"within {settings.BACKUP_DAYS} days" in body


def test_the_last_day_of_the_backups_is_fixed_with_the_erasure(memory_stores, settings):
    closed = rights_request_at(State.CLOSED)
    (fixed,) = [
        each.fields
        for each in entries(closed.case_id)
        if each.type is EventType.BACKUP_EXPIRY_SCHEDULED
    ]
    end = timezone.localdate() + timedelta(days=settings.BACKUP_DAYS)
    assert closed.backups_end_on == end
    assert fixed["until"] == end.isoformat()
    assert fixed["right"] == "art17"


def test_an_erasure_can_be_verified_after_the_person_took_back_their_picture(memory_stores):
    erasing = rights_request_at(State.ERASING)
    for probe in erasing.case.probes.all():
        probe.blob.purge()
    done = work(erasing)
    assert done.state == State.CLOSED
    (told,) = [e.fields for e in entries(done.case_id) if e.type == EventType.ERASURE_VERIFIED]
    assert {one["result"] for one in told["stores"]} == {"skipped"}


def test_a_search_after_the_erase_finds_none_of_it(memory_stores):
    closed = rights_request_at(State.CLOSED)
    again = Search.objects.filter(case=closed.case, kind=Search.Kind.VERIFY).get()
    assert sum(again.stores.values_list("candidates", flat=True)) == 0
    assert {one.compared == one.total for one in again.stores.all()} == {True}
