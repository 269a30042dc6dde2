"""Prints the life of a rights request as `docs/lifecycle.md` shows it."""

from collections.abc import Iterator
from typing import Final

from django.core.management.base import BaseCommand

from subjects.actions.move import ENTRY_EVENT
from subjects.actions.outstanding import JOB_OF
from subjects.lifecycle import APPROVED, STATES, TRANSITIONS, WITHDRAWABLE, State, Turn, as_mermaid

HEAD: Final = """# The life of a rights request

Printed by `python manage.py print_lifecycle` from the table in `subjects/lifecycle.py`; a check
compares the two. Only `subjects/actions/move.py` moves a request, together with its entry in the
log, and `python manage.py audit_verify` finds a state that anybody else wrote.
"""
TURNS: Final = {
    Turn.PERSON: "the person",
    Turn.MACHINE: "a job",
    Turn.DESK: "the desk",
    Turn.TIME: "time",
    Turn.NOBODY: "nobody",
}


class Command(BaseCommand):
    """`manage.py print_lifecycle > docs/lifecycle.md`."""

    help = __doc__
    requires_system_checks = ()

    def handle(self, **_options: object) -> None:
        """Print the diagram, the turns and the moves."""
        self.stdout.write("\n".join(_page()))


def _page() -> Iterator[str]:
    yield HEAD
    yield from ("```mermaid", as_mermaid(), "```")
    yield from ("", "## Whose turn it is", "")
    yield "| turn | state | approved by a second person | can be withdrawn | job | entry |"
    yield "|---|---|---|---|---|---|"
    for turn, states in STATES.items():
        yield from (f"| {TURNS[turn]} | {_row(state)} |" for state in states)
    yield from ("", "## What may follow", "", "| state | may become |", "|---|---|")
    for state in State:
        following = sorted(TRANSITIONS[state], key=list(State).index)
        yield f"| `{state}` | {', '.join(f'`{after}`' for after in following) or 'nothing'} |"


def _row(state: State) -> str:
    job = "search" if state is State.SEARCHING else JOB_OF.get(state, "")
    cells = (
        f"`{state}`",
        "yes" if state in APPROVED else "",
        "yes" if state in WITHDRAWABLE else "",
        job and f"`{job}`",
        f"`{ENTRY_EVENT[state]}`",
    )
    return " | ".join(cells)
