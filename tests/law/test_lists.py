"""Rights, grounds, refusals, letters, authorities and notices: complete, and nothing too much."""

from datetime import date

import pytest

from subjects import law
from subjects.errors import ReasonMissing, RefusalNotAvailable, UnknownCountry, UnknownLawCode

GENERAL = {"F-12-5-U", "F-12-5-E", "F-12-6", "F-23"}
OFFERED = {"access", "erasure", "objection", "restriction", "rectification"}
EEA = {state.code for state in law.countries()}


def codes(entries):
    return {entry.code for entry in entries}


# --- Rights and grounds -------------------------------------------------------------------


def test_five_rights_can_be_filed():
    assert codes(law.rights()) == OFFERED
    assert law.right("erasure").article == "Article 17"
    assert not law.right("portability").offered


def test_there_are_six_grounds_for_erasure():
    assert [ground.code for ground in law.grounds()] == [f"E-{letter}" for letter in "abcdef"]
    assert law.ground("E-d").article == "Article 17(1)(d)"


# --- Refusals -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "more"),
    [
        ("access", {"F-11", "F-15-4"}),
        ("rectification", {"F-11"}),
        ("restriction", {"F-11"}),
        ("objection", {"F-21"}),
        ("portability", {"F-11", "F-20"}),
        (
            "erasure",
            {"F-11", "F-17-0", "F-17-3-a", "F-17-3-b", "F-17-3-c", "F-17-3-d", "F-17-3-e"},
        ),
    ],
)
def test_each_right_meets_only_its_own_refusals(right, more):
    available = codes(law.refusals_for(right))
    assert available == GENERAL | more
    for refusal in law.refusals():
        if refusal.code in available:
            law.check_refusal(right, refusal.code)
        else:
            with pytest.raises(RefusalNotAvailable):
                law.check_refusal(right, refusal.code)


@pytest.mark.parametrize("right", sorted(OFFERED))
def test_not_found_is_an_answer_and_never_a_refusal(right):
    with pytest.raises(RefusalNotAvailable):
        law.check_refusal(right, "F-N")


@pytest.mark.parametrize(("right", "code"), [("access", "F-99"), ("access", ""), ("theft", "F-23")])
def test_a_free_code_is_impossible(right, code):
    with pytest.raises(UnknownLawCode):
        law.check_refusal(right, code)


def test_nothing_outweighs_an_objection_to_direct_marketing():
    law.check_refusal("objection", "F-21")
    with pytest.raises(RefusalNotAvailable):
        law.check_refusal("objection", "F-21", direct_marketing=True)
    assert "F-21" not in codes(law.refusals_for("objection", direct_marketing=True))


def test_abusive_intent_can_be_shown_since_the_judgment():
    before = law.refusal("F-12-5-E", date(2026, 3, 18))
    after = law.refusal("F-12-5-E", date(2026, 3, 19))
    assert "abusive" not in before.text
    assert "abusive" in after.text
    assert after.two_people
    assert "the number of requests alone" in after.not_evidence


def test_a_copy_is_never_refused_whole_for_the_sake_of_others():
    assert {refusal.code for refusal in law.refusals() if not refusal.whole} == {"F-15-4"}


def test_every_refusal_says_what_must_be_shown():
    assert all(refusal.must_show for refusal in law.refusals())


def test_an_objection_is_overruled_only_with_two_hundred_characters():
    with pytest.raises(ReasonMissing, match="200"):
        law.check_refusal_reasons("F-21", "x" * 199 + " ")
    law.check_refusal_reasons("F-21", "x" * 200)
    assert law.refusal("F-21").officer_only


def test_blank_reasons_are_no_reasons():
    with pytest.raises(ReasonMissing):
        law.check_refusal_reasons("F-17-3-e", " \n")


# --- Letters and extensions ---------------------------------------------------------------


def test_a_refusal_letter_without_all_five_parts_cannot_be_sent():
    parts = {part.code: "words" for part in law.letter_parts("refusal")}
    assert parts.keys() == {"reasons", "ground", "authority", "remedy", "officer"}
    law.check_letter("refusal", parts)
    for code in parts:
        with pytest.raises(ReasonMissing):
            law.check_letter("refusal", {**parts, code: " "})


@pytest.mark.parametrize("letter", law.letter_kinds(), ids=lambda letter: letter.code)
def test_every_letter_has_parts_and_none_can_be_left_out(letter):
    with pytest.raises(ReasonMissing):
        law.check_letter(letter.code, {})
    law.check_letter(letter.code, dict.fromkeys(letter.parts, "words"))


def test_the_letters_of_the_law_are_all_there():
    assert codes(law.letter_kinds()) >= {
        "extension", "refusal", "cannot_identify", "access_answer", "erasure_answer",
        "restriction_lifted", "fee_notice",
    }  # fmt: skip


@pytest.mark.parametrize(
    "chosen", [[], ["much-work"], ["many-requests-from-many-people", "holiday-staffing"]]
)
def test_busy_staff_alone_extend_nothing(chosen):
    with pytest.raises(ReasonMissing, match="complexity or number-of-requests"):
        law.check_extension_reasons(chosen, "The archive holds forty collections.")


def test_an_extension_needs_a_reason_that_counts_and_words_about_the_case():
    law.check_extension_reasons(["complexity", "much-work"], "The archive holds 40 collections.")
    with pytest.raises(ReasonMissing):
        law.check_extension_reasons(["complexity"], "  ")
    with pytest.raises(UnknownLawCode):
        law.check_extension_reasons(["complexity", "no-such-reason"], "words")


# --- Article 15, authorities, policies ------------------------------------------------------


def test_an_answer_tells_every_item_of_article_15():
    assert codes(law.article15_items()) >= {*"abcdefgh", "2", "3"}


def test_every_state_of_the_eea_has_an_authority():
    assert len(EEA) == 30
    national = {entry.code for entry in law.authorities() if entry.eea and "-" not in entry.code}
    assert national == EEA
    assert law.authority("FR").website == "https://cnil.fr"
    assert len({entry.country for entry in law.authorities()}) == 33


def test_germany_has_one_authority_for_each_land_and_bavaria_two():
    lands = {entry.code for entry in law.authorities("DE")} - {"DE"}
    assert len(lands) == 17
    assert law.authority("DE-HH").website == "https://datenschutz-hamburg.de"


def test_a_country_without_a_known_authority_is_refused():
    with pytest.raises(UnknownCountry):
        law.authority("XX")


def test_every_authority_can_be_reached_over_https_and_says_when_it_was_checked():
    for entry in law.authorities():
        assert entry.website.startswith("https://")
        assert entry.website.count(".") >= 1
        assert entry.checked_on >= date(2026, 1, 1)


def test_no_policy_exceeds_its_own_bound():
    assert all(policy.value <= (policy.at_most or policy.value) for policy in law.law_policies())
    assert law.law_policy("suspension-ask").at_most == 7
    assert law.law_policy("identity-document").value == 72
