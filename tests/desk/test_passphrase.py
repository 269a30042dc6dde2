"""A passphrase by word of mouth: for whoever chose none, and only when identity is settled."""

import re

import pytest
from django.contrib.auth.hashers import check_password

from subjects.actions.settle_identity import settle_identity
from subjects.audit.log import entries
from subjects.lifecycle import State
from subjects.models import Case
from tests.cases import rights_request_at, staff

pytestmark = pytest.mark.django_db


def test_a_passphrase_is_made_only_for_a_person_who_is_known_and_shown_once(signed_in):
    case = rights_request_at(State.IN_REVIEW).case
    Case.objects.filter(pk=case.pk).update(passphrase_hash="")  # they chose none
    browser, address = signed_in("reviewer"), f"/desk/cases/{case.reference}/passphrase/"
    assert browser.post(address).status_code == 409
    case.refresh_from_db()
    assert case.passphrase_hash == ""
    settle_identity(case, tier="T2", method="video_call", by=staff("reviewer"))
    page = browser.post(address).content.decode()
    made = re.search(r'id="passphrase">([0-9A-Z-]{19})<', page)[1]
    case.refresh_from_db()
    assert check_password(made, case.passphrase_hash)
    assert made not in browser.get(address).content.decode()
    assert made not in browser.get(f"/desk/cases/{case.reference}/").content.decode()
    newest = [entry for entry in entries(case.pk) if entry.type == "passphrase.issued"]
    assert len(newest) == 1
    assert made.encode() not in newest[0].leaf
