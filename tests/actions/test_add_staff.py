"""People of the desk: one account, one role, a password that nobody chose."""

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command

from subjects.actions.add_staff import add_staff
from subjects.policies import can_review

pytestmark = pytest.mark.django_db


def test_a_reviewer_can_sign_in_and_review():
    password = add_staff("anna", "reviewer")
    assert can_review(authenticate(username="anna", password=password))


def test_an_approver_is_no_reviewer():
    add_staff("bert", "approver")
    assert not can_review(get_user_model().objects.get(username="bert"))


def test_a_second_call_gives_a_new_password_and_takes_the_old_role_away():
    before = add_staff("anna", "reviewer")
    after = add_staff("anna", "approver")
    assert authenticate(username="anna", password=before) is None
    account = authenticate(username="anna", password=after)
    assert [group.name for group in account.groups.all()] == ["approver"]


def test_a_role_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="not a role of the desk"):
        add_staff("anna", "admin")
    with pytest.raises(CommandError):
        call_command("add_staff", "anna", "--role", "admin")


def test_the_command_shows_the_password_once(capsys):
    call_command("add_staff", "anna", "--role", "reviewer")
    password = capsys.readouterr().out.split("signs in with ")[1].split()[0]
    assert authenticate(username="anna", password=password)
