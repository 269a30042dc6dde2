"""A reference can be read out, typed with mistakes, and tells a wrong one from a right one."""

from hypothesis import given
from hypothesis import strategies as st

from subjects.models.reference import ALPHABET, new_reference, normalise


@given(st.sampled_from(["FR", "DE", "GR"]))
def test_a_reference_is_what_it_is_however_it_is_typed(country):
    reference = new_reference(country)
    assert len(reference) == 12
    for typed in (reference, reference.lower(), reference.replace("-", " "), f" {reference} "):
        assert normalise(typed) == reference


@given(st.integers(3, 11).filter(lambda place: place != 7), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_noticed(place, symbol):
    reference = new_reference("DE")
    typed = reference[:place] + symbol + reference[place + 1 :]
    assert normalise(typed) in ({reference} if typed == reference else {None})


@given(st.integers(3, 10).filter(lambda place: place not in {6, 7}))
def test_two_symbols_in_the_wrong_order_are_noticed(place):
    reference = new_reference("IT")
    typed = list(reference)
    typed[place], typed[place + 1] = typed[place + 1], typed[place]
    assert normalise("".join(typed)) in ({reference} if "".join(typed) == reference else {None})


@given(st.text(max_size=40))
def test_nothing_that_is_typed_breaks_it(text):
    assert normalise(text) is None or len(normalise(text) or "") == 12


def test_letters_that_people_misread_are_forgiven():
    reference = next(one for one in iter(lambda: new_reference("FR"), "") if "0" in one[3:])
    assert normalise(reference[:3] + reference[3:].replace("0", "O")) == reference
