"""A little witness on loopback: it remembers each log, checks that it grows, and refuses forks.

It speaks C2SP tlog-witness. `witness.trust(vkey)` makes a log known to it.
"""

import base64
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.merkle import EMPTY_ROOT, verify_consistency
from subjects.audit.standalone.notes import (
    COSIGNATURE_KEY,
    Checkpoint,
    Vkey,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    sign_cosignature,
    verified_by,
    vkey_text,
)

NAME = "witness.example/w1"


class LittleWitness:
    """The server. `mood` is `good`, or one of the ways of `_Door` to misbehave."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.mood = "good"
        self.logs: list[Vkey] = []
        self.seen: dict[str, tuple[int, bytes]] = {}
        self.asked: list[bytes] = []
        self.lock, self.over = Lock(), Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Door)
        self.server.daemon_threads = True
        self.server.witness = self  # type: ignore[attr-defined]  # read by the door
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """Its submission prefix."""
        return f"http://127.0.0.1:{self.server.server_port}/witness"

    @property
    def vkey(self) -> str:
        """The key that it signs with."""
        return vkey_text(NAME, self.key.public_key().public_bytes_raw(), COSIGNATURE_KEY)

    def trust(self, vkey: str) -> None:
        """Let it know a log."""
        self.logs.append(parse_vkey(vkey))

    def policy(self, folder: Path, name: str = "office") -> str:
        """Write a policy in which this witness is the quorum; gives the name of the file."""
        file = folder / "witnesses.policy"
        logs = "".join(f"log {self.written(log)}\n" for log in self.logs)
        file.write_text(f"{logs}witness {name} {self.vkey} {self.url}\nquorum {name}\n")
        return str(file)

    @staticmethod
    def written(vkey: Vkey) -> str:
        """Write a key as a policy has it."""
        return vkey_text(vkey.name, vkey.key, vkey.algorithm)

    def sign(self, text: bytes, key: Ed25519PrivateKey | None = None) -> bytes:
        """Cosign a checkpoint's text as of now; with another key on demand."""
        public = self.key.public_key().public_bytes_raw()
        return sign_cosignature(text, NAME, public, int(time.time()), (key or self.key).sign)

    def add(self, question: bytes) -> tuple[int, bytes]:
        """Judge one question: a status and a body."""
        head, _, note = question.partition(b"\n\n")
        read = parse_note(note)
        told = parse_checkpoint(read.text)
        if told.origin not in {log.name for log in self.logs}:
            return 404, b""
        if not verified_by(read, self.logs):
            return 403, b""
        status, body = self._judged(head, told)
        if status == 200:
            self.seen[told.origin] = (told.size, told.root)
            body = self.sign(read.text)
        return status, body

    def _judged(self, head: bytes, told: Checkpoint) -> tuple[int, bytes]:
        old_line, *lines = head.split(b"\n")
        old = int(old_line.removeprefix(b"old "))
        proof = [base64.b64decode(line) for line in lines]
        size, root = self.seen.get(told.origin, (0, EMPTY_ROOT))
        if old > told.size or (not old and proof):
            return 400, b""
        if old != size or (size == told.size and root != told.root):
            return 409, b"%d\n" % size
        if old and not verify_consistency(old, told.size, root, told.root, proof):
            return 422, b"the proof does not lead from what I signed to this\n"
        return 200, b""

    def close(self) -> None:
        """Let whoever hangs go, and stop."""
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


class _Door(BaseHTTPRequestHandler):
    """Each way to answer is a method."""

    def do_POST(self) -> None:
        witness: LittleWitness = self.server.witness  # type: ignore[attr-defined]  # its own
        question = self.rfile.read(int(self.headers["Content-Length"]))
        witness.asked.append(question)
        with suppress(OSError), witness.lock:
            getattr(self, witness.mood)(witness, question)

    def good(self, witness: LittleWitness, question: bytes) -> None:
        """Judge it."""
        known = self.path == "/witness/add-checkpoint"
        self._send(*(witness.add(question) if known else (404, b"")))

    def among_others(self, witness: LittleWitness, question: bytes) -> None:
        """Sign between the lines of keys that nobody knows."""
        status, line = witness.add(question)
        text = parse_note(question.partition(b"\n\n")[2]).text
        other = Ed25519PrivateKey.generate()
        public = other.public_key().public_bytes_raw()
        foreign = sign_cosignature(text, "other.example", public, 1, other.sign)
        self._send(status, foreign + line)

    def forged(self, witness: LittleWitness, question: bytes) -> None:
        """Sign in the witness's name with another key."""
        text = parse_note(question.partition(b"\n\n")[2]).text
        self._send(200, witness.sign(text, Ed25519PrivateKey.generate()))

    def other_note(self, witness: LittleWitness, question: bytes) -> None:
        """Sign something else."""
        self._send(200, witness.sign(b"faces.example/rights-log\n1\nAAAA\n"))

    def page(self, witness: LittleWitness, question: bytes) -> None:
        """Answer with a page."""
        self._send(200, b"<!doctype html>\n")

    def empty(self, witness: LittleWitness, question: bytes) -> None:
        """Answer with nothing."""
        self._send(200, b"")

    def error(self, witness: LittleWitness, question: bytes) -> None:
        """Fail inside."""
        self._send(500, b"")

    def no_size(self, witness: LittleWitness, question: bytes) -> None:
        """Say that the size is another one, and not which."""
        self._send(409, b"another\n")

    def restless(self, witness: LittleWitness, question: bytes) -> None:
        """Name another size each time."""
        self._send(409, b"%d\n" % (len(witness.asked) % 2 + 1))

    def proofless(self, witness: LittleWitness, question: bytes) -> None:
        """Find no proof good, and say so with signs that do not belong on a page."""
        self._send(422, b"<b>fork</b>\x1b[31m " + b"x" * 500)

    def silent(self, witness: LittleWitness, question: bytes) -> None:
        """Never answer."""
        witness.over.wait(30)

    def _send(self, status: int, body: bytes) -> None:
        kind = "text/x.tlog.size" if status == 409 else "text/plain"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def little_witness() -> Iterator[LittleWitness]:
    """Start a witness for one test."""
    witness = LittleWitness()
    yield witness
    witness.close()
