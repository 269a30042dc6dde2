"""What the page of a case shows: what happens now, each right with its date, what was done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subjects import law
from subjects.actions.add_picture import OPEN_TO_PICTURES
from subjects.audit.log import entries
from subjects.errors import SeveralFacesFound
from subjects.lifecycle import TURN, Outcome, State, Turn
from subjects.models import Case, Delivery, Probe, RightsRequest
from subjects.portal.contacts import authority_for
from subjects.portal.receipts import certified, receipt_links
from subjects.portal.timeline import timeline
from subjects.portal.words import (
    LETTER_TITLES,
    OUTCOME_WORDS,
    STATE_WORDS,
    StateWords,
    Words,
    picture_problem,
)

FIRST: Final = (Turn.PERSON, Turn.TIME, Turn.MACHINE, Turn.DESK, Turn.NOBODY)
"""Whose turn makes the heading, where the rights of a case stand differently: yours above all."""
SOON_DAYS: Final = 5


@dataclass(frozen=True)
class Badge:
    """A few words on a colour; the words say it all."""

    text: Words
    colour: str


@dataclass(frozen=True)
class RightLine:
    """One right on the page."""

    code: str
    name: str
    badge: Badge
    rows: list[dict[str, Words]]
    on_hold: bool
    can_withdraw: bool


def case_page(case: Case) -> dict[str, Any]:
    """Return the context of the page, without its forms."""
    requests = list(case.rights_requests.order_by("right"))
    probes = list(case.probes.select_related("blob"))
    open_to_pictures = any(each.state in OPEN_TO_PICTURES for each in requests)
    return {
        "case": case,
        "now": heading(requests),
        "lines": [_line(each) for each in _in_form_order(requests)],
        "facts": _facts(case, requests),
        "delivery": ready_copy(case),
        "needs_passphrase": _needs_passphrase(case, requests),
        "open_to_pictures": open_to_pictures,
        "problems": [
            (probe.position, picture_problem(probe))
            for probe in probes
            if open_to_pictures and _is_refused(probe)
        ],
        "pictures": [_row(_picture_name(each), _whereabouts(each)) for each in probes],
        "has_pictures": any(probe.blob.purged_at is None for probe in probes),
        "letters": [
            {"letter": letter, "title": LETTER_TITLES.get(letter.kind, letter.kind)}
            for letter in case.letters.order_by("-written_at")
        ],
        "receipts": receipt_links(case),
        "certificates": certified(requests),
        "timeline": timeline(entries(case.pk), one_right=len(requests) == 1),
        "authority": authority_for(case.country),
    }


def _facts(case: Case, requests: list[RightsRequest]) -> list[dict[str, Words]]:
    facts = [
        _row(_("Reference"), case.reference),
        _row(_("Received on"), _day(case.received_on)),
    ]
    waiting = [each.answer_due_on for each in requests if each.answered_at is None]
    if waiting:
        facts.append(_row(_("You have our answer by"), _day(min(waiting))))
    if not case.contact_confirmed_at:
        facts.append(_row(_("We write to"), case.contact))
    return facts


def heading(requests: list[RightsRequest]) -> StateWords:
    """Return the words of the state that matters most to the person."""
    states = [State(each.state) for each in requests]
    return STATE_WORDS[min(states, key=lambda state: FIRST.index(TURN[state]))]


def badge(rights_request: RightsRequest, today: date) -> Badge:
    """Say how many days are left, by clock A or its extension; a word and a colour."""
    if rights_request.answered_at:
        return Badge(_("Answered"), "green")
    left = (rights_request.answer_due_on - today).days
    if left < 0:
        text = ngettext("%(days)s day late", "%(days)s days late", -left) % {"days": -left}
        return Badge(text, "red")
    text = ngettext("%(days)s day left", "%(days)s days left", left) % {"days": left}
    return Badge(text, "orange" if left <= SOON_DAYS else "blue")


def _in_form_order(requests: list[RightsRequest]) -> list[RightsRequest]:
    order = [right.code for right in law.rights()]
    return sorted(requests, key=lambda each: order.index(each.right))


def _line(rights_request: RightsRequest) -> RightLine:
    state = State(rights_request.state)
    words = (
        OUTCOME_WORDS[Outcome(rights_request.outcome)]
        if state is State.CLOSED
        else STATE_WORDS[state].tag
    )
    return RightLine(
        code=rights_request.right,
        name=law.right(rights_request.right).name,
        badge=badge(rights_request, timezone.localdate()),
        rows=[_row(_("Where it stands"), words), *_dates(rights_request)],
        on_hold=state is State.HELD,
        can_withdraw=rights_request.is_withdrawable,
    )


def _dates(rights_request: RightsRequest) -> Iterator[dict[str, Words]]:
    """Yield clock A; clock B, the extension and the hold only where they say something else."""
    if rights_request.answered_at:
        yield _row(_("Answered on"), _day(timezone.localdate(rights_request.answered_at)))
        return
    yield _row(_("Answer by"), _day(rights_request.answer_due_on))
    if rights_request.extended_to:
        known = {reason.code: reason.text for reason in law.extension_reasons()}
        reason = known.get(rights_request.extension_reason, "")
        text = _("It was %(day)s. %(reason)s The letter says more.")
        yield _row(_("Why later"), text % {"day": _day(rights_request.due_on), "reason": reason})
    if rights_request.paused_due_on != rights_request.due_on:
        yield _row(_("With the days we waited for your proof"), _day(rights_request.paused_due_on))
    if rights_request.state == State.HELD and rights_request.hold_until:
        yield _row(_("You can stop it until"), _day(timezone.localdate(rights_request.hold_until)))


def _row(key: Words, value: Words) -> dict[str, Words]:
    return {"key": key, "value": value}


def ready_copy(case: Case) -> Delivery | None:
    """Return the copy that waits to be collected, if there is one."""
    return Delivery.objects.filter(rights_request__case=case, blob__purged_at=None).first()


def _needs_passphrase(case: Case, requests: list[RightsRequest]) -> bool:
    """Say whether a copy was asked for without a passphrase, and one can still be chosen."""
    return not case.passphrase_hash and any(
        each.right == "access" and each.is_open and not hasattr(each, "delivery")
        for each in requests
    )


def _is_refused(probe: Probe) -> bool:
    """Say whether another picture would help; of several faces the person is asked to choose."""
    return probe.refusal not in {"", SeveralFacesFound.code} and probe.blob.purged_at is None


def _picture_name(probe: Probe) -> str:
    return _("Picture %(number)s") % {"number": probe.position}


def _whereabouts(probe: Probe) -> str:
    """Say where a picture is: the proof of its destruction stands here."""
    blob = probe.blob
    if blob.purged_at:
        day = _day(timezone.localdate(blob.purged_at))
        return _("Destroyed on %(day)s, with its key. It was never added to a collection.") % {
            "day": day
        }
    if blob.purge_on:
        return _("Kept sealed until %(day)s, then destroyed.") % {"day": _day(blob.purge_on)}
    return _("Kept sealed. Destroyed %(days)s days after our last answer.") % {
        "days": settings.PROBE_DAYS
    }


def _day(day: date) -> str:
    return date_format(day, "j F Y")
