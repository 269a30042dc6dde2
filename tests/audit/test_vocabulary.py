"""Only words of the vocabulary get into an entry, in bytes that never change."""

import json
from datetime import datetime
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from subjects import errors, law
from subjects.audit import words
from subjects.audit.events import EventType
from subjects.audit.fields import BODY, HEAD
from subjects.audit.leaf import MOST_BYTES, freeze, leaf_hash, thaw
from subjects.audit.shapes import ABOUT_ANY_REQUEST, SHAPES
from subjects.errors import LeafRefused
from tests.audit.examples import BODIES, GOOD, leaf_of


def test_the_examples_cover_every_field():
    assert set(BODIES) == set(BODY)
    assert set(GOOD) == set(HEAD)


def test_every_type_has_a_shape_of_known_fields():
    assert set(SHAPES) == set(EventType)
    for shape in SHAPES.values():
        assert shape.needs <= shape.may <= set(BODY)
        assert shape.case or shape.house
    assert set(BODY) >= ABOUT_ANY_REQUEST


def test_every_field_is_of_use_to_a_type():
    assert set(BODY) == frozenset[str]().union(*(shape.may for shape in SHAPES.values()))


@pytest.mark.parametrize("event", EventType)
def test_every_type_can_be_written_and_read_back(event):
    fields = leaf_of(event)
    assert thaw(freeze(fields)) == fields
    bare = GOOD | {"type": str(event), "case": fields["case"]}
    least = bare | {name: BODIES[name] for name in SHAPES[event].needs}
    assert thaw(freeze(least)) == least


@pytest.mark.parametrize("event", EventType)
def test_what_a_type_needs_cannot_be_left_out(event):
    for name in SHAPES[event].needs:
        fields = leaf_of(event)
        del fields[name]
        with pytest.raises(LeafRefused, match=f"'{name}'"):
            freeze(fields)


@pytest.mark.parametrize("event", EventType)
def test_what_a_type_does_not_know_is_refused(event):
    for name in BODY.keys() - SHAPES[event].may:
        with pytest.raises(LeafRefused, match=f"'{name}'"):
            freeze(leaf_of(event, **{name: BODIES[name]}))


@pytest.mark.parametrize("name", HEAD)
def test_no_entry_lacks_a_part_of_its_head(name):
    fields = leaf_of(EventType.CLOSED)
    del fields[name]
    with pytest.raises(LeafRefused, match=f"'{name}'"):
        freeze(fields)


GOLDEN_HASH = "c06e9fd019e0fd6dc9e55c55d16148e443c84c79de666e111cb5343d31371fa9"
ONCE = """
audit audit-chain-broken bad-picture blob-damaged blob-purged encoder-unavailable
erasure-incomplete export-incomplete face-too-small four-eyes-needed identity-not-settled law
leaf-refused lifecycle model-mismatch move-not-allowed no-face-found not-a-picture not-yet
picture-damaged picture-format-refused picture-too-dark picture-too-hard picture-too-large
picture-too-small portal reason-missing refusal-not-available server-needed several-faces-found
store store-misconfigured store-unavailable superseded too-late unknown-country unknown-store
vault vault-key-missing vector-refused wrong-secret
"""


def test_the_bytes_of_a_known_entry_never_change():
    leaf = freeze(leaf_of(EventType.SEARCH_COMPLETED))
    assert leaf == Path(__file__).with_name("golden_leaf.json").read_bytes()
    assert leaf_hash(leaf).hex() == GOLDEN_HASH


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tz", "Europe/Maria"),
        ("due", "2026-02-30"),
        ("due", "2026-1-1"),
        ("due", "\uff12\uff10\uff12\uff16-11-23"),
        ("due", "2026-12-23\n"),
        ("t", "2026-11-23T04:40:00.000Z"),
        ("t", "2026-11-23T04:40:00+01:00"),
        ("t", "2026-11-23T25:40:00Z"),
        ("radius", "0.6 "),
        ("radius", 0.6),
        ("actor", "role:dpo/anna"),
        ("actor", "role:boss/0011223344556677"),
        ("actor", "system:anna"),
        ("actor", "anna"),
        ("case", "0123456789ABCDEF0123456789ABCDEF"),
        ("model", "anna"),
        ("model", "anna/maria"),
        ("version", "anna"),
        ("calendar", "holidays-0.109/France"),
        ("basis", "art12-3-anna"),
        ("stores", []),
        ("stores", [{"alias": "default", "result": "searched"}]),
        ("stores", [{"alias": "default", "result": "failed"}] * 2),
        ("bands", {"strong": 1, "review": 1}),
        ("step", 0),
        ("step", True),
        ("count", 1.0),
        ("v", 2),
        ("v", True),
    ],
)
def test_what_only_looks_right_is_refused(name, value):
    event = next(event for event in EventType if name in SHAPES[event].may | HEAD.keys())
    with pytest.raises(LeafRefused, match=f"'{name}'"):
        freeze(leaf_of(event) | {name: value})


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
        b" " * (MOST_BYTES + 1),
    ],
)
def test_bytes_that_are_no_entry_are_refused(leaf):
    with pytest.raises(LeafRefused):
        thaw(leaf)


def test_bytes_that_are_not_canonical_are_refused():
    leaf = freeze(leaf_of(EventType.CLOSED))
    for other in (
        leaf + b"\n",
        leaf.replace(b":", b": ", 1),
        leaf.replace(b'"count":3', b'"count":3,"count":3'),
        leaf.replace(b'"count":3', b'"count":3.0'),
        leaf.replace(b'"count":3', b'"count":03'),
        leaf.replace(b'"web"', b'"\\u0077eb"'),
        leaf.replace(b'"granted"', b'"\\u0067ranted"'),
        json.dumps(dict(reversed(thaw(leaf).items())), separators=(",", ":")).encode(),
    ):
        if other != leaf:
            with pytest.raises(LeafRefused):
                thaw(other)


@given(st.sampled_from(list(EventType)), st.data())
def test_the_fast_reader_and_the_standard_agree_on_canonical_bytes(event, data):
    kept = data.draw(st.sets(st.sampled_from(sorted(SHAPES[event].may)))) | SHAPES[event].needs
    head = {name: value for name, value in leaf_of(event).items() if name in HEAD}
    fields = head | {name: BODIES[name] for name in kept}
    leaf = freeze(fields)
    assert leaf == rfc8785.dumps(fields)
    assert thaw(leaf) == fields


def test_the_codes_of_all_errors_are_words_of_the_log():
    assert {errors.NoFaceFound.code, errors.StoreUnavailable.code} <= set(words.ERRORS)
    assert set(words.GONE).isdisjoint(kind.code for kind in errors.PortalError.__subclasses__())


def test_a_code_that_was_once_a_word_stays_one():
    assert set(ONCE.split()) <= set(words.REASONS)


def test_the_words_of_the_law_are_words_of_the_log():
    assert {right.code for right in law.rights()} <= words.ARTICLES.keys()
    assert {ground.code for ground in law.grounds()} == set(words.ERASURE_GROUNDS)
    assert {refusal.code for refusal in law.refusals()} == set(words.REFUSAL_GROUNDS)
    assert {letter.code for letter in law.letter_kinds()} <= set(words.LETTERS)
    assert {reason.code for reason in law.extension_reasons()} <= set(words.REASONS)


def test_the_versions_of_the_laws_data_fit():
    for notice in law.legal_notices():
        freeze(leaf_of(EventType.LETTER_SENT, version=notice.version))
    for country in ("FR", "GR", ""):
        freeze(leaf_of(EventType.DEADLINE_SET, calendar=law.calendar_version(country)))


def test_actors_are_spelt_by_their_makers():
    for actor in (
        words.Actor.person(),
        words.Actor.agent(),
        *map(words.Actor.system, words.JOBS),
        *(words.Actor.staff(role, "0011223344556677") for role in words.ROLES),
    ):
        assert freeze(leaf_of(EventType.CLOSED, actor=str(actor)))


def test_instants_are_read_as_the_instant_they_say():
    assert datetime.fromisoformat(GOOD["t"]).isoformat() == "2026-11-23T04:40:00+00:00"
