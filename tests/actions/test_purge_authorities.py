"""What authorities left here goes on its days: names, secrets, visits, sealed texts and packs."""

import os
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from subjects.actions.admit_regulator import Admission, admit_regulator
from subjects.actions.answer_order import answer_order
from subjects.actions.note_regulator_access import note_visit
from subjects.actions.prove_order import prove_order
from subjects.actions.purge import purge
from subjects.actions.revoke_regulator import revoke_regulator
from subjects.actions.rotate_vault_keys import vault_keys_in_use
from subjects.actions.sign_in_regulator import check_name_and_password
from subjects.audit.events import EventType
from subjects.audit.log import payload_of
from subjects.audit.verify import verify
from subjects.errors import WrongPassword
from subjects.models import AuthorityOrder, RegulatorAccess, RegulatorVisit
from subjects.models.authority_order import orders_folder
from tests.cases import staff
from tests.orders import an_order, count, house
from tests.receipts import publish_log

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("countable_stores", "_log")]


@pytest.fixture
def _log(settings, tmp_path):
    settings.LOG_DIR, settings.LOG_KEYS_DIR = tmp_path / "log", tmp_path / "log-keys"


def admit():
    today = timezone.localdate()
    admission = Admission(
        authority="CNIL",
        person="Inspectrice Canari",
        from_day=today - timedelta(days=400),
        to_day=today,
        last_day=today + timedelta(days=14),
    )
    return admit_regulator(admission, by=staff("dpo"))


def answered_order() -> AuthorityOrder:
    """Enter an order, count it, prove it and answer it."""
    order = an_order()
    count(order, "after")
    publish_log()
    order = prove_order(order, method="Erased in both stores.", by=staff("dpo"))
    return answer_order(order, timezone.localdate(), by=staff("dpo"))


def after(days: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(days=days), tick=False)


def test_who_had_an_account_is_forgotten_after_the_years_of_a_file(settings):
    made = admit()
    with after(settings.CASE_FILE_DAYS + 14):
        assert purge()["authorities' accesses"] == 0
    with after(settings.CASE_FILE_DAYS + 16):
        assert purge()["authorities' accesses"] == 1
        assert purge()["authorities' accesses"] == 0
        with pytest.raises(WrongPassword):
            check_name_and_password(made.access.name, made.password)
    access = RegulatorAccess.objects.get()
    assert access.person == access.password_hash == ""
    for column in ("person", "factor", "pseudonyms"):
        assert bytes(getattr(access, f"{column}_sealed")) == b""
    assert not vault_keys_in_use()
    [entry] = house(EventType.CONTACT_PURGED)
    assert entry.fields["count"] == 1
    assert payload_of(entry) == {"accesses": [access.pk.hex]}
    assert verify().holds


def test_an_account_that_was_closed_early_counts_from_that_day(settings):
    revoke_regulator(admit().access, by=staff("dpo"))
    with after(settings.CASE_FILE_DAYS + 1):
        assert purge()["authorities' accesses"] == 1


def test_visits_go_with_the_entries_that_say_the_same(settings):
    note_visit(admit().access, "figures")
    with after(settings.LOG_DAYS - 1):
        assert purge()["authorities' visits"] == 0
    with after(settings.LOG_DAYS + 1):
        assert purge()["authorities' visits"] == 1
    assert not RegulatorVisit.objects.exists()


def test_a_pack_stays_as_long_as_its_order_and_both_end_in_one_entry(settings):
    order = answered_order()
    with after(settings.CASE_FILE_DAYS - 1):
        assert purge()["authorities' orders"] == 0
        assert order.path.is_file()
    with after(settings.CASE_FILE_DAYS + 1):
        assert purge()["authorities' orders"] == 1
        assert purge()["authorities' orders"] == 0
    assert list(orders_folder().iterdir()) == []
    order.refresh_from_db()
    assert (order.asked, order.method, order.reason) == ("", "", "")
    assert order.proof_digest
    [entry] = house(EventType.DELIVERY_PURGED)
    assert (entry.fields["order"], entry.fields["count"]) == (order.pk.hex, 1)
    assert verify().holds


def test_an_order_that_waits_for_its_answer_keeps_everything():
    order = an_order()
    with after(10_000):
        assert purge()["authorities' orders"] == 0
    order.refresh_from_db()
    assert order.asked
    assert order.purged_at is None


def test_a_pack_that_no_order_names_is_swept_away_when_it_is_old():
    kept = answered_order().path
    old, young = orders_folder() / "old.zip", orders_folder() / "young.zip.part"
    for path in (old, young):
        path.write_bytes(b"left by a crash")
    two_hours_ago = (timezone.now() - timedelta(hours=2)).timestamp()
    for path in (old, kept):
        os.utime(path, (two_hours_ago, two_hours_ago))
    purge()
    assert sorted(orders_folder().iterdir()) == sorted([kept, young])
