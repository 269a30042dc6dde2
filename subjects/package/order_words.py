"""An order of an authority in words: its scope, its counts, its penalty, and what stands open.

The desk, the authority's door and the pack say the same, because they all say it from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from subjects.models import AuthorityOrder, OrderCount
from subjects.stores import stores

COUNTING_RULE: Final = gettext_lazy(
    "Each store is asked how many face codes it holds, and how many of them are in the scope."
    " The country of a face code is the one recorded when it was collected. Where none was"
    " recorded, the country-code domain of the address speaks for it (such as .fr), but not one"
    " that is sold all over the world (such as .io). Where the records do not tell, the face code"
    " counts as undetermined: never as outside."
)
PENALTY_RULE: Final = gettext_lazy(
    "The day from which it runs is not counted, the last day is; weekends and holidays count"
    " (Regulation 1182/71, Article 3(1))."
)
PROVES_NOT: Final = (
    gettext_lazy("It does not prove that what no store recorded is not there."),
    gettext_lazy("It does not prove that every byte has left every disk and every backup."),
    gettext_lazy(
        "The counts are what the stores answered. The log proves that they answered this, when,"
        " and that nothing was changed since."
    ),
    gettext_lazy(
        "Erasures are listed as the portal carried them out, for people of any country: the log"
        " does not say whose they were. What was erased by other means shows in the counts alone."
    ),
)
MOMENT: Final[dict[str, Promise]] = {
    OrderCount.Moment.BEFORE: gettext_lazy("before"),
    OrderCount.Moment.BETWEEN: gettext_lazy("in between"),
    OrderCount.Moment.AFTER: gettext_lazy("after"),
}
Cell = str | int


class Access(NamedTuple):
    """Requests for a copy: open in the country of the order, open elsewhere, answered since."""

    there: int
    elsewhere: int
    answered: int


class Answered(NamedTuple):
    """What one store answered; without numbers it cannot count."""

    alias: str
    name: str
    total: int | None
    counted: int
    undetermined: int


@dataclass(frozen=True)
class Round:
    """One count of all stores, with the entry that it stands in."""

    moment: str
    at: datetime
    event: UUID
    answers: Sequence[Answered]

    @property
    def word(self) -> str:
        """When it was, as seen from the order."""
        return str(MOMENT[self.moment])

    @property
    def instant(self) -> str:
        """When it was, to the second, in UTC."""
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

    @property
    def counted(self) -> int:
        """How many are in the scope, in all stores that can count."""
        return sum(one.counted for one in self.answers)

    @property
    def undetermined(self) -> int:
        """Of how many the records do not tell."""
        return sum(one.undetermined for one in self.answers)

    @property
    def skipped(self) -> list[str]:
        """Name the stores that cannot count."""
        return [one.name for one in self.answers if one.total is None]


def rounds_of(order: AuthorityOrder) -> list[Round]:
    """Give the counts of an order in the order in which they were made."""
    rounds: dict[UUID, list[OrderCount]] = {}
    for row in order.counts.all():
        rounds.setdefault(row.round, []).append(row)
    return [
        Round(rows[0].moment, rows[0].counted_at, rows[0].event, [_answered(row) for row in rows])
        for rows in rounds.values()
    ]


def newest(rounds: Sequence[Round], moment: str) -> Round | None:
    """Give the newest count of a moment, or None."""
    return next((one for one in reversed(rounds) if one.moment == moment), None)


def scope_words(order: AuthorityOrder) -> str:
    """Say in one sentence what is counted."""
    parts = []
    if order.country:
        parts.append(_("collected in %(country)s") % {"country": order.country})
    if order.source_suffix:
        parts.append(_("from hosts that end in %(end)s") % {"end": order.source_suffix})
    if order.collected_from:
        parts.append(_("collected on or after %(day)s") % {"day": order.collected_from})
    if order.collected_to:
        parts.append(_("collected on or before %(day)s") % {"day": order.collected_to})
    return " ".join([_("All face codes"), ", ".join(parts)]).strip()


def facts_of(order: AuthorityOrder) -> list[tuple[str, str]]:
    """List what was received, as name and value; not what is asked: that is sealed."""
    facts = [
        (_("Authority"), order.authority),
        (_("File number"), order.reference),
        (_("Wanted"), str(AuthorityOrder.Kind(order.kind).label)),
        (_("Legal basis"), order.legal_basis),
        (_("Received"), order.received_on.isoformat()),
        (_("Due"), order.due_on.isoformat()),
    ]
    if order.kind != AuthorityOrder.Kind.DISCLOSURE:
        facts.append((_("Scope"), scope_words(order)))
    if order.sent_on:
        facts.append((_("Answer sent"), order.sent_on.isoformat()))
    return facts


def penalty_headline(order: AuthorityOrder, today: date) -> tuple[str, str] | None:
    """Give the amount and what it means, or None where no penalty was set."""
    clock = order.penalty(today)
    if clock is None:
        return None
    if order.sent_on and not clock.days:
        in_time = order.sent_on <= order.due_on
        meaning = _("answered in time") if in_time else _("answered before the penalty ran")
    elif order.sent_on:
        meaning = _("in all, up to the day of the answer")
    elif clock.days:
        meaning = _("up to today, if the answer is sent today")
    else:
        meaning = _("the penalty does not run yet")
    return euro(clock.amount), meaning


def penalty_lines(order: AuthorityOrder, today: date) -> list[tuple[str, str]]:
    """Lay the computation open line by line."""
    clock = order.penalty(today)
    if clock is None:
        return []
    through = _("Day of the answer") if clock.answered else _("Today")
    product = _("%(days)s times %(amount)s") % {"days": clock.days, "amount": euro(clock.a_day)}
    lines = [
        (_("Runs from (not counted)"), clock.runs_from.isoformat()),
        (_("%(what)s (counted)") % {"what": through}, clock.through.isoformat()),
        (_("Days"), str(clock.days)),
        (product, euro(clock.uncapped)),
    ]
    if clock.most is not None:
        lines.append((_("At most"), euro(clock.most)))
    return [*lines, (_("Amount"), euro(clock.amount))]


def euro(amount: int) -> str:
    """Write whole euro with their thousands apart."""
    return f"{amount:,} €"


def open_points(order: AuthorityOrder, rounds: Sequence[Round], access: Access) -> list[str]:
    """List what stands against calling the order carried out; nothing for another kind."""
    if order.kind != AuthorityOrder.Kind.ORDER:
        return []
    before = newest(rounds, OrderCount.Moment.BEFORE)
    after = newest(rounds, OrderCount.Moment.AFTER)
    points = []
    if before is None:
        points.append(_("It was not counted before: nothing shows how much there was."))
    if after is None:
        points.append(_("It was not counted after: nothing shows that it was carried out."))
    else:
        points += _points_after(after)
    if (
        before
        and after
        and {one.alias for one in before.answers} != {one.alias for one in after.answers}
    ):
        points.append(_("Before and after, not the same stores were counted."))
    return points + _points_of_access(access)


def _points_after(after: Round) -> list[str]:
    points = []
    if after.counted:
        words = ngettext(
            "%(number)d face code in the scope is still held.",
            "%(number)d face codes in the scope are still held.",
            after.counted,
        )
        points.append(words % {"number": after.counted})
    if after.undetermined:
        words = ngettext(
            "Of %(number)d face code that is still held, the records do not tell whether it is in"
            " the scope.",
            "Of %(number)d face codes that are still held, the records do not tell whether they"
            " are in the scope.",
            after.undetermined,
        )
        points.append(words % {"number": after.undetermined})
    if after.skipped:
        words = _("Not counted, because the store cannot: %(names)s. Show it by other means.")
        points.append(words % {"names": ", ".join(after.skipped)})
    return points


def _points_of_access(access: Access) -> list[str]:
    points = []
    if access.there:
        words = ngettext(
            "%(number)d request for a copy is open. It is answered before its data is erased:"
            " until then no count shows that the order was carried out as it must be.",
            "%(number)d requests for a copy are open. They are answered before their data is"
            " erased: until then no count shows that the order was carried out as it must be.",
            access.there,
        )
        points.append(words % {"number": access.there})
    if access.elsewhere:
        words = ngettext(
            "%(number)d open request for a copy is of somebody who lives elsewhere. Their data may"
            " have been collected in the country of the order all the same.",
            "%(number)d open requests for a copy are of people who live elsewhere. Their data may"
            " have been collected in the country of the order all the same.",
            access.elsewhere,
        )
        points.append(words % {"number": access.elsewhere})
    return points


def _answered(row: OrderCount) -> Answered:
    name = stores[row.store].name if row.store in stores else row.store
    return Answered(row.store, name, row.total, row.counted or 0, row.undetermined or 0)
