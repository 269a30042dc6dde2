"""What a person reads before a picture is taken."""

import pytest

from subjects import law
from subjects.errors import ReasonMissing, UnknownLawCode

VALUES = {
    "controller": "Musée des Visages de la Région",
    "address": "1 rue de l'Exemple, bâtiment B, 75001 Paris, France",
    "email": "rights@faces.example",
    "officer": "Data Protection Office, dpo@faces.example",
    "representative": "not needed, we are established in France",
    "authority": f"{law.authority('FR').name}, {law.authority('FR').website}",
    "probe_days": "14",
    "case_file_days": "1095",
}


def test_the_notice_before_capture_stays_under_150_words_when_filled():
    words = law.legal_notice("before-capture").fill(**VALUES)
    assert len(words.split()) <= 150
    assert "{" not in words
    for value in ("rights@faces.example", "dpo@faces.example", "cnil.fr", "14 days", "9(2)(a)"):
        assert value in words


@pytest.mark.parametrize("notice", law.legal_notices(), ids=lambda notice: notice.code)
def test_no_notice_goes_out_with_a_gap(notice):
    assert notice.fill(**VALUES)
    for gap in notice.gaps:
        with pytest.raises(ReasonMissing):
            notice.fill(**{**VALUES, gap: " "})


def test_braces_in_a_value_are_printed_and_not_filled():
    words = law.legal_notice("consent").fill(controller="{officer} & {0.__class__}")
    assert "{officer} & {0.__class__}" in words


@pytest.mark.parametrize("notice", law.legal_notices(), ids=lambda notice: notice.code)
def test_a_changed_text_gets_a_new_version(notice):
    read = {
        "before-capture-en-1": "8d650cc749dc9d84",
        "full-en-1": "d39bca344d8ef99f",
        "consent-en-1": "accf55b345d2df71",
    }
    assert notice.digest[:16] == read[notice.version]


def test_consent_says_that_it_is_free_and_can_be_withdrawn():
    words = law.legal_notice("consent").text
    assert "need not agree" in words
    assert "withdraw with one click" in words


def test_a_language_without_its_own_text_gets_the_english_one():
    assert law.legal_notice("consent", language="mt").version == "consent-en-1"
    with pytest.raises(UnknownLawCode):
        law.legal_notice("advertising")
