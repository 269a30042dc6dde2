"""What was checked and what came of it, in words for an inspector."""

from __future__ import annotations

from typing import Final, NamedTuple, Optional

MOST_NAMED: Final = 10
"""So many single problems are named for one check; the rest is counted."""


class Finding(NamedTuple):
    """One check: whether it holds (None: it says something, or could not be made), and words."""

    holds: Optional[bool]  # noqa: UP045 - a named tuple looks at its types on Python 3.9 too
    words: str
    details: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Write it for a person: one line, and one more for each detail."""
        mark = {True: "holds", False: "FAILS", None: "note"}[self.holds]
        shown = self.details[:MOST_NAMED]
        more = len(self.details) - len(shown)
        rest = [f"        … and {more} more"] if more else []
        said = [f"{mark:<7} {self.words}", *(f"        {detail}" for detail in shown), *rest]
        return list(map(shown_plainly, said))


class Report:
    """All findings in the order in which they were made."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def holds(self, words: str) -> None:
        """Note that a check holds."""
        self.findings.append(Finding(holds=True, words=words))

    def fails(self, words: str, *details: object) -> None:
        """Note that a check fails, and what exactly."""
        self.findings.append(Finding(holds=False, words=words, details=tuple(map(str, details))))

    def note(self, words: str, *details: object) -> None:
        """Note what is neither: a warning, or what could not be checked."""
        self.findings.append(Finding(holds=None, words=words, details=tuple(map(str, details))))

    def says(self, good: str, bad: str, problems: list[str]) -> None:
        """Note `good` when there are no problems, else `bad` with each of them."""
        if problems:
            self.fails(bad, *problems)
        else:
            self.holds(good)

    @property
    def whole(self) -> bool:
        """Whether something was checked and nothing fails."""
        results = [one.holds for one in self.findings]
        return True in results and False not in results


def shown_plainly(text: str) -> str:
    """Show one line as it is: no sign in it may move the cursor, hide words or turn them round."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


class Unreadable(ValueError):
    """Something without which nothing can be checked; the message says what to do."""
