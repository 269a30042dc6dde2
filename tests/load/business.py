"""Business transactions with and without the log, on the database that DATABASE_URL names.

Run by `bench_log`, which sets the environment of this process; it prints one JSON object.
"""

import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

import django

django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402  # after setup()
from django.core.management import call_command  # noqa: E402  # after setup()
from django.db import connection, transaction  # noqa: E402  # after setup()

from subjects.actions.decide import decide  # noqa: E402  # after setup()
from subjects.actions.file_case import Filing, file_case  # noqa: E402  # after setup()
from subjects.actions.move import lock_case, log, move  # noqa: E402  # after setup()
from subjects.audit.events import Actor, EventType  # noqa: E402  # after setup()
from subjects.audit.log import record  # noqa: E402  # after setup()
from subjects.audit.models import AuditEvent, AuditOutbox  # noqa: E402  # after setup()
from subjects.lifecycle import State  # noqa: E402  # after setup()
from subjects.models import (  # noqa: E402  # after setup()
    Case,
    Decision,
    FoundTemplate,
    Right,
    RightsRequest,
    Search,
)

SMALL = os.environ.get("BENCH_SMALL") == "1"
ROUNDS = 1 if SMALL else 12
SECONDS = 0.2 if SMALL else 1.0
OTHER_WORK = 0.005
MACHINE = Actor.system("search")
Step = Callable[[], int]
"""One transaction; gives how many entries it owes the log."""


@dataclass
class Worker:
    """One thread's own case in review, with a candidate, and a reviewer."""

    case: Case
    request: RightsRequest
    found: FoundTemplate
    reviewer: User
    turn: Iterator[int] = field(default_factory=count)

    def bare(self) -> int:
        """Change one row and state it."""
        with transaction.atomic():
            case = lock_case(self.case.pk)
            Case.objects.filter(pk=case.pk).update(language=("en", "fr")[next(self.turn) % 2])
            log(self.request, EventType.REVIEW_STARTED, actor=MACHINE)
        return 1

    def bare_and_other_work(self) -> int:
        """Change one row, state it, and have something else to do before the end."""
        with transaction.atomic():
            self.bare()
            time.sleep(OTHER_WORK)
        return 1

    def move(self) -> int:
        """Propose, or send back."""
        forth = self.request.state == State.IN_REVIEW
        move(self.request, State.AWAITING_APPROVAL if forth else State.IN_REVIEW, actor=MACHINE)
        return 1

    def decide(self) -> int:
        """Decide about a candidate, in turn as the same person and as another."""
        decision = (Decision.SAME, Decision.DIFFERENT)[next(self.turn) % 2]
        decide(self.found, decision, by=self.reviewer)
        return 1

    def file_case(self) -> int:
        """File a case without a picture: two entries."""
        file_case(filing())
        return 2


KINDS: dict[str, Callable[[Worker], Step]] = {
    "one row changed": lambda worker: worker.bare,
    "one row changed, 5 ms of other work": lambda worker: worker.bare_and_other_work,
    "move": lambda worker: worker.move,
    "decide": lambda worker: worker.decide,
    "file_case": lambda worker: worker.file_case,
}


def filing() -> Filing:
    """Give a filing of somebody else each time."""
    return Filing(uuid4(), (Right.ERASURE,), f"{uuid4().hex}@person.example", "FR")


def new_worker() -> Worker:
    """File a case and bring it to review."""
    case = file_case(filing())
    request = case.rights_requests.get()
    move(request, State.SEARCHING, actor=MACHINE)
    move(request, State.IN_REVIEW, actor=MACHINE)
    search = Search.objects.create(case=case, number=1, kind="intake", within=0.6)
    found = FoundTemplate.objects.create(
        case=case,
        search=search,
        store="default",
        template_ref=uuid4().hex,
        distance=0.3,
        band="strong",
    )
    reviewer = User.objects.create(username=uuid4().hex)
    reviewer.groups.add(Group.objects.get_or_create(name="reviewer")[0])
    return Worker(case, request, found, reviewer)


@contextmanager
def without_log() -> Iterator[None]:
    """Let every action write everything but its entries, and prepare none."""
    ours = [module for name, module in sys.modules.items() if name.startswith("subjects.")]
    doors = [(sys.modules[__name__], "log"), *((module, "record") for module in ours)]
    doors += [(module, "log") for module in ours]
    real = [(*door, getattr(*door)) for door in doors if getattr(*door, None) in (record, log)]

    def nothing(*_about: object, **_said: object) -> None:
        """State nothing."""

    for module, name, _ in real:
        setattr(module, name, nothing)
    try:
        yield
    finally:
        for module, name, door in real:
            setattr(module, name, door)


def run(steps: list[Step], seconds: float) -> tuple[list[float], int]:
    """Let each thread repeat its step; give the time of each transaction, and the entries owed."""
    times: list[list[float]] = [[] for _ in steps]
    owed = [0] * len(steps)
    start = threading.Barrier(len(steps))

    def work(mine: int) -> None:
        step, taken = steps[mine], times[mine]
        connection.ensure_connection()
        start.wait()
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            owed[mine] += step()
            taken.append(time.perf_counter() - begun)
        connection.close()

    threads = [threading.Thread(target=work, args=(mine,)) for mine in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for taken in times for one in taken], sum(owed)


def compare(kind: str, threads: int) -> dict[str, object]:
    """Measure a kind of transaction with and without the log, in turn, and count the entries."""
    steps = [KINDS[kind](new_worker()) for _ in range(threads)]
    run(steps, SECONDS / 4)
    rates: dict[bool, list[float]] = {True: [], False: []}
    times: dict[bool, list[float]] = {True: [], False: []}
    wrong = 0
    for number in range(2 * ROUNDS):
        logged = number % 4 in {0, 3}  # with, without, without, with: a drift hits both alike
        before = AuditEvent.objects.count()
        if logged:
            taken, owed = run(steps, SECONDS)
        else:
            with without_log():
                taken, _ = run(steps, SECONDS)
            owed = 0
        wrong += abs(AuditEvent.objects.count() - before - owed)
        rates[logged].append(len(taken) / SECONDS)
        times[logged] += taken
    told = {"kind": kind, "threads": threads, "entries_missing_or_extra": wrong}
    for logged, name in ((True, "with"), (False, "without")):
        told[name] = {"rate": statistics.median(rates[logged]), **percentiles(times[logged])}
    pairs = [1 - a / b for a, b in zip(rates[True], rates[False], strict=True)]
    return told | {"cost": statistics.median(pairs)}


def percentiles(times: list[float]) -> dict[str, float]:
    """Give the 50th and the 99th percentile in milliseconds, by nearest rank."""
    ordered = sorted(times)
    return {
        name: ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000
        for name, share in (("p50", 0.5), ("p99", 0.99))
    }


def main() -> None:
    """Measure every kind of transaction and print what was found."""
    call_command("migrate", verbosity=0)
    threads = 1 if connection.vendor == "sqlite" else (2 if SMALL else 8)
    wanted = sys.argv[1:] or list(KINDS)
    found = [compare(kind, threads) for kind in wanted]
    queued = AuditOutbox.objects.count() == AuditEvent.objects.count()
    print(json.dumps({"vendor": connection.vendor, "kinds": found, "all_queued": queued}))  # noqa: T201  # the answer


if __name__ == "__main__":
    main()
