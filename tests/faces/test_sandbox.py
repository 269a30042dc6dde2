"""What a hostile picture can do to the processes around it: nothing."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from PIL import Image

from subjects.errors import EncoderUnavailable, PictureTooHard
from subjects.faces import sandbox
from subjects.faces.encoder import encode, encode_one
from subjects.faces.pictures import clean
from subjects.faces.sandbox import Limits, Zygote
from tests.faces import makers
from tests.faces.processes import (
    children,
    descriptors,
    environment,
    is_running,
    resident_bytes,
    wait_for,
)

PLENTY = Limits(memory_mb=3072, seconds=30)
BUSY_FOR_A_SECOND = (6_320, 7_900)
ENCODE = {"order": "encode", "held": False}


@pytest.fixture
def start() -> Iterator[Callable[[Limits], Zygote]]:
    """Start zygotes of the test's own."""
    started: list[Zygote] = []

    def begin(limits: Limits = PLENTY) -> Zygote:
        started.append(Zygote(limits))
        return started[-1]

    yield begin
    for zygote in started:
        zygote.close()


@pytest.fixture
def busy_picture(portrait) -> bytes:
    return makers.resized(*BUSY_FOR_A_SECOND)(portrait)


def working(zygote: Zygote, picture: bytes) -> tuple[Future, int]:
    """Have a thread wait for an answer; give its future and the child at work on it."""
    future: Future = Future()
    earlier = set(children(zygote.pid))

    def work() -> None:
        try:
            future.set_result(zygote.ask(ENCODE, picture))
        except Exception as error:  # noqa: BLE001 - handed to the test
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    (child,) = wait_for(lambda: set(children(zygote.pid)) - earlier)
    wait_for(lambda: niceness(child) > niceness(zygote.pid))  # confined, and now decoding
    return future, child


def niceness(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


def test_a_killed_child_is_a_picture_too_hard_and_the_next_one_works(start, busy_picture, portrait):
    zygote = start()
    future, child = working(zygote, busy_picture)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(PictureTooHard):
        future.result(20)
    assert zygote.ask(ENCODE, portrait)[0]["faces"]


def test_a_child_that_hangs_is_ended_by_the_clock(start, busy_picture, portrait):
    zygote = start(Limits(memory_mb=3072, seconds=1))
    future, child = working(zygote, busy_picture)
    os.kill(child, signal.SIGSTOP)
    with pytest.raises(PictureTooHard):
        future.result(20)
    wait_for(lambda: not is_running(child))
    assert zygote.ask(ENCODE, portrait)[0]["faces"]


def test_a_child_that_computes_too_long_is_ended_by_its_processor_time(start, busy_picture):
    zygote = start(Limits(memory_mb=3072, seconds=1))
    with pytest.raises(PictureTooHard):
        zygote.ask({"order": "mask", "keep": []}, busy_picture)


def test_a_child_that_eats_memory_is_refused_and_the_next_one_works(start, portrait):
    zygote = start(Limits(memory_mb=120, seconds=30))
    answer, _ = zygote.ask(ENCODE, makers.saved(Image.new("RGB", (7000, 7000)), "PNG"))
    assert answer == {"refused": PictureTooHard.code}
    assert zygote.ask(ENCODE, portrait)[0]["faces"]


def test_a_killed_zygote_is_replaced_and_its_children_die_with_it(portrait, busy_picture):
    encode(portrait)
    zygote = sandbox.current()
    future, child = working(zygote, busy_picture)
    os.kill(zygote.pid, signal.SIGKILL)
    with pytest.raises(sandbox.ZygoteDied):
        future.result(20)
    wait_for(lambda: not is_running(child))
    assert encode_one(portrait)
    assert sandbox.current().pid != zygote.pid


def test_a_zygote_that_dies_under_a_picture_is_no_fault_of_the_picture(portrait, busy_picture):
    encode(portrait)
    zygote = sandbox.current()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(encode, busy_picture)
        wait_for(lambda: children(zygote.pid))
        os.kill(zygote.pid, signal.SIGKILL)
        assert len(future.result(30)) == 1


def test_the_zygote_knows_no_secret_of_the_worker(start, monkeypatch):
    for name in ("DATABASE_URL", "SECRET_KEY", "PORTAL_VAULT_KEYS"):
        monkeypatch.setenv(name, "canary")
    known = environment(start().pid)
    assert "canary" not in known.values()
    assert set(known) <= {
        *sandbox.KEPT_ENVIRONMENT,
        *("LANG", "PYTHONPATH", "DLIB_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"),
    }


def test_threads_get_their_own_answers(portrait, another_person):
    one, other = encode_one(portrait).vector, encode_one(another_person).vector
    with ThreadPoolExecutor(4) as pool:
        faces = list(pool.map(encode_one, [portrait, another_person] * 4))
    assert all((face.vector == one).all() for face in faces[::2])
    assert all((face.vector == other).all() for face in faces[1::2])


def test_memory_and_descriptors_stay_flat_over_a_hundred_pictures(start, portrait):
    zygote, order = start(), {"order": "clean", "longest": 300, "held": False}
    zygote.ask(order, portrait)
    before, open_before = resident_bytes(zygote.pid), (descriptors(zygote.pid), descriptors())
    for _ in range(100):
        zygote.ask(order, portrait)
    assert resident_bytes(zygote.pid) - before < makers.MB
    assert (descriptors(zygote.pid), descriptors()) == open_before


def test_closing_leaves_no_process(portrait):
    zygote = Zygote(PLENTY)
    zygote.ask(ENCODE, portrait)
    zygote.close()
    assert not is_running(zygote.pid)


def test_new_limits_are_taken_up(settings, portrait):
    encode(portrait)
    settings.ENCODER_SECONDS = 29
    clean(portrait)
    assert sandbox.current().limits.seconds == 29


def test_an_encoder_that_does_not_start_is_the_operators_turn(monkeypatch):
    monkeypatch.setattr(sandbox.sys, "executable", "/bin/false")
    with pytest.raises(EncoderUnavailable, match="did not start"):
        Zygote(PLENTY)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"faces": 3},
        {"faces": [{"box": [1, 2, 3, 4], "quality": {}, "vector": [0.0] * 128}]},
        {"faces": [{"box": [1, 2], "quality": {}, "vector": []}]},
    ],
)
def test_a_child_that_lies_about_the_form_is_not_believed(monkeypatch, portrait, answer):
    monkeypatch.setattr(sandbox, "ask", lambda *_args, **_options: (answer, b""))
    with pytest.raises(PictureTooHard):
        encode(portrait)
    with pytest.raises(PictureTooHard):
        clean(portrait)
