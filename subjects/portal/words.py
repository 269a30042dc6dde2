"""What the person reads for each state, outcome, letter and picture problem: one table each."""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subjects.errors import BadPicture, SeveralFacesFound
from subjects.lifecycle import Outcome, State
from subjects.models import Probe

Words = str | Promise


class StateWords(NamedTuple):
    """What happens now, as a heading, a sentence below it, and a tag of few words."""

    heading: Words
    text: Words
    tag: Words


STATE_WORDS: Final[dict[State, StateWords]] = {
    State.RECEIVED: StateWords(
        _("Please confirm that we reach you"),
        _(
            "We send you a mail. Open the link in it, or enter its code. Then the search begins."
            " Your request counts from the day we received it, whatever is still missing."
        ),
        _("Received"),
    ),
    State.AWAITING_PICTURE: StateWords(
        _("We cannot search by picture yet"),
        _(
            "You can send a picture below. You need not: people then go on with what you"
            " wrote, and you can tell them more by e-mail or post."
        ),
        _("A picture would help"),
    ),
    State.SEARCHING: StateWords(
        _("We are searching our collections"),
        _("Every collection is searched. You need not do anything."),
        _("Being searched"),
    ),
    State.IN_REVIEW: StateWords(
        _("People are looking at your request"),
        _("The search is done. No computer decides about its result: people look at it."),
        _("Being looked at"),
    ),
    State.AWAITING_APPROVAL: StateWords(
        _("A second person is checking our answer"),
        _("No answer goes out before two different people have looked at it."),
        _("Being checked"),
    ),
    State.EXPORTING: StateWords(
        _("We are making your copy"),
        _("You get a mail when it is ready."),
        _("Copy being made"),
    ),
    State.READY: StateWords(
        _("Your copy is ready"),
        _("You can collect it on this page, with a code that we mail you and your passphrase."),
        _("Ready to collect"),
    ),
    State.HELD: StateWords(
        _("Your erasure is approved and will begin soon"),
        _(
            "What we found is out of use already. Until the erasure begins you can still stop it."
            " If you also asked for a copy, you get the copy first."
        ),
        _("Erasure approved"),
    ),
    State.ERASING: StateWords(
        _("We are erasing what we found"),
        _("This can no longer be stopped. It is finished and proved, also if a machine fails."),
        _("Being erased"),
    ),
    State.VERIFYING: StateWords(
        _("We are checking that everything is gone"),
        _("Every collection is read again and searched again before we call it done."),
        _("Being verified"),
    ),
    State.RESTRICTING: StateWords(
        _("We are taking what we found out of use"),
        _("It stays stored for you and is used for nothing else."),
        _("Being taken out of use"),
    ),
    State.NEEDS_HUMAN: StateWords(
        _("Somebody at our desk is looking at your case"),
        _("Something did not work by itself. The date of your answer stays as it is."),
        _("Being looked at"),
    ),
    State.CLOSED: StateWords(
        _("Your case is closed"),
        _("Our answer is in the letters below. You can ask again at any time, at no cost."),
        _("Closed"),
    ),
}

OUTCOME_WORDS: Final[dict[Outcome, Words]] = {
    Outcome.GRANTED: _("Done as you asked"),
    Outcome.PARTLY_GRANTED: _("Done in part"),
    Outcome.NOTHING_FOUND: _("Nothing found"),
    Outcome.REFUSED: _("Not done: the letter says why"),
    Outcome.NOT_IDENTIFIED: _("Not done: the letter says what would help"),
    Outcome.WITHDRAWN: _("Taken back by you"),
}

LETTER_TITLES: Final[dict[str, Words]] = {
    "access_answer": _("Our answer: your copy"),
    "cannot_identify": _("What we need to find you"),
    "erasure_answer": _("Our answer: what was erased"),
    "extension": _("We need more time"),
    "hold": _("Your erasure is approved"),
    "nothing_found": _("Our answer: nothing found"),
    "objection_answer": _("Our answer to your objection"),
    "rectification_answer": _("Our answer: what was corrected"),
    "refusal": _("Our answer: what we do not do, and why"),
    "restriction_answer": _("Our answer: what was taken out of use"),
    "withdrawal": _("You took your request back"),
}


def picture_problem(probe: Probe) -> str:
    """Say in words why a picture could not be used and how to mend it; empty where it could."""
    if not probe.refusal:
        return ""
    if probe.refusal == SeveralFacesFound.code:
        return str(SeveralFacesFound(probe.faces_found or 2))
    known = {error.code: error.sentence for error in BadPicture.__subclasses__()}
    return known.get(probe.refusal, BadPicture.sentence)
