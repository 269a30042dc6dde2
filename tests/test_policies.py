"""Who may do what, asked and enforced from one definition; staff appear by pseudonym only."""

import inspect
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from subjects import policies
from subjects.actions.decide import decide
from subjects.actions.settle_identity import settle_identity
from subjects.audit.words import ROLES
from subjects.errors import FourEyesNeeded, IdentityNotSettled
from subjects.lifecycle import State
from subjects.models import Decision, Right
from tests.cases import rights_request_at, staff

pytestmark = pytest.mark.django_db


def test_every_question_has_its_rule():
    asked = {name for name, _ in inspect.getmembers(policies, inspect.isfunction)}
    questions = {name for name in asked if name.startswith("can_")}
    assert {f"check_{name}" for name in questions} <= asked
    for name in questions:
        assert f"check_{name}" in inspect.getsource(getattr(policies, name))


@pytest.mark.parametrize(
    ("role", "reviews", "approves"),
    [
        ("reviewer", True, False),
        ("approver", False, True),
        ("dpo", True, True),
        ("intake", False, False),
        ("regulator", False, False),
        ("", False, False),
    ],
)
def test_each_role_does_its_own_and_no_more(memory_stores, role, reviews, approves):
    who = staff(role, f"somebody-{role}")
    proposed = rights_request_at(State.AWAITING_APPROVAL)
    settle_identity(proposed.case, tier="T2", method="video_call", by=staff("reviewer"))
    proposed.refresh_from_db()
    assert policies.can_review(who) is reviews
    assert policies.can_approve(who, proposed) is approves


def test_whoever_left_or_never_signed_in_may_nothing(memory_stores):
    gone = staff("dpo")
    gone.is_active = False
    for nobody in (gone, AnonymousUser()):
        for check in (policies.check_is_staff, policies.check_can_review):
            with pytest.raises(PermissionDenied):
                check(nobody)


def test_four_eyes_come_before_identity_and_both_before_any_change(memory_stores):
    proposed = rights_request_at(State.AWAITING_APPROVAL, Right.ACCESS)
    officer = staff("dpo")
    with pytest.raises(IdentityNotSettled):
        policies.check_can_approve(officer, proposed)
    proposed.case.found.filter(band="strong").update(decided_by=officer)
    with pytest.raises(FourEyesNeeded):
        policies.check_can_approve(officer, proposed)


def test_the_second_look_alone_bars_from_approving_too(memory_stores):
    review = rights_request_at(State.IN_REVIEW)
    officer = staff("dpo")
    grey = review.case.found.filter(band="review")[0]
    decide(grey, Decision.SAME, by=staff("reviewer"))
    decide(grey, Decision.SAME, by=officer)
    with pytest.raises(FourEyesNeeded):
        policies.check_can_approve(officer, review)


def test_the_log_knows_a_role_and_a_pseudonym_that_needs_our_secret(memory_stores, settings):
    ada = staff("reviewer", "ada.lovelace")
    word = str(policies.actor_of(ada))
    assert re.fullmatch(r"role:reviewer/[0-9a-f]{16}", word)
    assert word == str(policies.actor_of(ada))
    assert word != str(policies.actor_of(staff("reviewer", "bob")))
    settings.SECRET_KEY = settings.SECRET_KEY[::-1]
    assert word != str(policies.actor_of(ada))
    assert {policies.role_of(staff(role, f"a-{role}")) for role in ("dpo", "approver", "")} <= set(
        ROLES
    )
