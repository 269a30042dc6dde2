"""What every store promises of a count by scope, run against each one that ships."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from subjects.errors import CannotCount
from subjects.stores.base import FaceTemplateStore, Scope, ScopeCount
from tests.stores.made_up import codes, enrolments

pytestmark = pytest.mark.django_db


def test_the_country_of_collection_is_held_and_described(store):
    told, untold = store.enrol(
        [*enrolments(codes(1), collected_in="FR"), *enrolments(codes(1, seed=2))]
    )
    assert store.describe(told).collected_in == "FR"
    assert store.describe(untold).collected_in is None


def test_what_an_order_is_about_is_counted_and_what_nobody_knows_is_not_outside(store):
    vectors = codes(1)
    day = datetime(2021, 6, 30, 23, 30, tzinfo=UTC)
    kept = [
        {"collected_in": "FR", "source_url": "https://photos.example.com/1"},
        {"collected_in": "DE", "source_url": "https://photos.example.fr/1"},
        {"source_url": "https://images.photos.example.fr:8443/1", "collected_at": day},
        {"source_url": "https://photos.example.com/1", "collected_at": day},
        {},
    ]
    refs = store.enrol([one for held in kept for one in enrolments(vectors, **held)])
    store.restrict(refs[:1])
    assert store.count(Scope()) == ScopeCount(5, 5, 0)
    assert store.count(Scope(country="FR")) == ScopeCount(5, 2, 2)
    assert store.count(Scope(source_suffix="example.fr")) == ScopeCount(5, 2, 1)
    assert store.count(Scope(country="FR", source_suffix=".Example.FR")) == ScopeCount(5, 1, 1)
    in_june = Scope(collected_from=date(2021, 6, 1), collected_to=date(2021, 6, 30))
    late = Scope(collected_from=date(2021, 7, 2))
    paris = timezone.localdate(day) == date(2021, 7, 1)
    assert store.count(in_june) == ScopeCount(5, 0 if paris else 2, 3)
    assert store.count(late) == ScopeCount(5, 0, 3)
    store.erase(refs[:1])
    assert store.count(Scope(country="FR")) == ScopeCount(4, 1, 2)


def test_an_empty_store_counts_none(store):
    assert store.count(Scope(country="FR")) == ScopeCount(0, 0, 0)


def test_a_store_that_cannot_count_says_so_and_is_never_none(store):
    with pytest.raises(CannotCount, match="by hand"):
        FaceTemplateStore.count(store, Scope())
