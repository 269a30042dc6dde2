"""Where a face was collected, as far as the record of it tells; and nothing is guessed."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from subjects.stores.base import Scope, ScopeCount
from subjects.stores.scopes import Origin, counted, country_of, in_the_scope

NOWHERE = Origin("", "", None)


@pytest.mark.parametrize(
    ("country", "address", "found"),
    [
        ("fr", "https://a.example.de/", "FR"),
        ("", "https://a.example.fr/", "FR"),
        ("", "https://a.example.FR./x", "FR"),
        ("", "http://user:word@a.example.fr:8000/x?y=.de", "FR"),
        ("", "https://a.example.uk/", "GB"),
        ("", "https://a.example.com/", ""),
        ("", "https://a.example.io/", ""),
        ("", "https://a.example.eu/", ""),
        ("", "https://192.0.2.44/", ""),
        ("", "https://[2001:db8::1]/", ""),
        ("", "https://[broken/", ""),
        ("", "a.example.fr/no-scheme", ""),
        ("", "", ""),
    ],
)
def test_the_record_speaks_first_then_the_domain_of_a_country_then_nobody(country, address, found):
    assert country_of(Origin(country, address, None)) == found


def test_a_suffix_ends_at_a_dot():
    scope = Scope(source_suffix="example.fr")
    inside = ("https://example.fr/", "https://www.example.fr/")
    assert all(in_the_scope(scope, Origin("", one, None)) for one in inside)
    assert in_the_scope(scope, Origin("", "https://badexample.fr/", None)) is False
    assert in_the_scope(scope, NOWHERE) is None


def test_days_are_those_of_the_controller_and_both_ends_count(settings):
    noon = datetime(2021, 6, 30, 12, tzinfo=timezone.get_default_timezone())
    for scope, inside in (
        (Scope(collected_from=date(2021, 6, 30)), True),
        (Scope(collected_to=date(2021, 6, 30)), True),
        (Scope(collected_from=date(2021, 7, 1)), False),
        (Scope(collected_to=date(2021, 6, 29)), False),
    ):
        assert in_the_scope(scope, Origin("", "", noon)) is inside
        assert in_the_scope(scope, NOWHERE) is None


def test_what_is_surely_outside_is_outside_even_where_another_part_is_unknown():
    scope = Scope(country="FR", collected_from=date(2021, 1, 1))
    assert in_the_scope(scope, Origin("DE", "", None)) is False
    assert in_the_scope(scope, Origin("FR", "", None)) is None


def test_every_template_is_counted_once():
    origins = [Origin("FR", "", None), Origin("DE", "", None), NOWHERE]
    assert counted(Scope(country="FR"), origins) == ScopeCount(3, 1, 1)
