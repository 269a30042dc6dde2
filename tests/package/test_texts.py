"""The texts in force: all of them, none of them a secret, and a change shows in the digest."""

import hashlib
import json

import pytest

from subjects import law
from subjects.models import Proposal, Right, RightsRequest
from subjects.package import texts
from subjects.package.texts import calendar, list_of, texts_digest
from subjects.policies import needed_tier


def test_every_law_letter_policy_and_calendar_is_there():
    there = texts.texts()
    assert {"policies.json", "calendar.json", "law/refusals.toml", "letters/refusal.txt"} <= set(
        there
    )
    assert all(there.values())
    assert b"F-17-3-e" in there["law/refusals.toml"]


def test_the_digest_is_that_of_the_list_and_stays_the_same():
    listed = list_of(texts.texts())
    assert texts_digest() == hashlib.sha256(listed).hexdigest() == texts_digest()
    for line in listed.decode().splitlines():
        digest, path = line.split("  ")
        assert hashlib.sha256(texts.texts()[path]).hexdigest() == digest


@pytest.mark.parametrize(("name", "value"), [("HOLD_DAYS", 99), ("SEARCH_RADIUS", 0.59)])
def test_a_changed_policy_gives_another_digest(settings, name, value):
    before = texts_digest()
    setattr(settings, name, value)
    assert texts_digest() != before


def test_no_secret_no_address_and_no_person_stands_in_the_texts(settings):
    settings.SECRET_KEY = "secretcanary" * 4
    settings.VAULT_KEYS = "canary:" + "A" * 43 + "="
    settings.DPO_CONTACT = "Dorothea Canary, dpo@canary.example"
    settings.DATABASE_URL = "postgres://portal:passwordcanary@db/portal"
    settings.FACE_TEMPLATE_STORES = {
        "vendor": {"BACKEND": "x.Y", "OPTIONS": {"token": "tokencanary", "name": "Vendor"}}
    }
    every = b"".join(texts.texts().values()).lower()
    for canary in (b"canary", settings.CONTROLLER_EMAIL.encode(), b"x.y"):
        assert canary not in every
    assert json.loads(texts.texts()["policies.json"])["stores"] == ["vendor"]


def test_the_tiers_are_those_that_the_desk_asks_for():
    access, erasure = (RightsRequest(right=right) for right in (Right.ACCESS, Right.ERASURE))
    refusal = RightsRequest(right=Right.ACCESS, proposal=Proposal.REFUSE)
    assert {
        "access": needed_tier(access),
        "other rights": needed_tier(erasure),
        "refusals": needed_tier(refusal),
    } == texts.IDENTITY


def test_the_calendar_has_the_holidays_by_which_dates_are_computed():
    days = calendar()
    assert len(days) == 30
    year = max(days["FR"])[:4]
    for country in ("FR", "DE", "HU"):
        known = {
            day.isoformat(): name for day, name in law.national_holidays(country, int(year)).items()
        }
        assert known.items() <= days[country].items()
