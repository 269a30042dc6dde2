"""What the desk reads: each state, turn, result and closeness in words, each in one table."""

from datetime import date
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from subjects.faces.matching import Band
from subjects.lifecycle import Outcome, State, Turn
from subjects.models import Decision, Proposal, Right, RightsRequest
from subjects.stores import stores

STATE: Final[dict[State, Promise]] = {
    State.RECEIVED: _("Waits for the person to confirm how we reach them"),
    State.AWAITING_PICTURE: _("Waits for a picture from the person"),
    State.SEARCHING: _("The stores are being searched"),
    State.IN_REVIEW: _("Candidates to decide"),
    State.AWAITING_APPROVAL: _("An answer to approve"),
    State.EXPORTING: _("The copy is being made"),
    State.READY: _("The copy waits for the person"),
    State.HELD: _("The erasure waits for its hold to end"),
    State.ERASING: _("Being erased"),
    State.VERIFYING: _("Being read and searched again after the erasure"),
    State.RESTRICTING: _("Being restricted"),
    State.NEEDS_HUMAN: _("Stuck: somebody has to look"),
    State.CLOSED: _("Closed"),
}
TURN: Final[dict[Turn, Promise]] = {
    Turn.PERSON: _("The person"),
    Turn.MACHINE: _("The machine"),
    Turn.DESK: _("The desk"),
    Turn.TIME: _("Nobody before a date"),
    Turn.NOBODY: _("Nobody: closed"),
}
OUTCOME: Final[dict[Outcome, Promise]] = {
    Outcome.GRANTED: _("Granted"),
    Outcome.PARTLY_GRANTED: _("Granted in part"),
    Outcome.NOTHING_FOUND: _("Nothing found"),
    Outcome.REFUSED: _("Refused"),
    Outcome.NOT_IDENTIFIED: _("Closed: not identified"),
    Outcome.WITHDRAWN: _("Withdrawn"),
}
RIGHT: Final[dict[Right, Promise]] = {
    Right.ACCESS: _("Copy (access)"),
    Right.RECTIFICATION: _("Correction"),
    Right.ERASURE: _("Erasure"),
    Right.RESTRICTION: _("Restriction"),
    Right.OBJECTION: _("Objection"),
}
PROPOSAL: Final[dict[Proposal, Promise]] = {
    Proposal.GRANT: _("Grant it"),
    Proposal.NOTHING_FOUND: _("Answer that nothing was found"),
    Proposal.REFUSE: _("Refuse it"),
}
DECISION: Final[dict[Decision, Promise]] = {
    Decision.SAME: _("Same person"),
    Decision.DIFFERENT: _("Different person"),
    Decision.CANNOT_TELL: _("Cannot tell"),
}
CLOSENESS: Final[dict[Band, Promise]] = {
    Band.STRONG: _("Very close"),
    Band.REVIEW: _("Close"),
    Band.SET_ASIDE: _("Far"),
}
TROUBLE: Final[dict[str, Promise]] = {
    "attempts-exhausted": _("Three attempts failed"),
    "unexpected": _("Something unexpected happened"),
    "export-incomplete": _("A part of the copy would be empty"),
    "erasure-incomplete": _("A store still holds what it was told to erase"),
    "encoder-unavailable": _("The face library does not work"),
    "blob-damaged": _("A sealed file is missing or damaged"),
    "vault-key-missing": _("A key of the vault is missing"),
}
"""Codes of errors that hold a request up; any other is shown as it is."""
SOON: Final = 7
"""Days left at which a badge turns orange."""


class Badge(NamedTuple):
    """A deadline in text and colour."""

    text: str
    colour: str


def deadline_badge(rights_request: RightsRequest, today: date) -> Badge:
    """Say how far off the last day is by clock A or its extension, or that it was answered."""
    if rights_request.answered_at:
        return Badge(gettext("Answered"), "green")
    if not rights_request.is_open:
        return Badge(gettext("Closed"), "grey")
    left = (rights_request.answer_due_on - today).days
    if left < 0:
        return Badge(
            ngettext("%(days)d day late", "%(days)d days late", -left) % {"days": -left}, "red"
        )
    if left == 0:
        return Badge(gettext("Due today"), "orange")
    text = ngettext("%(days)d day left", "%(days)d days left", left) % {"days": left}
    return Badge(text, "orange" if left <= SOON else "")


def trouble_text(trouble: str) -> str:
    """Say what holds a row up: `store-unavailable:archive` names the store as people call it."""
    if not trouble:
        return ""
    code, _colon, alias = trouble.partition(":")
    if alias:
        name = stores[alias].name if alias in stores else alias
        return gettext("The store “%(name)s” does not answer") % {"name": name}
    return str(TROUBLE.get(code) or gettext("The last attempt failed: %(code)s") % {"code": code})
