"""Every bad picture ends as a named sentence, and the real worker is none the worse."""

from uuid import uuid4

import pytest

from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.file_case import Filing, file_case
from subjects.lifecycle import State
from subjects.models import Case, Probe, Right, RightsRequest, Search
from tests.cases import FOLDER
from tests.faces.bad_pictures import CASES
from tests.faces.processes import resident_bytes
from tests.running import Running, prepare, running, wait_until

PORTRAIT = (FOLDER / "pictures" / "person-1-b.jpg").read_bytes()
WARM_UP = 10
GROWTH = 1.10
NAMES = [name for start in range(WARM_UP) for name in list(CASES)[start::WARM_UP]]
"""Mixed, so that the first ten are of every kind."""


def send(name: str) -> Case:
    case = file_case(
        Filing(
            idempotency_key=uuid4(),
            rights=(Right.ACCESS,),
            contact=f"{uuid4().hex}@person.example",
            country="FR",
            pictures=(CASES[name][0](PORTRAIT),),
            consent_version="consent-1",
        )
    )
    confirm_contact(case)
    return case


def searched(cases: dict[str, Case]) -> None:
    """Wait until the worker has looked at every one of them."""
    left = Search.objects.filter(case__in=cases.values(), finished_at=None)
    wait_until(lambda: not left.exists(), "every search has ended", seconds=400)


def memory(portal: Running) -> int:
    return sum(map(resident_bytes, portal.pool()))


@pytest.mark.django_db(transaction=True)
def test_every_bad_picture_is_named_and_the_worker_is_none_the_worse(settings, tmp_path, valkey):
    prepare(settings, tmp_path / "var")
    with running(tmp_path, valkey) as portal:
        cases = {name: send(name) for name in NAMES[:WARM_UP]}
        searched(cases)
        at_work, before = portal.pool(), memory(portal)
        assert len(at_work) == 4  # two pool processes, and the encoder of each
        cases |= {name: send(name) for name in NAMES[WARM_UP:]}
        searched(cases)
        assert portal.pool() == at_work
        assert memory(portal) < before * GROWTH
    for name, case in cases.items():
        expected = CASES[name][1]
        refusal = Probe.objects.get(case=case).refusal
        assert refusal == (expected.code if expected else ""), name
        state = RightsRequest.objects.get(case=case).state
        assert state == (State.AWAITING_PICTURE if expected else State.IN_REVIEW), name
