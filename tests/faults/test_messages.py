"""What comes in from outside: messages that nobody sent, and pictures that poison the decoder."""

import base64
import json
import os
import pickle
import random
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.faults.invariants import check_invariants
from tests.faults.stage import ROOT, Stage
from tests.faults.stories import Stories

FORGED = 1000
JOBS = ("search", "export", "erase", "restrict", "restrict_for_good", "send_mail", "no_such_job")


@pytest.mark.faults
def test_a_thousand_forged_messages_change_nothing(new_stage: Callable[..., Stage]):
    stage = new_stage()
    stories = Stories(stage, "person-3", "person-9")
    stage.work("worker", "sweeper")
    stories.search()
    stage.wait(lambda: not stage.driver("unsent"), "every mail is out")
    before, worker = stage.driver("rows"), stage.processes["worker"]
    with stage.broker.client() as broker:
        for message in _forged(random.Random(20261123), stories.cases):  # noqa: S311 - a seed
            broker.lpush("celery", message)
        stage.wait(lambda: not broker.llen("celery"), "the worker has seen them all")
        stage.wait(lambda: not broker.hlen("unacked"), "the worker is done with them")
    assert stage.driver("rows") == before
    assert stage.processes["worker"] is worker
    assert worker.poll() is None

    stories.review()
    stories.copy()
    stories.erase()
    stories.told()
    check_invariants(stories)


def _forged(chance: random.Random, cases: list[str]) -> Iterator[bytes]:
    for number in range(FORGED):
        job = chance.choice(JOBS)
        body = _body(chance, number, cases)
        kind = chance.choice(["application/json"] * 3 + ["application/x-python-serialize", "text"])
        if number % 5 == 0:
            kind, body = "application/x-python-serialize", pickle.dumps(_Bomb())
        tag = str(uuid4())
        yield json.dumps(
            {
                "body": base64.b64encode(body).decode(),
                "content-encoding": chance.choice(["utf-8", "binary"]),
                "content-type": kind,
                "headers": {"lang": "py", "task": job, "id": tag, "root_id": tag, "retries": 0},
                "properties": {
                    "body_encoding": "base64",
                    "delivery_info": {"exchange": "", "routing_key": "celery"},
                    "delivery_mode": 2,
                    "delivery_tag": tag,
                    "correlation_id": tag,
                    "priority": 0,
                },
            }
        ).encode()


class _Bomb:
    """Would end the worker that unpickles it."""

    def __reduce__(self) -> tuple:
        return os._exit, (66,)


def _body(chance: random.Random, number: int, cases: list[str]) -> bytes:
    words = [
        str(uuid4()),
        chance.choice(cases),  # a case where another kind of row is meant
        "x" * chance.randrange(3000),
        "'; DROP TABLE subjects_case; --",
        None,
        number,
        -1e308,
        ["nested", {"pk": True}],
        {"pk__gt": "0"},
        "\x00\ud7ff",
    ]
    arguments = chance.sample(words, chance.randrange(3))
    good = json.dumps([arguments, {"row": chance.choice(words)} if number % 7 == 0 else {}, {}])
    content = good.encode()
    if number % 3 == 0:
        place = chance.randrange(len(content))
        content = content[:place] + chance.randbytes(8) + content[place + 3 :]
    return content


@pytest.mark.faults
def test_a_poisonous_picture_holds_up_nobody_else(new_stage: Callable[..., Stage]):
    stage = new_stage()
    stage.work("worker", "sweeper")
    poison = stage.folder / "poison.jpg"
    whole = (ROOT / "demonstration" / "pictures" / "person-1-a.jpg").read_bytes()
    noise = random.Random(1).randbytes(200_000)  # noqa: S311 - noise in a picture, no secret
    poison.write_bytes(whole[:200] + noise + whole[-2:])
    poisoned = Stories(stage, *["person-1"] * 4)
    poisoned.file(picture=str(poison))
    poisoned.confirm()

    stories = Stories(stage, "person-11")
    stories.search()
    poisoned.await_states("awaiting_picture")
    stories.review()
    stories.copy()
    stories.erase()
    stories.told()
    check_invariants(stories)
