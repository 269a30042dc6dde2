"""Cases in every state, each reached through the real actions, and the stores and people they need.

A test that wants them takes the fixture `memory_stores` and says
`rights_request_at(State.IN_REVIEW)`. What is found there: four candidates, all of the person,
strong ones and some of the grey band, in both stores.
"""

import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group, User

from subjects.actions.approve import approve
from subjects.actions.attempts import call_human
from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.decide import decide, propose
from subjects.actions.erase import erase_templates, start_erasure
from subjects.actions.export import export_copy
from subjects.actions.file_case import Filing, file_case
from subjects.actions.restrict import restrict_for_good
from subjects.actions.search import search_stores
from subjects.actions.settle_identity import settle_identity
from subjects.errors import StoreUnavailable
from subjects.faces.encoder import encode
from subjects.faces.values import MODEL, Face
from subjects.lifecycle import State
from subjects.models import ERASES, Case, Decision, Proposal, Right, RightsRequest
from subjects.stores import stores
from subjects.stores.base import Disclosure, SearchReport
from subjects.stores.memory import MemoryStore
from subjects.stores.own import Enrolment, OwnStore

FOLDER = Path(configured.BASE_DIR) / "demonstration"
PROBE = FOLDER / "pictures" / "person-1-a.jpg"
PASSWORD = "correct horse battery"  # noqa: S105 - of people who exist in tests only
PASSPHRASE = "a long passphrase of mine"  # noqa: S105 - as above
HELD = ("person-1-b", "group-1", "person-3-a", "person-1-c", "person-1-d", "person-2-b")
"""Pictures of the demonstration that the stores of a test hold: four show the person."""
CONTACT = "ada@person.example"


class BreakableStore(MemoryStore):
    """A store that a test can take down, as a whole (`down`) or for searches only (`deaf`)."""

    down = deaf = False

    def search(self, *arguments: object, **options: object) -> SearchReport:
        """Search, unless it is down or deaf."""
        self._check(self.down or self.deaf)
        return super().search(*arguments, **options)

    def describe(self, ref: object) -> object:
        """Describe, unless it is down."""
        self._check(self.down)
        return super().describe(ref)

    def picture(self, ref: object) -> bytes | None:
        """Give the picture, unless it is down."""
        self._check(self.down)
        return super().picture(ref)

    def restrict(self, refs: object) -> None:
        """Restrict, unless it is down."""
        self._check(self.down)
        super().restrict(refs)

    def _check(self, broken: bool) -> None:  # noqa: FBT001 - private
        if broken:
            raise StoreUnavailable(self.alias, "it does not answer")


@pytest.fixture
def memory_stores(settings, tmp_path: Path) -> Iterator[dict[str, BreakableStore]]:
    """Two stores in memory with the pictures of `HELD`, and a folder for sealed files."""
    settings.VAR_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.FACE_TEMPLATE_STORES = {
        alias: {
            "BACKEND": "tests.cases.BreakableStore",
            "OPTIONS": {"name": name, "redactor": "subjects.faces.redact.blank_faces"},
        }
        for alias, name in (("default", "Live gallery"), ("archive", "Archive"))
    }
    for alias in stores:
        store = stores[alias]
        assert isinstance(store, OwnStore)
        store.enrol([one for name in HELD for one in enrolments(name, alias)])
    yield {alias: stores[alias] for alias in stores}
    stores.reset()


def staff(group: str, name: str = "") -> User:
    """Return somebody of the desk, always the same for the same name; `PASSWORD` opens the door."""
    name = name or group
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create_user(name, password=PASSWORD)
        if group:
            user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


def file(
    *rights: Right, picture: bytes | None = None, contact: str = CONTACT, notes: str = ""
) -> Case:
    """File a case; with the person's own picture unless another (or `b""` for none) is given."""
    content = PROBE.read_bytes() if picture is None else picture
    return file_case(
        Filing(
            idempotency_key=uuid4(),
            rights=rights,
            contact=contact,
            country="FR",
            pictures=(content,) if content else (),
            notes=notes,
            passphrase=PASSPHRASE,
            consent_version="consent-1" if content else "",
        )
    )


def search(case: Case) -> None:
    """Carry out the search that was ordered, in this process."""
    for ordered in case.searches.filter(finished_at=None):
        search_stores(ordered)


def decide_all(case: Case, decision: Decision = Decision.SAME) -> None:
    """Decide every candidate; in the grey band both reviewers do."""
    for found in case.found.all():
        decide(found, decision, by=staff("reviewer"))
        if found.needs_second_look:
            decide(found, decision, by=staff("reviewer", "second-reviewer"))


def propose_grant(rights_request: RightsRequest) -> None:
    """Propose to do what was asked for."""
    ground = "E-d" if rights_request.right in ERASES else ""
    propose(rights_request, Proposal.GRANT, by=staff("reviewer"), ground=ground, reasons="Found.")


def approve_it(rights_request: RightsRequest) -> None:
    """Settle the identity and approve, as a second person."""
    settle_identity(rights_request.case, tier="T2", method="photo_comparison", by=staff("reviewer"))
    rights_request.refresh_from_db()
    approve(rights_request, by=staff("approver"))


def rights_request_at(
    state: State, right: Right | None = None, *also: Right, **filing: str
) -> RightsRequest:
    """Walk a new case to `state` through the real actions and return its request.

    `right` is the one that walks (one that can reach the state, if not given), `also` are filed
    with it. Needs `memory_stores` and a database.
    """
    right = right or TYPICAL.get(state, Right.ERASURE)
    picture = b"" if state is State.AWAITING_PICTURE else None
    case = file(right, *also, picture=picture, **filing)
    rights_request = case.rights_requests.get(right=right)
    for arrived, step in _way(state):
        step(rights_request)
        rights_request = RightsRequest.objects.select_related("case").get(pk=rights_request.pk)
        assert rights_request.state == arrived, f"expected {arrived}, not {rights_request.state}"
    return rights_request


Step = Callable[[RightsRequest], object]
TYPICAL = {
    State.EXPORTING: Right.ACCESS,
    State.READY: Right.ACCESS,
    State.RESTRICTING: Right.RESTRICTION,
}


def _way(state: State) -> list[tuple[State, Step]]:
    """Return the steps to a state, each with the state it leads to."""
    searching = [(State.SEARCHING, lambda one: confirm_contact(one.case))]
    review = [*searching, (State.IN_REVIEW, lambda one: search(one.case))]
    proposed = [*review, (State.AWAITING_APPROVAL, _decide_and_propose)]
    held = [*proposed, (State.HELD, approve_it)]
    erasing = [*held, (State.ERASING, start_erasure)]
    ways: dict[State, list[tuple[State, Step]]] = {
        State.RECEIVED: [],
        State.AWAITING_PICTURE: [(State.AWAITING_PICTURE, lambda one: confirm_contact(one.case))],
        State.SEARCHING: searching,
        State.IN_REVIEW: review,
        State.AWAITING_APPROVAL: proposed,
        State.EXPORTING: [*proposed, (State.EXPORTING, approve_it)],
        State.READY: [
            *proposed,
            (State.EXPORTING, approve_it),
            (State.READY, export_copy),
        ],
        State.HELD: held,
        State.ERASING: erasing,
        State.VERIFYING: [*erasing, (State.VERIFYING, _erase_but_not_verify)],
        State.RESTRICTING: [*proposed, (State.RESTRICTING, approve_it)],
        State.NEEDS_HUMAN: [
            *searching,
            (State.NEEDS_HUMAN, lambda one: call_human(one, reason="attempts-exhausted")),
        ],
        State.CLOSED: [*erasing, (State.CLOSED, erase_templates)],
    }
    return ways[state]


def finish(rights_request: RightsRequest) -> None:
    """Let the machine do what is left after an approval, in this process."""
    rights_request.refresh_from_db()
    if rights_request.state == State.HELD:
        start_erasure(rights_request)
    for job in (export_copy, erase_templates, restrict_for_good):
        job(rights_request)
    rights_request.refresh_from_db()


def _decide_and_propose(rights_request: RightsRequest) -> None:
    decide_all(rights_request.case)
    propose_grant(rights_request)


def _erase_but_not_verify(rights_request: RightsRequest) -> None:
    """Let the stores erase what they are told to, and then not answer the last search."""
    first = stores["default"]
    assert isinstance(first, BreakableStore)
    first.deaf = True
    with pytest.raises(StoreUnavailable):
        erase_templates(rights_request)
    first.deaf = False


@cache
def _manifest() -> dict[str, dict]:
    listed = tomllib.loads((FOLDER / "stores.toml").read_text(encoding="utf-8"))["picture"]
    return {entry["file"].removesuffix(".jpg"): entry for entry in listed}


@cache
def _faces(name: str) -> list[Face]:
    return encode((FOLDER / "pictures" / f"{name}.jpg").read_bytes())


def enrolments(name: str, alias: str) -> Iterator[Enrolment]:
    entry = _manifest()[name]
    if entry["store"] != alias:
        return
    for face in _faces(name):
        yield Enrolment(
            vector=face.vector,
            model=MODEL,
            picture=(FOLDER / "pictures" / entry["file"]).read_bytes(),
            box=face.box.astuple(),
            source_url=entry["source_url"],
            page_title=entry["page_title"],
            collector=entry["collector"],
            caption=entry["caption"],
            collected_at=entry["collected_at"],
            recipients=tuple(Disclosure(**one) for one in entry.get("recipients", ())),
        )
