"""What one looks at: the days of a period, the rights and countries of a scope."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from subjects.audit.standalone.days import days_between

if TYPE_CHECKING:
    from collections.abc import Collection

    from subjects.audit.standalone.reading import Book
    from subjects.audit.standalone.requests import Request


class Period:
    """The requests of a scope, seen from the last day of a period."""

    def __init__(
        self, book: Book, start: str, end: str, rights: Collection[str], countries: Collection[str]
    ) -> None:
        self.book, self.start, self.end = book, start, end
        self.rights, self.countries = frozenset(rights), frozenset(countries)
        self.today = min(end, book.last_at[:10] or end)
        """The last day of the period of which the log knows anything."""
        self.requests = [one for one in book.requests if self._in_scope(one)]
        self.received = [one for one in self.requests if self.holds(one.received_on)]
        self.answered = [one for one in self.requests if self.holds(one.answered_on)]
        self.closed = [one for one in self.requests if self.holds(one.closed_on)]
        self.extended = [one for one in self.requests if self.holds(one.extended_on)]
        self.overdue = [one for one in self.requests if self.days_late(one)]

    def holds(self, day: str) -> bool:
        """Say whether a day, or "" for none, lies in the period."""
        return self.start <= day <= self.end

    def open_before(self, day: str) -> int:
        """Count what was received before `day`, and not closed before it."""
        return sum(
            one.received_on < day and not (one.closed_on and one.closed_on < day)
            for one in self.requests
        )

    def open_after(self, day: str) -> int:
        """Count what was received up to `day`, and not closed up to it."""
        return sum(
            one.received_on <= day and not (one.closed_on and one.closed_on <= day)
            for one in self.requests
        )

    def days_late(self, request: Request) -> int:
        """Give how late the answer was, or is by now, where the last day lies in the period."""
        if not self.holds(request.last_day):
            return 0
        done = request.answered_on or request.closed_on
        return max(days_between(request.last_day, min(done or self.today, self.today)), 0)

    def tally(self, what: str) -> Counter[str]:
        """Count what happened in the period, by its words."""
        counted: Counter[str] = Counter()
        happened = self.book.facts.tallies.get(what, {})
        for (day, word, rights, country), number in happened.items():
            if self.holds(day) and self._tells_of(rights, country):
                counted[word] += number
        return counted

    def _in_scope(self, request: Request) -> bool:
        return (not self.rights or request.right in self.rights) and (
            not self.countries or request.country in self.countries
        )

    def _tells_of(self, rights: str, country: str) -> bool:
        return (not self.rights or not self.rights.isdisjoint(rights.split("+"))) and (
            not self.countries or country in self.countries
        )
