"""What happened in a case, for the person: the entries of the log that are theirs to read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from subjects import law
from subjects.audit.events import EventType
from subjects.audit.log import Entry
from subjects.audit.words import ARTICLES
from subjects.portal.words import Words

SENTENCES: Final[dict[EventType, Words]] = {
    EventType.REQUEST_RECEIVED: _("We received your request"),
    EventType.CONTACT_CONFIRMED: _("You confirmed that we reach you"),
    EventType.REMINDER_RECEIVED: _("We received your reminder"),
    EventType.IDENTITY_REQUESTED: _("We asked you for proof that it is you"),
    EventType.PASSPHRASE_ISSUED: _("We gave you a passphrase for your copy"),
    EventType.IDENTITY_CONFIRMED: _("We noted how we know that it is you"),
    EventType.PICTURE_REQUESTED: _("We asked you for a picture"),
    EventType.PROBE_ADDED: _("You sent a picture"),
    EventType.PROBE_REFUSED: _("A picture could not be used"),
    EventType.DEADLINE_EXTENDED: _("We took more time and wrote to you why"),
    EventType.SUSPENSION_STARTED: _("We wait for what we asked you for"),
    EventType.SUSPENSION_ENDED: _("We received what we asked you for"),
    EventType.OVERDUE: _("The last day passed without our answer"),
    EventType.SEARCH_STARTED: _("The search began"),
    EventType.SEARCH_COMPLETED: _("Every collection was searched"),
    EventType.SEARCH_FAILED: _("A collection did not answer: we try again"),
    EventType.REQUEST_PROPOSED: _("One person prepared our answer"),
    EventType.REQUEST_APPROVED: _("A second person approved our answer"),
    EventType.HOLD_STARTED: _("The erasure waits, so that you can stop it"),
    EventType.HOLD_STOPPED: _("You stopped the erasure"),
    EventType.ERASURE_STARTED: _("The erasure began"),
    EventType.ERASURE_CARRIED_OUT: _("Every collection confirmed what it erased"),
    EventType.ERASURE_VERIFIED: _("Every collection was read and searched again: it is gone"),
    EventType.RESTRICTION_STARTED: _("What was confirmed is being taken out of use"),
    EventType.RECIPIENT_NOTIFIED: _("Somebody who had received it was told"),
    EventType.BACKUP_EXPIRY_SCHEDULED: _("The last day of the backups was fixed"),
    EventType.BACKUP_EXPIRED: _("The last backup that held it has ended"),
    EventType.EXPORT_MADE: _("Your copy was made"),
    EventType.EXPORT_DELIVERED: _("You collected your copy"),
    EventType.ANSWERED: _("We gave our answer"),
    EventType.REFUSED: _("We told you what we do not do, and why"),
    EventType.WITHDRAWN: _("You took your request back"),
    EventType.LETTER_SENT: _("We told you by mail that there is a letter"),
    EventType.PROBE_PURGED: _("Pictures that you sent were destroyed"),
    EventType.DELIVERY_PURGED: _("The copy made for you was destroyed"),
    EventType.CONTACT_PURGED: _("Your contact was destroyed"),
}

NOT_SHOWN: Final = frozenset(
    {
        # These exist only where the search found somebody: shown before the answer is approved,
        # they would make the portal a face search engine for strangers.
        EventType.TEMPLATE_RESTRICTED,
        EventType.TEMPLATE_RELEASED,
        EventType.DECISION_MADE,
        EventType.DECISION_SECOND,
        EventType.REQUEST_SENT_BACK,
        # The rest is the house's own work, or said by another entry.
        EventType.REVIEW_STARTED,
        EventType.CLOCK_STARTED,
        EventType.DEADLINE_SET,
        EventType.ERASURE_PLANNED,
        EventType.ERASURE_INTENDED,
        EventType.TEMPLATE_ERASED,
        EventType.EXPORT_STARTED,
        EventType.CLOSED,
        EventType.PAYLOADS_ERASED,
        EventType.ATTEMPT_FAILED,
        EventType.NEEDS_HUMAN,
        EventType.ACCESS_VIEWED,
        EventType.ACCESS_REFUSED,
        EventType.STORE_LOADED,
        EventType.KEY_ROTATED,
        EventType.RESTORED,
        EventType.HEARTBEAT,
        EventType.CENSUS,
        EventType.REDACTED,
        EventType.CLOCK_REGRESSION,
        EventType.RECEIPT_ISSUED,
        EventType.ANCHOR_STAMPED,
        EventType.NUMBER_VOIDED,
        EventType.REGULATOR_ADMITTED,
        EventType.REGULATOR_REVOKED,
        EventType.ORDER_RECEIVED,
        EventType.ORDER_COUNTED,
        EventType.ORDER_ANSWERED,
        EventType.PACKAGE_MADE,
        EventType.DISCLOSURE_MADE,
        EventType.PRUNED,
        EventType.TEXTS_PUBLISHED,
    }
)
AT_ONCE: Final = timedelta(minutes=1)
_RIGHT_OF: Final = {article: code for code, article in ARTICLES.items()}


@dataclass
class Happening:
    """One line of the timeline; `text` names the rights it was about, where there are several."""

    title: Words
    at: datetime
    type: EventType
    rights: list[str]

    @property
    def text(self) -> str:
        """Name the rights."""
        return ", ".join(self.rights)


def timeline(entries: Iterable[Entry], *, one_right: bool) -> list[Happening]:
    """Return the happenings, newest first; what happened to several rights at once is one line."""
    happenings: list[Happening] = []
    for entry in entries:
        title = SENTENCES.get(entry.type)
        if title is None:
            continue
        right = "" if one_right else _right(entry.fields)
        twin = next((each for each in reversed(happenings) if _belong(each, entry)), None)
        if twin is None:
            happenings.append(Happening(title, entry.at, entry.type, [right] if right else []))
        elif right and right not in twin.rights:
            twin.rights.append(right)
    return happenings[::-1]


def _belong(happening: Happening, entry: Entry) -> bool:
    """Say whether an entry is one happening with an earlier one: a store may fail for days."""
    return happening.type is entry.type and (
        entry.type is EventType.SEARCH_FAILED or entry.at - happening.at < AT_ONCE
    )


def _right(fields: dict[str, Any]) -> str:
    code = _RIGHT_OF.get(str(fields.get("right", "")))
    return law.right(code).name if code else ""
