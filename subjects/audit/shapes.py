"""Which fields each type of entry must have and may have, and on which chain it stands."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from subjects.audit.events import EventType

ABOUT_ANY_REQUEST: Final = frozenset(
    {
        *("request", "right", "state", "basis", "reason", "attempt", "count", "sys", "pc"),
        *("due", "due_b", "extended_to", "suspended_days", "tz", "calendar"),
    }
)
"""Any entry of a case may say which request it is about, where that stands and when it is due."""


class Shape(NamedTuple):
    """The fields of one type of entry. `case` and `house`: whether it may stand on such a chain."""

    needs: frozenset[str]
    may: frozenset[str]
    case: bool
    house: bool


def _case(needs: str = "", may: str = "") -> Shape:
    required = frozenset(needs.split())
    return Shape(
        required, ABOUT_ANY_REQUEST | required | frozenset(may.split()), case=True, house=False
    )


def _house(needs: str = "", may: str = "") -> Shape:
    required = frozenset(needs.split())
    return Shape(required, required | frozenset(may.split()) | {"pc"}, case=False, house=True)


def _both(needs: str = "", may: str = "") -> Shape:
    return _case(needs, may)._replace(house=True)


SHAPES: Final[Mapping[EventType, Shape]] = {
    EventType.REQUEST_RECEIVED: _case(
        "request right channel received local_date tz due", "country language year number"
    ),
    EventType.CONTACT_CONFIRMED: _case(may="channel method"),
    EventType.REMINDER_RECEIVED: _case(may="channel received local_date"),
    EventType.IDENTITY_REQUESTED: _case("tier reason", "method"),
    EventType.IDENTITY_CONFIRMED: _case("tier method"),
    EventType.PASSPHRASE_ISSUED: _case(),
    EventType.PROBE_ADDED: _case(may="model"),
    EventType.PROBE_REFUSED: _case("reason"),
    EventType.PICTURE_REQUESTED: _case(),
    EventType.CLOCK_STARTED: _case("received local_date tz", "country"),
    EventType.DEADLINE_SET: _case("request due tz calendar", "country"),
    EventType.DEADLINE_EXTENDED: _case("request due extended_to tz reasons", "country local_date"),
    EventType.SUSPENSION_STARTED: _case("request reason", "method local_date"),
    EventType.SUSPENSION_ENDED: _case("request suspended_days due_b", "local_date"),
    EventType.OVERDUE: _case("request due", "local_date"),
    EventType.SEARCH_STARTED: _case(may="model radius"),
    EventType.SEARCH_COMPLETED: _case(
        "stores compared bands model radius", "strong_radius restricted total"
    ),
    EventType.SEARCH_FAILED: _case("stores", "compared model radius"),
    EventType.TEMPLATE_RESTRICTED: _case("sys count"),
    EventType.TEMPLATE_RELEASED: _case("sys count"),
    EventType.REVIEW_STARTED: _case(),
    EventType.DECISION_MADE: _case("decision", "bands"),
    EventType.DECISION_SECOND: _case("decision", "bands"),
    EventType.REQUEST_PROPOSED: _case("request", "outcome ground"),
    EventType.REQUEST_APPROVED: _case("request", "outcome ground"),
    EventType.REQUEST_SENT_BACK: _case("request", "outcome ground"),
    EventType.ERASURE_PLANNED: _case("request count", "stores ground"),
    EventType.HOLD_STARTED: _case("request", "until"),
    EventType.HOLD_STOPPED: _case("request"),
    EventType.ERASURE_INTENDED: _case("request sys count"),
    EventType.ERASURE_STARTED: _case("request", "stores"),
    EventType.ERASURE_CARRIED_OUT: _case("request", "stores erased"),
    EventType.RESTRICTION_STARTED: _case("request", "stores"),
    EventType.TEMPLATE_ERASED: _case("request sys count", "restricted"),
    EventType.ERASURE_VERIFIED: _case("request stores", "erased compared"),
    EventType.RECIPIENT_NOTIFIED: _case(may="letter version channel"),
    EventType.BACKUP_EXPIRY_SCHEDULED: _case("until"),
    EventType.BACKUP_EXPIRED: _case(may="until"),
    EventType.EXPORT_STARTED: _case("request"),
    EventType.EXPORT_MADE: _case("request", "digest"),
    EventType.EXPORT_DELIVERED: _case("request", "channel"),
    EventType.ANSWERED: _case("request", "outcome ground letter version language local_date"),
    EventType.REFUSED: _case("request ground", "outcome letter version language local_date"),
    EventType.WITHDRAWN: _case("request", "outcome channel"),
    EventType.CLOSED: _case("request outcome", "ground local_date"),
    EventType.LETTER_SENT: _case("letter", "version language channel local_date outcome ground"),
    EventType.PROBE_PURGED: _both("count"),
    EventType.DELIVERY_PURGED: _both("count", "order"),
    EventType.CONTACT_PURGED: _both(),
    EventType.PAYLOADS_ERASED: _case("count"),
    EventType.ATTEMPT_FAILED: _case("attempt", "stores"),
    EventType.NEEDS_HUMAN: _case(may="stores"),
    EventType.ACCESS_VIEWED: _both(may="page order"),
    EventType.ACCESS_REFUSED: _both(may="page reason"),
    EventType.STORE_LOADED: _house("sys count", "total model"),
    EventType.KEY_ROTATED: _house(may="count key purpose entries"),
    EventType.RESTORED: _house(may="count erased entries cases"),
    EventType.HEARTBEAT: _house(may="entries"),
    EventType.CENSUS: _house("count entries digest", "cases open"),
    EventType.REDACTED: _both("target", "reason"),
    EventType.CLOCK_REGRESSION: _both("seconds"),
    EventType.RECEIPT_ISSUED: _case("target"),
    EventType.ANCHOR_STAMPED: _house("digest anchor entries"),
    EventType.NUMBER_VOIDED: _house("year number reason"),
    EventType.REGULATOR_ADMITTED: _house("until", "count"),
    EventType.REGULATOR_REVOKED: _house(),
    EventType.ORDER_RECEIVED: _house("order kind due", "basis country"),
    EventType.ORDER_COUNTED: _house("order stores", "count country"),
    EventType.ORDER_ANSWERED: _house("order", "digest local_date"),
    EventType.PACKAGE_MADE: _house("digest entries", "order"),
    EventType.DISCLOSURE_MADE: _case("order", "digest"),
    EventType.PRUNED: _house("entries", "reason"),
    EventType.TEXTS_PUBLISHED: _house("digest", "version"),
}
