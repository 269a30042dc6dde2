"""One question over HTTP to somebody outside the house, bounded in time and in size."""

import http.client
import socket
import threading
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib import request
from urllib.parse import SplitResult, unquote, urlsplit

SECONDS: Final = 10.0
"""For the whole answer: whoever sends a byte at a time gets no more than that either."""
MOST_BYTES: Final = 64 * 1024
"""A time stamp with its certificates has about five thousand, a cosignature two hundred."""
AGENT: Final = "rights-log"


class NoAnswer(Exception):
    """Nobody answered, or nothing that can be read. `str()` says why; the caller names who."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    kind: str
    body: bytes


def name_of(url: str) -> str:
    """Name somebody by their address, without a password or a query in it: at most 200 signs."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{_host(parts)}{parts.path}".rstrip("/")[:200]


def ask(url: str, question: bytes, kind: str, *, seconds: float = SECONDS) -> Answer:
    """Post `question` of media type `kind` and read the answer.

    Redirections are not followed: an address that moved is for the operator to judge. Raises
    NoAnswer for anything but a whole answer of at most `MOST_BYTES` within `seconds`.
    """
    parts = _checked(url)
    cut = _Cut()
    alarm = threading.Timer(seconds, cut)
    alarm.daemon = True
    alarm.start()
    try:
        answer = _open(parts, question, kind, cut, seconds)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(_why(error, cut, seconds)) from None
    finally:
        alarm.cancel()
    if cut.done:
        raise NoAnswer(_why(None, cut, seconds))
    if len(answer.body) > MOST_BYTES:
        message = f"the answer of {parts.hostname} is larger than {MOST_BYTES} bytes"
        raise NoAnswer(message)
    return answer


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        # Never file:// or ftp://: what stands in a setting must not read this machine.
        message = "the address must begin with https:// or http:// and name a host"
        raise NoAnswer(message)
    return parts


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _password(parts: SplitResult) -> dict[str, str]:
    """Turn `name:password@` of an address into the header for it: qualified authorities ask."""
    if "@" not in parts.netloc:
        return {}
    pair = unquote(parts.netloc.rpartition("@")[0]).encode()
    return {"Authorization": "Basic " + b64encode(pair).decode()}


class _Cut:
    """Ends the connection when the time is over, wherever it stands: headers, body, handshake."""

    def __init__(self) -> None:
        self.done = False
        self._ends: list[socket.socket] = []

    def watch(self, end: socket.socket) -> None:
        """Take one connection to be ended."""
        self._ends.append(end)
        if self.done:
            self()

    def __call__(self) -> None:
        """End them all: the time is over."""
        self.done = True
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class _Plain(http.client.HTTPConnection):
    """A connection that is cut when the time is over."""

    def __init__(self, host: str, *, cut: _Cut, timeout: float) -> None:
        super().__init__(host, timeout=timeout)
        self._cut = cut

    def connect(self) -> None:
        """Connect, and let it be watched."""
        super().connect()
        self._cut.watch(self.sock)


class _Secure(_Plain, http.client.HTTPSConnection):
    """The same over TLS, with the certificates that this machine trusts."""


class _Handler(request.AbstractHTTPHandler):
    """Opens both kinds of address."""

    def __init__(self, cut: _Cut) -> None:
        super().__init__()
        self._cut = cut
        self.http_request = self.https_request = self.do_request_

    def http_open(self, asked: request.Request) -> http.client.HTTPResponse:
        """Open an address of http."""
        return self.do_open(partial(_Plain, cut=self._cut), asked)

    def https_open(self, asked: request.Request) -> http.client.HTTPResponse:
        """Open an address of https."""
        return self.do_open(partial(_Secure, cut=self._cut), asked)


def _open(parts: SplitResult, question: bytes, kind: str, cut: _Cut, seconds: float) -> Answer:
    headers = {"Content-Type": kind, "User-Agent": AGENT, **_password(parts)}
    url = parts._replace(netloc=_host(parts)).geturl()
    asked = request.Request(url, question, headers, method="POST")  # noqa: S310 - checked by `ask`
    # No handler of files, of FTP, of redirections; and an error's status is an answer too.
    opener = request.OpenerDirector()
    opener.add_handler(request.ProxyHandler())
    opener.add_handler(_Handler(cut))
    with opener.open(asked, timeout=seconds) as response:
        body = response.read(MOST_BYTES + 1)
        if response.length and len(body) <= MOST_BYTES:
            raise http.client.IncompleteRead(body, response.length)
        return Answer(response.status, response.headers.get_content_type(), body)


def _why(error: Exception | None, cut: _Cut, seconds: float) -> str:
    """Say it in our words: a foreign message may quote anything."""
    reason = getattr(error, "reason", error)
    if cut.done or isinstance(reason, TimeoutError):
        return f"no whole answer within {seconds:g} seconds"
    if isinstance(reason, ConnectionError):
        return "it refuses or breaks the connection"
    if isinstance(reason, socket.gaierror):
        return "its name is not known to this machine's name servers"
    return f"no answer that can be read ({type(reason).__name__})"
