"""A person files a request: what is accepted, what is asked for again, and that nothing is lost."""

import pytest

from subjects.models import Case
from tests.portal.conftest import filed, filled, picture

pytestmark = pytest.mark.django_db


def test_an_address_and_a_right_are_enough(client):
    answer = client.post("/cases/new/", {"email": "ada@person.example", "rights": "erasure"})
    case = Case.objects.get()
    assert answer["Location"] == f"/cases/{case.reference}/"
    assert case.contact == "ada@person.example"
    assert case.country == "FR"


def test_reference_and_date_of_the_answer_stand_on_the_next_page(client):
    case = filed(client)
    page = client.get(f"/cases/{case.reference}/").content.decode()
    due_on = case.rights_requests.first().due_on
    assert case.reference in page
    assert f"{due_on.day} {due_on:%B %Y}" in page


def test_pictures_are_kept_sealed(client):
    case = filed(client, photo=picture(), pictures=[picture(), picture()], consent="on")
    assert case.probes.count() == 3
    assert case.consent_version == "consent-en-1"
