"""Takes the steps of people and staff on a stage, and tells what its database and stores hold.

A process of its own, with the settings of the stage: one order a line on standard input, one
answer a line on standard output, both JSON.
"""

import json
import os
import sys
import traceback
from pathlib import Path
from uuid import UUID, uuid4

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402 - needs the settings
from django.db import close_old_connections, transaction  # noqa: E402 - as above

from rights_portal.celery import app  # noqa: E402 - as above
from subjects.actions import attempts, restrict  # noqa: E402 - as above
from subjects.actions.approve import approve  # noqa: E402 - as above
from subjects.actions.confirm_contact import confirm_contact  # noqa: E402 - as above
from subjects.actions.decide import decide, propose  # noqa: E402 - as above
from subjects.actions.export import collect  # noqa: E402 - as above
from subjects.actions.file_case import Filing, file_case  # noqa: E402 - as above
from subjects.actions.settle_identity import settle_identity  # noqa: E402 - as above
from subjects.models import (  # noqa: E402 - as above
    Case,
    Decision,
    Outbox,
    Proposal,
    RightsRequest,
    Search,
    keyed_digest,
)
from subjects.tasks import nudge, nudge_on_commit  # noqa: E402 - as above
from tests.faults import people, survey  # noqa: E402 - as above

STAFF = {"reviewer": "reviewer", "second": "reviewer", "approver": "approver"}


def fill(faces: str) -> None:
    """Fill the stores and hire the staff."""
    people.fill(Path(faces))
    for name, group in STAFF.items():
        User.objects.create_user(name).groups.add(Group.objects.get_or_create(name=group)[0])


def enrol(pictures: list[str]) -> list[str]:
    """Take pictures in, as the organisation does while a case is open."""
    return people.take_in(pictures)


def file(person: str, rights: list[str], canary: str, picture: str = "") -> str:
    """File a case and return its id. `picture` is a file to send instead of the person's own."""
    content = Path(picture).read_bytes() if picture else people.probe_of(person)
    case = file_case(
        Filing(
            idempotency_key=uuid4(),
            rights=tuple(rights),
            contact=f"{canary}@person.example",
            country="FR",
            pictures=(content,),
            notes=f"{canary} in the notes",
            passphrase=f"{canary} as a passphrase",
            consent_version="consent-1",
        )
    )
    nudge_on_commit(case)
    return case.pk.hex


def confirm(case: str) -> None:
    """Confirm the contact: the search begins."""
    found = _case(case)
    with transaction.atomic():
        confirm_contact(found)
        nudge_on_commit(found)


def review(case: str, person: str) -> None:
    """Decide every open candidate as somebody who knows the faces would."""
    truth = people.Truth()
    for found in _case(case).found.all():
        same = truth.person(found.template_ref) == person
        decision = Decision.SAME if same else Decision.DIFFERENT
        if not found.decision:
            decide(found, decision, by=_staff("reviewer"))
        if not found.verdict:
            decide(found, decision, by=_staff("second"))
    nudge_on_commit(_case(case))


def grant(case: str, right: str) -> None:
    """Propose to grant a right, and approve it as a second person."""
    settle_identity(_case(case), tier="T2", method="photo_comparison", by=_staff("reviewer"))
    rights_request = _request(case, right)
    ground = "E-d" if rights_request.erases else ""
    propose(rights_request, Proposal.GRANT, by=_staff("reviewer"), ground=ground, reasons="Found.")
    with transaction.atomic():
        approve(_request(case, right), by=_staff("approver"))
        nudge_on_commit(_case(case))


def fetch(case: str) -> int:
    """Collect the copy, as the person does; return its size."""
    content = collect(_request(case, "access"))
    nudge_on_commit(_case(case))
    return len(content)


def states(cases: list[str]) -> dict[str, dict[str, str]]:
    """Return the state of each right of these cases."""
    found: dict[str, dict[str, str]] = {case: {} for case in cases}
    rows = RightsRequest.objects.filter(case__in=[UUID(case) for case in cases])
    for case, right, state in rows.values_list("case", "right", "state"):
        found[case.hex][right] = state
    return found


def restricting(cases: list[str]) -> int:
    """Return how many templates still have to be restricted or released."""
    return restrict.outstanding().filter(case__in=[UUID(case) for case in cases]).count()


def hurry() -> None:
    """Let the pauses end before the next attempts, as if the time had passed."""
    for model in (RightsRequest, Search, Outbox):
        waiting = model.objects.filter(lease_until=None)
        waiting.update(next_attempt_at=None, nudge_after=None)


def resume(case: str, right: str) -> None:
    """Set a right going again after somebody has looked."""
    attempts.resume(_request(case, right), by=_staff("reviewer"))
    nudge_on_commit(_case(case))


def case_of(reference: str) -> str:
    """Return the case of a reference; empty where there is none."""
    found = Case.objects.filter(reference=reference).first()
    return found.pk.hex if found else ""


def case_of_contact(canary: str) -> str:
    """Return the case of a person; empty where there is none, an error where there are two."""
    digest = keyed_digest(f"{canary}@person.example")
    found = Case.objects.filter(contact_digest=digest)
    return found.get().pk.hex if found else ""


def wake() -> int:
    """Send a message for everything that is due."""
    return nudge()


def send(job: str, arguments: list) -> None:
    """Put any message into the queue, well formed or not."""
    app.send_task(job, args=arguments, retry=False)


def _case(case: str) -> Case:
    return Case.objects.get(pk=UUID(case))


def _request(case: str, right: str) -> RightsRequest:
    return RightsRequest.objects.select_related("case").get(case=UUID(case), right=right)


def _staff(name: str) -> User:
    return User.objects.get(username=name)


VERBS = {
    verb.__name__: verb
    for verb in (
        *(fill, enrol, file, confirm, review, grant, fetch),
        *(states, restricting, wake, send, hurry, resume, case_of, case_of_contact),
        *(survey.holdings, survey.ledger, survey.leftovers, survey.log_problems, survey.rows),
        survey.unsent,
    )
}


def main() -> None:
    print(json.dumps({"ready": str(settings.VAR_DIR)}), flush=True)  # noqa: T201 - the answer
    for line in sys.stdin:
        verb, arguments = json.loads(line)
        close_old_connections()
        try:
            answer = {"value": VERBS[verb](**arguments)}
        except Exception as error:  # noqa: BLE001 - the test decides what it means
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
