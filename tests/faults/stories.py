"""How cases go on a stage, phase by phase, for several people at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.faults.stage import PATIENCE, Stage

BOTH = ("access", "erasure")


@dataclass
class Story:
    """One case of one person, and what must be said nowhere."""

    person: str
    canary: str
    case: str = ""
    rights: tuple[str, ...] = BOTH


class Stories:
    """Cases of several people on one stage. Every phase waits until the machine has done its part.

    `before` is what the stores held when it began.
    """

    _number = 0

    def __init__(self, stage: Stage, *people: str, rights: tuple[str, ...] = BOTH) -> None:
        self.stage = stage
        self.before = stage.driver("holdings")
        self.all = [Story(person, _canary(), rights=rights) for person in people]

    @property
    def cases(self) -> list[str]:
        """The ids of the cases that were filed."""
        return [story.case for story in self.all if story.case]

    def file(self, picture: str = "") -> None:
        """Everybody files."""
        for story in self.all:
            story.case = self.stage.driver(
                "file",
                person=story.person,
                rights=list(story.rights),
                canary=story.canary,
                picture=picture,
            )

    def confirm(self) -> None:
        """Everybody confirms their contact: the searches begin."""
        for case in self.cases:
            self.stage.driver("confirm", case=case)

    def await_states(self, *states: str, seconds: float = PATIENCE) -> None:
        """Wait until every right of every case stands in one of these states."""
        self.stage.wait(lambda: self.states() <= set(states), f"all in {states}", seconds)

    def hurry_to(self, *states: str) -> None:
        """Wait for these states, and let every pause between two attempts end at once."""

        def there() -> bool:
            self.stage.driver("hurry")
            return self.states() <= set(states)

        self.stage.wait(there, f"all in {states}")

    def states(self) -> set[str]:
        """Return the states that occur."""
        found = self.stage.driver("states", cases=self.cases)
        return {state for rights in found.values() for state in rights.values()}

    def search(self) -> None:
        """From filing to review, with what is strong restricted."""
        self.file()
        self.confirm()
        self.await_states("in_review")
        self.await_restrictions()

    def await_restrictions(self) -> None:
        """Wait until the stores are in line with the decisions."""
        still = lambda: self.stage.driver("restricting", cases=self.cases)  # noqa: E731 - asked anew
        self.stage.wait(lambda: not still(), "what was found is restricted")

    def review(self) -> None:
        """Reviewers decide about every candidate."""
        for story in self.all:
            self.stage.driver("review", case=story.case, person=story.person)
        self.await_restrictions()

    def grant(self, right: str) -> None:
        """Let two people grant a right to everybody."""
        for case in self.cases:
            self.stage.driver("grant", case=case, right=right)

    def copy(self) -> None:
        """Everybody gets their copy and collects it."""
        self.grant("access")
        self.await_states("ready", "in_review")
        self.collect()

    def collect(self) -> None:
        """Everybody fetches the copy that is ready."""
        for case in self.cases:
            self.stage.driver("fetch", case=case)

    def erase(self) -> None:
        """Everybody's templates are erased."""
        self.grant("erasure")
        self.await_states("closed")

    def told(self) -> None:
        """Wait until every mail is out."""

        def out() -> bool:
            self.stage.driver("hurry")
            return not self.stage.driver("unsent")

        self.stage.wait(out, "every mail is out")


def tell(stage: Stage, people: Iterable[str]) -> Stories:
    """Tell the whole story of several people without any disturbance."""
    stories = Stories(stage, *people)
    stories.search()
    stories.review()
    stories.copy()
    stories.erase()
    stories.told()
    return stories


def refs(items: Sequence[Sequence[str]]) -> list[str]:
    """Return the references of a plan."""
    return [ref for _, ref, _ in items]


def _canary() -> str:
    Stories._number += 1  # noqa: SLF001 - counted over all stages, so that no two are alike
    return f"canary{Stories._number:04}bird"  # noqa: SLF001 - as above
