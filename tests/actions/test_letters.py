"""Every letter that can be written can also be sent: the log knows the word for each."""

from django.conf import settings

from subjects.actions.close import GRANTED_LETTER, LETTER
from subjects.audit.words import LETTERS


def test_the_log_has_a_word_for_every_letter():
    written = {path.stem for path in (settings.BASE_DIR / "templates" / "letters").glob("*.txt")}
    assert written
    assert {*LETTER.values(), *GRANTED_LETTER.values()} <= written
    assert written <= set(LETTERS)
