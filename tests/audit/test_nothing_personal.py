"""No name, address, number or face code fits into any field of an entry."""

import json
import string
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subjects.audit import words
from subjects.audit.events import EventType
from subjects.audit.fields import BODY, HEAD
from subjects.audit.leaf import freeze
from subjects.audit.shapes import SHAPES
from subjects.errors import LeafRefused
from tests.audit.examples import BODIES, leaf_of

names = st.one_of(
    st.sampled_from(
        ["Anna", "anna", "ANNA MÜLLER", "Maria Rossi", "maria_rossi", "O'Neill", "José", "李小龍"]
    ),
    st.text(string.ascii_letters + " '-éüßαж", min_size=3, max_size=40).filter(str.strip),
)
addresses = st.one_of(
    st.emails(),
    st.builds("https://{}/{}".format, names, names),
    st.ip_addresses().map(str),
    st.builds("+33 6 {}".format, st.integers(10_000_000, 99_999_999)),
    st.builds("{} Example Street, 75001 Paris".format, st.integers(1, 99)),
)
numbers = st.one_of(
    st.floats(),
    st.booleans(),
    st.none(),
    st.integers(max_value=-1),
    st.integers(min_value=2**53),
)
vectors = st.one_of(
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=128),
    st.lists(st.integers(0, 255), min_size=1, max_size=128),
    st.binary(min_size=1, max_size=64),
    st.lists(st.floats(-1, 1), min_size=4, max_size=8).map(json.dumps),
    st.binary(min_size=33, max_size=64).map(bytes.hex),
)
personal = st.one_of(names, addresses, numbers, vectors)
listed = frozenset(
    {
        *(*words.STATES, *words.ARTICLES.values(), *words.OUTCOMES, *words.GROUNDS),
        *(*words.REASONS, *words.DECISIONS, *words.CHANNELS, *words.TIERS, *words.METHODS),
        *(*words.LETTERS, *words.STORE_RESULTS, *words.BANDS, *EventType),
        *("person", "agent", "none", *available_timezones()),
    }
)
# An alias is any short word of small letters; whether a store has it is checked at the door.
CLOSED_FIELDS = sorted(BODY.keys() | HEAD.keys() - {"sys"})


@given(st.sampled_from(CLOSED_FIELDS), personal)
def test_nothing_personal_fits_into_any_field(name, value):
    if isinstance(value, str) and value in listed:
        return
    if name == "sys" and isinstance(value, str):
        return
    event = next(event for event in EventType if name in SHAPES[event].may | HEAD.keys())
    for planted in (
        value,
        [value],
        {"alias": value},
        {value if isinstance(value, str) else "a": 1},
    ):
        with pytest.raises(LeafRefused):
            freeze(leaf_of(event) | {name: planted})


@given(personal)
def test_nothing_personal_fits_into_the_tables_inside_an_entry(value):
    good = BODIES["stores"][0]
    for key in (*good, "count", "reason"):
        if isinstance(value, str) and (value in listed or key == "alias"):
            continue
        with pytest.raises(LeafRefused, match="'stores'"):
            freeze(leaf_of(EventType.SEARCH_COMPLETED, stores=[good | {key: value}]))
    for band in words.BANDS:
        with pytest.raises(LeafRefused, match="'bands'"):
            freeze(leaf_of(EventType.SEARCH_COMPLETED, bands=BODIES["bands"] | {band: value}))


@given(names, personal)
def test_no_field_can_be_invented(name, value):
    with pytest.raises(LeafRefused):
        freeze(leaf_of(EventType.CLOSED) | {name: value})


@given(st.sampled_from(CLOSED_FIELDS), st.one_of(names, st.emails()))
def test_the_refusal_does_not_repeat_the_value(name, value):
    event = next(event for event in EventType if name in SHAPES[event].may | HEAD.keys())
    with pytest.raises(LeafRefused) as refused:
        freeze(leaf_of(event) | {name: "§" + value})
    assert "§" not in str(refused.value)
