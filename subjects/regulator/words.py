"""What an authority reads for each entry of a case: plain sentences, made from the leaf alone."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subjects.audit.events import EventType

SENTENCE: Final[Mapping[EventType, Promise]] = {
    EventType.REQUEST_RECEIVED: _("A right was exercised. The time limit runs."),
    EventType.CONTACT_CONFIRMED: _("The person confirmed how they can be reached."),
    EventType.REMINDER_RECEIVED: _("The person asked again."),
    EventType.IDENTITY_REQUESTED: _("More was asked about who is asking."),
    EventType.IDENTITY_CONFIRMED: _("It was settled who is asking."),
    EventType.PASSPHRASE_ISSUED: _("The desk gave the person a passphrase for the copy."),
    EventType.PROBE_ADDED: _("A picture to search with was accepted."),
    EventType.PROBE_REFUSED: _("A picture could not be used."),
    EventType.PICTURE_REQUESTED: _("The person was asked for a picture."),
    EventType.CLOCK_STARTED: _("The day of receipt was fixed."),
    EventType.DEADLINE_SET: _("The last day for the answer was computed."),
    EventType.DEADLINE_EXTENDED: _("Two further months were taken."),
    EventType.SUSPENSION_STARTED: _("Information was asked for: clock B stands, clock A runs."),
    EventType.SUSPENSION_ENDED: _("The information came: clock B runs on."),
    EventType.OVERDUE: _("The last day passed without an answer."),
    EventType.SEARCH_STARTED: _("The search was ordered."),
    EventType.SEARCH_COMPLETED: _("Every store was searched."),
    EventType.SEARCH_FAILED: _("A store did not answer: the search stays open."),
    EventType.TEMPLATE_RESTRICTED: _("Face codes were made unusable for now."),
    EventType.TEMPLATE_RELEASED: _("A restriction was lifted."),
    EventType.REVIEW_STARTED: _("What was found lies before a reviewer."),
    EventType.DECISION_MADE: _("A reviewer decided about a candidate."),
    EventType.DECISION_SECOND: _("A second reviewer decided about the same candidate."),
    EventType.REQUEST_PROPOSED: _("An answer was proposed."),
    EventType.REQUEST_APPROVED: _("A second person approved the answer."),
    EventType.REQUEST_SENT_BACK: _("A second person sent the answer back."),
    EventType.ERASURE_PLANNED: _("What will be erased was fixed, store by store."),
    EventType.HOLD_STARTED: _("The erasure waits, so that the person can stop it."),
    EventType.HOLD_STOPPED: _("The person stopped the erasure."),
    EventType.ERASURE_INTENDED: _("A store is about to be told to erase."),
    EventType.ERASURE_STARTED: _("The approved erasure began."),
    EventType.ERASURE_CARRIED_OUT: _("Every store confirmed; now all are read and searched again."),
    EventType.RESTRICTION_STARTED: _("What was confirmed is being restricted for good."),
    EventType.TEMPLATE_ERASED: _("A store erased what it was told to."),
    EventType.ERASURE_VERIFIED: _("Every store was read and searched again: none of it is left."),
    EventType.RECIPIENT_NOTIFIED: _("A recipient of the data was told."),
    EventType.BACKUP_EXPIRY_SCHEDULED: _("The last day of the backups was fixed."),
    EventType.BACKUP_EXPIRED: _("The backups have ended."),
    EventType.EXPORT_STARTED: _("The copy for the person is being made."),
    EventType.EXPORT_MADE: _("The copy for the person was made and sealed."),
    EventType.EXPORT_DELIVERED: _("The person fetched the copy."),
    EventType.ANSWERED: _("The person was told what was done."),
    EventType.REFUSED: _("The person was told what is not done, why, and where to complain."),
    EventType.WITHDRAWN: _("The person took the request back."),
    EventType.CLOSED: _("Nothing is left to do."),
    EventType.LETTER_SENT: _("A letter left the house."),
    EventType.PROBE_PURGED: _("Pictures given for the search were destroyed."),
    EventType.DELIVERY_PURGED: _("A copy made for the person was destroyed."),
    EventType.CONTACT_PURGED: _("How to reach the person was destroyed."),
    EventType.PAYLOADS_ERASED: _("The details behind these entries were destroyed."),
    EventType.ATTEMPT_FAILED: _("A job failed and will be tried again."),
    EventType.NEEDS_HUMAN: _("The machine stopped: somebody has to look."),
    EventType.ACCESS_VIEWED: _("The case was opened."),
    EventType.ACCESS_REFUSED: _("Somebody was not let in."),
    EventType.REDACTED: _("An entry written by mistake was blanked; its hash stands."),
    EventType.CLOCK_REGRESSION: _("The clock of the machine had gone back."),
    EventType.RECEIPT_ISSUED: _("The person got the proof of an entry."),
    EventType.DISCLOSURE_MADE: _("This case was named to an authority that had ordered it."),
}
"""A test finds each type that can stand in the chain of a case and has no sentence."""

RIGHT: Final[Mapping[str, Promise]] = {
    "art15": _("Access (Art. 15)"),
    "art16": _("Rectification (Art. 16)"),
    "art17": _("Erasure (Art. 17)"),
    "art18": _("Restriction (Art. 18)"),
    "art20": _("Portability (Art. 20)"),
    "art21": _("Objection (Art. 21)"),
}
OUTCOME: Final[Mapping[str, Promise]] = {
    "": _("Open"),
    "granted": _("Granted"),
    "partly_granted": _("Granted in part"),
    "nothing_found": _("Nothing found"),
    "refused": _("Refused"),
    "not_identified": _("Not identified"),
    "withdrawn": _("Withdrawn"),
}
FACT: Final[Mapping[str, Promise]] = {
    "right": _("Right"),
    "outcome": _("Outcome"),
    "ground": _("Ground"),
    "basis": _("Basis"),
    "reason": _("Reason"),
    "decision": _("Decision"),
    "channel": _("Channel"),
    "tier": _("Identity tier"),
    "method": _("Method"),
    "letter": _("Letter"),
    "version": _("Version"),
    "language": _("Language"),
    "country": _("Country"),
    "local_date": _("Day"),
    "calendar": _("Calendar"),
    "due": _("Last day"),
    "due_b": _("Clock B"),
    "extended_to": _("Extended to"),
    "until": _("Until"),
    "suspended_days": _("Days that clock B stood"),
    "sys": _("Store"),
    "model": _("Model"),
    "radius": _("Radius"),
    "total": _("Held in all stores"),
    "compared": _("Compared"),
    "count": _("Count"),
    "restricted": _("Restricted"),
    "erased": _("Erased"),
    "attempt": _("Attempt"),
    "year": _("Year"),
    "number": _("Number of the year"),
    "page": _("Page"),
}
"""Fields that are shown as they stand, in this order. `case` and `request` are blinded anyway."""
STORE_FACT: Final[Mapping[str, Promise]] = {
    "total": _("holds"),
    "compared": _("compared"),
    "count": _("count"),
}


def sentence(event: str) -> Promise:
    """Say what an entry of this type states; one without a type has been blanked."""
    return SENTENCE[EventType(event)] if event else SENTENCE[EventType.REDACTED]


def facts_of(fields: Mapping[str, Any]) -> list[str]:
    """Spell out what an entry says beside its type: one short line each."""
    lines = [f"{name}: {_word(key, fields[key])}" for key, name in FACT.items() if key in fields]
    if fields.get("reasons"):
        lines.append(f"{FACT['reason']}: {', '.join(fields['reasons'])}")
    if fields.get("bands"):
        lines.append(", ".join(f"{band}: {number}" for band, number in fields["bands"].items()))
    return lines + [_store(store) for store in fields.get("stores", ())]


def actor_of(actor: str, known: dict[str, str]) -> str:
    """Name who acted: a role, and a letter for each member of staff within one case.

    `known` maps codes to letters and grows: the same person keeps their letter, so four eyes show.
    """
    kind, _colon, who = actor.partition(":")
    if kind == "system":
        return f"machine, {who}"
    if kind != "role":
        return actor
    role, _slash, code = who.partition("/")
    return f"{role} {known.setdefault(code, _letters(len(known)))}"


def _letters(number: int) -> str:
    """Count A … Z, AA …: there is always another letter."""
    more, last = divmod(number, 26)
    return (_letters(more - 1) if more else "") + chr(ord("A") + last)


def _word(key: str, value: object) -> str:
    words = {"right": RIGHT, "outcome": OUTCOME}.get(key, {})
    return str(words.get(str(value), value))


def _store(store: Mapping[str, Any]) -> str:
    counts = [f"{name} {store[key]}" for key, name in STORE_FACT.items() if key in store]
    why = [str(store["reason"])] if "reason" in store else []
    return f"{store['alias']}: {', '.join([str(store['result']), *counts, *why])}"
