"""The life of one rights request.

Which states there are, whose turn each is, and what may follow.
"""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a rights request stands."""

    RECEIVED = "received"
    """Filed; the clock runs. The person confirms how to reach them."""
    AWAITING_PICTURE = "awaiting_picture"
    """No usable picture yet. The person sends one, or the desk goes on without."""
    SEARCHING = "searching"
    """Every store is being searched. A store that does not answer keeps it here."""
    IN_REVIEW = "in_review"
    """A reviewer looks at each candidate and proposes."""
    AWAITING_APPROVAL = "awaiting_approval"
    """A second person looks at the proposal."""
    EXPORTING = "exporting"
    """The copy is being made (Art 15)."""
    READY = "ready"
    """The answer is given; the person collects their copy."""
    HELD = "held"
    """An approved erasure waits for its hold to end, and for a linked copy to be answered."""
    ERASING = "erasing"
    """The approved plan is being carried out (Art 17)."""
    VERIFYING = "verifying"
    """Every store is read again and searched again."""
    RESTRICTING = "restricting"
    """What was confirmed is being restricted for good (Art 18)."""
    NEEDS_HUMAN = "needs_human"
    """Three attempts failed. Somebody at the desk looks, mends and resumes."""
    CLOSED = "closed"
    """Answered, refused or withdrawn."""


class Outcome(StrEnum):
    """How a rights request ended. Set only when it is closed."""

    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    NOTHING_FOUND = "nothing_found"
    REFUSED = "refused"
    NOT_IDENTIFIED = "not_identified"
    WITHDRAWN = "withdrawn"


class Turn(StrEnum):
    """Whose turn it is."""

    PERSON = "person"
    MACHINE = "machine"
    DESK = "desk"
    TIME = "time"
    NOBODY = "nobody"


STATES: Final[dict[Turn, tuple[State, ...]]] = {
    Turn.PERSON: (State.RECEIVED, State.AWAITING_PICTURE, State.READY),
    Turn.MACHINE: (
        State.SEARCHING,
        State.EXPORTING,
        State.ERASING,
        State.VERIFYING,
        State.RESTRICTING,
    ),
    Turn.DESK: (State.IN_REVIEW, State.AWAITING_APPROVAL, State.NEEDS_HUMAN),
    Turn.TIME: (State.HELD,),
    Turn.NOBODY: (State.CLOSED,),
}

TURN: Final[dict[State, Turn]] = {
    state: turn for turn, states in STATES.items() for state in states
}

TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    State.RECEIVED: frozenset({State.SEARCHING, State.AWAITING_PICTURE, State.CLOSED}),
    State.AWAITING_PICTURE: frozenset({State.SEARCHING, State.IN_REVIEW, State.CLOSED}),
    State.SEARCHING: frozenset(
        {State.IN_REVIEW, State.AWAITING_PICTURE, State.NEEDS_HUMAN, State.CLOSED},
    ),
    State.IN_REVIEW: frozenset({State.AWAITING_APPROVAL, State.SEARCHING, State.CLOSED}),
    State.AWAITING_APPROVAL: frozenset(
        {State.IN_REVIEW, State.EXPORTING, State.HELD, State.RESTRICTING, State.CLOSED},
    ),
    State.EXPORTING: frozenset({State.READY, State.NEEDS_HUMAN, State.CLOSED}),
    State.READY: frozenset({State.CLOSED}),
    State.HELD: frozenset({State.ERASING, State.IN_REVIEW, State.CLOSED}),
    # No way from here to "withdrawn": what has begun to be destroyed is finished and proved.
    State.ERASING: frozenset({State.VERIFYING, State.NEEDS_HUMAN}),
    State.VERIFYING: frozenset({State.CLOSED, State.IN_REVIEW, State.NEEDS_HUMAN}),
    State.RESTRICTING: frozenset({State.CLOSED, State.NEEDS_HUMAN}),
    State.NEEDS_HUMAN: frozenset(
        {
            State.SEARCHING,
            State.IN_REVIEW,
            State.EXPORTING,
            State.ERASING,
            State.VERIFYING,
            State.RESTRICTING,
            State.CLOSED,
        },
    ),
    State.CLOSED: frozenset(),
}

OPEN: Final = frozenset(State) - {State.CLOSED}
APPROVED: Final = frozenset(
    {
        State.EXPORTING,
        State.READY,
        State.HELD,
        State.ERASING,
        State.VERIFYING,
        State.RESTRICTING,
    },
)
"""No request is in one of these without an approver; the database holds this too."""
WITHDRAWABLE: Final = frozenset(state for state in OPEN if State.CLOSED in TRANSITIONS[state]) - {
    State.VERIFYING,
    State.RESTRICTING,
    State.NEEDS_HUMAN,
}
"""What waits for a human can be withdrawn where it could be in the state it is stuck in."""


def as_mermaid() -> str:
    """Print the table as a Mermaid diagram, for `docs/lifecycle.md`."""
    lines = ["stateDiagram-v2", "    [*] --> received"]
    for state in State:
        following = sorted(TRANSITIONS[state], key=list(State).index)
        lines.extend(f"    {state} --> {after}" for after in following)
    lines.append("    closed --> [*]")
    return "\n".join(lines)
