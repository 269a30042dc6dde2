"""An authority sees its own orders, reads what was counted, and fetches what was sent to it."""

import io
import subprocess
import sys
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from subjects.actions.answer_order import answer_order
from subjects.actions.prove_order import prove_order
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries
from subjects.models import AuthorityOrder
from subjects.package import order_bag
from tests.cases import staff
from tests.orders import an_order, count
from tests.receipts import publish_log
from tests.regulator.conftest import page, sign_in

pytestmark = pytest.mark.django_db
PAGE = "/regulator/orders/"
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _no_pdf(monkeypatch):
    monkeypatch.setattr(order_bag, "pdf", lambda _html: None)


@pytest.fixture
def counted():
    order = an_order()
    count(order)
    count(order, "after")
    publish_log()
    return prove_order(order, method="The loader erased them.", by=staff("dpo"))


def test_an_authority_reads_its_order_and_fetches_the_proof_that_was_sent(admit, counted, tmp_path):
    made = admit()
    browser = sign_in(made)
    assert "MED-2026-134" in page(browser, PAGE)
    shown = page(browser, f"{PAGE}{counted.pk}/")
    for words in ("Article 58(2)(g) GDPR", "Live gallery, before", "Counted after, 20"):
        assert words in shown
    assert "canary" not in shown
    assert "Not sent yet" in shown
    assert "Download" not in shown
    assert browser.get(f"{PAGE}{counted.pk}.zip").status_code == 404
    answer_order(counted, TODAY, by=staff("dpo"))
    shown = page(browser, f"{PAGE}{counted.pk}/")
    assert counted.proof_digest in shown
    fetched = browser.get(f"{PAGE}{counted.pk}.zip")
    content = b"".join(fetched.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path / "pack")
    script = next((tmp_path / "pack").glob("*/data/verify.py"))
    done = subprocess.run(  # noqa: S603 - the verifier that was just fetched
        [sys.executable, "-I", str(script)], capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout
    opened = [one.fields["page"] for one in entries(HOUSE)[-4:] if "page" in one.fields]
    assert opened[-2:] == ["order", "order"]
    visits = made.access.visits.order_by("id").values_list("page", "refused")
    assert list(visits)[1:] == [
        ("orders", ""),
        ("order", ""),
        ("order", "out-of-scope"),
        ("order", ""),
        ("order", ""),
    ]


def test_an_order_of_another_authority_is_not_there(admit, counted):
    answer_order(counted, TODAY, by=staff("dpo"))
    browser = sign_in(admit(authority="AEPD"))
    assert "MED-2026-134" not in page(browser, PAGE)
    for address in (f"{PAGE}{counted.pk}/", f"{PAGE}{counted.pk}.zip", f"{PAGE}{uuid4()}/"):
        assert "MED" not in page(browser, address, status=404)


@pytest.mark.parametrize("name", ["CNIL", "cnil", " CNIL "])
def test_the_same_authority_written_otherwise_is_the_same(admit, name):
    an_order(authority="  CNIL ")
    assert "MED-2026-134" in page(sign_in(admit(authority=name)), PAGE)


def test_a_name_that_is_only_part_of_another_is_not_the_same(admit):
    an_order(authority="CNIL of elsewhere")
    assert "MED-2026-134" not in page(sign_in(admit(authority="CNIL")), PAGE)


def test_what_is_late_says_so_and_what_has_no_number_waits(admit):
    order = an_order(due_on=TODAY - timedelta(days=2))
    browser = sign_in(admit())
    assert "2 days late" in page(browser, PAGE)
    shown = page(browser, f"{PAGE}{order.pk}/")
    assert "waits for its number" in shown
    assert "Nothing was counted" in shown


def test_a_pack_that_was_taken_away_says_so(admit, counted):
    answer_order(counted, TODAY, by=staff("dpo"))
    AuthorityOrder.objects.get().path.unlink()
    assert "no longer here" in page(sign_in(admit()), f"{PAGE}{counted.pk}.zip", status=410)


def test_an_answer_without_a_pack_offers_none(admit):
    order = answer_order(an_order(kind="inquiry"), TODAY, by=staff("dpo"))
    browser = sign_in(admit())
    assert "Download" not in page(browser, f"{PAGE}{order.pk}/")
    assert browser.get(f"{PAGE}{order.pk}.zip").status_code == 404


def test_at_this_door_nothing_is_written(admit, counted):
    browser = sign_in(admit())
    for tail in ("", f"{counted.pk}/", f"{counted.pk}.zip"):
        assert browser.post(f"{PAGE}{tail}", {"sent_on": TODAY}).status_code == 405
    assert AuthorityOrder.objects.get().answered_at is None


def test_what_was_destroyed_after_its_years_is_named_by_its_digest(admit, counted):
    answered = answer_order(counted, TODAY, by=staff("dpo"))
    answered.forget()
    answered.save()
    answered.path.unlink()
    browser = sign_in(admit())
    shown = page(browser, f"{PAGE}{answered.pk}/")
    assert "was destroyed on" in shown
    assert answered.proof_digest in shown
    assert "Download" not in shown
    page(browser, f"{PAGE}{answered.pk}.zip", 410)
