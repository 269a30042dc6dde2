"""The officer's register of orders: entered, counted, proved, answered; and what goes wrong."""

import io
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from subjects.actions.build_package import build_ordered
from subjects.actions.order_package import order_package
from subjects.actions.prove_order import prove_order
from subjects.audit.events import EventType
from subjects.audit.house import newest
from subjects.audit.log import entries
from subjects.models import AuditPackage, AuthorityOrder, OrderCount, Right
from subjects.package import computed, order_bag
from subjects.policies import actor_of
from tests.cases import file, staff
from tests.orders import ASKED, SilentStore, an_order, count
from tests.receipts import publish_log

pytestmark = pytest.mark.django_db
PAGE = "/desk/orders/"
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _no_pdf(monkeypatch):
    monkeypatch.setattr(order_bag, "pdf", lambda _html: None)
    monkeypatch.setattr(computed, "pdf", lambda _html: None)


@pytest.fixture
def officer(signed_in):
    return signed_in("dpo")


def letter(**changes):
    filled = {
        "key": str(uuid4()),
        "authority": "CNIL",
        "reference": "MED-2026-134",
        "kind": "order",
        "legal_basis": "Article 58(2)(g) GDPR",
        "received_on": (TODAY - timedelta(days=30)).isoformat(),
        "due_on": (TODAY + timedelta(days=3)).isoformat(),
        "asked": ASKED,
        "country": "fr",
        "penalty_a_day": "100000",
    }
    return filled | changes


def text(answer):
    return answer.content.decode()


def test_an_order_goes_from_the_letter_to_the_answer(officer):
    answer = officer.post(f"{PAGE}new/", letter())
    order = AuthorityOrder.objects.get()
    page = f"{PAGE}{order.pk}/"
    assert answer["Location"] == page
    shown = text(officer.get(page))
    for words in ("collected in FR", "canary", "3 days left", "0 €", "does not run yet"):
        assert words in shown
    for moment in ("before", "after"):
        answer = officer.post(f"{page}count/", {"key": str(uuid4()), "moment": moment})
        assert answer["Location"] == page
    shown = text(officer.get(page))
    assert "Asked 2 stores, 2 counted" in shown
    assert "<svg" in shown
    assert "Live gallery, before" in shown
    publish_log()
    answer = officer.post(f"{page}prove/", {"method": "The loader erased them."})
    assert answer["Location"] == page
    fetched = officer.get(f"{PAGE}{order.pk}.zip")
    content = b"".join(fetched.streaming_content)
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert "no-store" in fetched["Cache-Control"]
    viewed = newest(EventType.ACCESS_VIEWED).fields
    assert (viewed["page"], viewed["order"]) == ("order", order.pk.hex)
    answer = officer.post(f"{page}answer/", {"sent_on": TODAY.isoformat()})
    assert answer["Location"] == page
    shown = text(officer.get(page))
    assert "answered in time" in shown
    assert 'name="moment"' not in shown
    assert "Answered" in text(officer.get(PAGE))


def test_a_double_click_is_one_order_and_one_count(officer):
    sent = letter()
    [page] = {officer.post(f"{PAGE}new/", sent)["Location"] for _ in range(2)}
    assert AuthorityOrder.objects.count() == 1
    asked = {"key": str(uuid4()), "moment": "before"}
    for _ in range(2):
        assert officer.post(f"{page}count/", asked).status_code == 302
    assert OrderCount.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"due_on": "2020-01-01"}, "due before it was received"),
        ({"reference": ""}, "file number"),
        ({"kind": ""}, "Choose what is wanted"),
        ({"penalty_a_day": "-5"}, "greater than or equal to 0"),
        ({"penalty_a_day": "", "penalty_most": "5"}, "Write the amount for each day"),
        ({"country": "F1"}, "two letters"),
        ({"received_on": "2999-01-01", "due_on": "2999-01-02"}, "still to come"),
        ({"source_suffix": "https://a.example/"}, "without https://"),
        ({"key": "again"}, "Enter a valid UUID"),
    ],
)
def test_what_is_wrong_is_told_in_the_form(officer, changes, words):
    answer = officer.post(f"{PAGE}new/", letter(**changes))
    assert answer.status_code == 400
    assert words in text(answer)
    assert "Error:" in text(answer)
    assert not AuthorityOrder.objects.exists()


def test_while_a_store_is_down_the_count_says_which_and_keeps_nothing(
    officer, memory_stores, monkeypatch
):
    order = an_order()
    monkeypatch.setattr(type(memory_stores["archive"]), "count", by_alias("archive"))
    answer = officer.post(f"{PAGE}{order.pk}/count/", {"key": str(uuid4()), "moment": "before"})
    assert answer.status_code == 409
    assert "Asked 2 stores, 1 answered. No answer from: Archive" in text(answer)
    assert not OrderCount.objects.exists()


def by_alias(silent):
    from subjects.stores.memory import MemoryStore  # noqa: PLC0415 - to be replaced in one test

    def count(store, scope):
        return (SilentStore if store.alias == silent else MemoryStore).count(store, scope)

    return count


def test_before_is_offered_once(officer):
    order = an_order()
    page = f"{PAGE}{order.pk}/"
    assert 'value="before"' in text(officer.get(page))
    count(order)
    assert 'value="before"' not in text(officer.get(page))
    answer = officer.post(f"{page}count/", {"key": str(uuid4()), "moment": "before"})
    assert answer.status_code == 400


def test_an_answer_without_a_count_is_warned_of_and_needs_its_reason(officer):
    page = f"{PAGE}{an_order().pk}/"
    assert "No count shows that this order was carried out" in text(officer.get(page))
    answer = officer.post(f"{page}answer/", {"sent_on": TODAY.isoformat()})
    assert answer.status_code == 400
    assert "write why the" in text(answer)
    told = {"sent_on": TODAY.isoformat(), "reason": "There is nothing left to count."}
    assert officer.post(f"{page}answer/", told).status_code == 302


def test_another_day_than_the_one_noted_is_refused(officer):
    order = an_order(kind="inquiry")
    page = f"{PAGE}{order.pk}/answer/"
    assert officer.post(page, {"sent_on": TODAY.isoformat()}).status_code == 302
    assert officer.post(page, {"sent_on": TODAY.isoformat()}).status_code == 302
    earlier = (TODAY - timedelta(days=1)).isoformat()
    assert officer.post(page, {"sent_on": earlier}).status_code == 409


def test_a_pack_waits_for_the_log_and_says_so(officer):
    order = an_order()
    assert officer.get(f"{PAGE}{order.pk}.zip").status_code == 409
    publish_log()
    count(order)
    answer = officer.post(f"{PAGE}{order.pk}/prove/", {"method": "By hand."})
    assert answer.status_code == 409
    assert "its number" in text(answer)
    publish_log()
    assert officer.post(f"{PAGE}{order.pk}/prove/", {"method": "By hand."}).status_code == 302
    AuthorityOrder.objects.get().path.unlink()
    assert officer.get(f"{PAGE}{order.pk}.zip").status_code == 410


def test_what_is_late_comes_first_and_what_is_answered_last(officer):
    due = {"late": -3, "soon": 2, "far": 60}
    for name, days in due.items():
        an_order(reference=name, due_on=TODAY + timedelta(days=days))
    officer.post(
        f"{PAGE}{an_order(reference='done', kind='inquiry', due_on=TODAY).pk}/answer/",
        {"sent_on": TODAY.isoformat()},
    )
    shown = text(officer.get(PAGE))
    places = [shown.index(f">{name}</a>") for name in ("late", "soon", "far", "done")]
    assert places == sorted(places)
    assert "3 days late" in shown


def test_the_queue_warns_the_officer_of_what_is_due_within_a_week(officer, signed_in):
    assert "An authority waits" not in text(officer.get("/desk/"))
    an_order(reference="far", due_on=TODAY + timedelta(days=8))
    assert "An authority waits" not in text(officer.get("/desk/"))
    an_order(reference="near", due_on=TODAY + timedelta(days=7))
    an_order(reference="gone", due_on=TODAY - timedelta(days=1))
    shown = text(officer.get("/desk/"))
    assert "An authority waits" in shown
    assert shown.index("gone") < shown.index("near")
    assert "far" not in shown.partition("<form")[0].partition("An authority waits")[2]
    assert "An authority waits" not in text(signed_in("reviewer").get("/desk/"))


def test_open_requests_for_a_copy_are_listed_before_the_counts(officer):
    case = file(Right.ACCESS, picture=b"")
    shown = text(officer.get(f"{PAGE}{an_order().pk}/"))
    assert f"/desk/cases/{case.reference}/" in shown
    assert "1 request for a copy is open" in shown


def test_a_name_is_given_to_the_order_that_asks_for_it_alone(officer):
    case = file(Right.ACCESS, picture=b"")
    publish_log()
    order = an_order(kind="disclosure", legal_basis="Article 58(1)(e) GDPR", country="")
    page = f"{PAGE}{order.pk}/disclose/"
    assert officer.post(page, {"reference": case.reference}).status_code == 400
    package = order_package(TODAY, TODAY, actor=actor_of(staff("dpo")))
    build_ordered(package)
    asked = {"reference": case.reference, "package": str(package.pk)}
    answer = officer.post(page, asked)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    assert 'attachment; filename="restricted-' in answer["Content-Disposition"]
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert any(name.endswith("opening.json") for name in names)
    said = entries(case.pk)[-1]
    assert (said.type, said.fields["order"]) == (EventType.DISCLOSURE_MADE, order.pk.hex)
    wrong = officer.post(page, asked | {"reference": "FR-0000-0000"})
    assert wrong.status_code == 400
    assert "no case with this reference" in text(wrong)
    other = an_order()
    assert officer.post(f"{PAGE}{other.pk}/disclose/", asked).status_code == 409
    assert "Name a case" not in text(officer.get(f"{PAGE}{other.pk}/"))
    AuditPackage.objects.update(made_at=None)
    assert officer.post(page, asked).status_code == 400
    assert len([one for one in entries(case.pk) if one.type is EventType.DISCLOSURE_MADE]) == 1


def test_the_way_there_is_shown_to_the_officer_alone(officer, signed_in):
    assert PAGE in text(officer.get("/desk/"))
    assert PAGE not in text(signed_in("reviewer").get("/desk/"))


def test_many_orders_are_turned_to_pages(officer):
    for number in range(60):
        an_order(reference=str(number))
    assert "Page 1 of 2" in text(officer.get(PAGE))


def test_the_page_says_that_texts_and_pack_were_destroyed(officer):
    order = an_order()
    count(order, "after")
    publish_log()
    order = prove_order(order, method="The loader erased them.", by=staff("dpo"))
    order.forget()
    order.save()
    order.path.unlink()
    shown = text(officer.get(f"{PAGE}{order.pk}/"))
    assert "It was destroyed on" in shown
    assert order.proof_digest in shown
    assert "Download the pack" not in shown
    assert "canary" not in shown
    assert officer.get(f"{PAGE}{order.pk}.zip").status_code == 410
