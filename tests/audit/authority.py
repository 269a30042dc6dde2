"""A real time stamping authority on loopback: openssl signs, and it can be told to misbehave.

`time_authority.url` and `time_authority.ca_file` go into TIMESTAMP_URLS and TIMESTAMP_CA_FILE.
"""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

REPLY = "application/timestamp-reply"
CONFIG = """
[ req ]
distinguished_name = name
prompt = no
[ name ]
CN = {name}
[ root ]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[ signer ]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[ authority ]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
ess_cert_id_alg = sha256
"""


def openssl(*arguments: object, **options: Any) -> bytes:
    """Run openssl; what it cannot do is an error of the test."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        [str(shutil.which("openssl")), *map(str, arguments)],
        check=True,
        capture_output=True,
        timeout=30,
        **options,
    )
    return done.stdout


class Signer:
    """A root, and a certificate for time stamps below it, in one folder."""

    def __init__(self, folder: Path, name: str = "Clock") -> None:
        self.folder, self.ca_file = folder, folder / "root.pem"
        self.config = folder / "openssl.cnf"
        folder.mkdir(parents=True)
        self.config.write_text(CONFIG.format(folder=folder, name=name))
        (folder / "serial").write_text("01\n")
        for who in ("root", "signer"):
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self._at(who))
        common = ("-config", self.config, "-days", "3650")
        openssl(
            *("req", "-x509", "-new", "-key", self._at("root"), "-subj", f"/CN={name} root"),
            *("-extensions", "root", "-out", self.ca_file, *common),
        )
        request = folder / "signer.csr"
        openssl("req", "-new", "-key", self._at("signer"), "-out", request, "-config", self.config)
        openssl(
            *("x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", self._at("root")),
            *("-set_serial", "2", "-extfile", self.config, "-extensions", "signer"),
            *("-days", "3650", "-out", folder / "signer.pem"),
        )

    def _at(self, who: str) -> Path:
        return self.folder / f"{who}.key"

    def reply(self, query: bytes) -> bytes:
        """Answer a query as RFC 3161 says. Only the signer's certificate is sent: strict DER."""
        asked, answered = self.folder / "asked.tsq", self.folder / "answered.tsr"
        asked.write_bytes(query)
        openssl(
            *("ts", "-reply", "-queryfile", asked, "-out", answered),
            *("-config", self.config, "-section", "authority"),
        )
        return answered.read_bytes()


class TimeAuthority:
    """The server. `mood` says how it answers: `good`, or one of the ways of `_Door`."""

    def __init__(self, folder: Path) -> None:
        self.signer = Signer(folder / "signer")
        self.folder = folder
        self.mood = "good"
        self.asked: list[bytes] = []
        self.first = b""
        self.over = Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Door)
        self.server.daemon_threads = True
        self.server.authority = self  # type: ignore[attr-defined]  # read by the door
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}/stamps"

    @property
    def ca_file(self) -> str:
        """The certificate that its stamps are checked with."""
        return str(self.signer.ca_file)

    def stranger(self) -> Signer:
        """Make a signer whom nobody trusts, of the same name."""
        return Signer(self.folder / "stranger")

    def close(self) -> None:
        """Let whoever hangs go, and stop."""
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


class _Door(BaseHTTPRequestHandler):
    """Each way to answer is a method."""

    def do_POST(self) -> None:
        authority: TimeAuthority = self.server.authority  # type: ignore[attr-defined]  # its own
        query = self.rfile.read(int(self.headers["Content-Length"]))
        authority.asked.append(query)
        with suppress(OSError):
            getattr(self, authority.mood)(authority, query)

    def good(self, authority: TimeAuthority, query: bytes) -> None:
        """Stamp what was asked."""
        self._send(authority.signer.reply(query))

    def stranger(self, authority: TimeAuthority, query: bytes) -> None:
        """Sign with a key that leads to no trusted root."""
        self._send(authority.stranger().reply(query))

    def replay(self, authority: TimeAuthority, query: bytes) -> None:
        """Give everybody the answer to the first question."""
        authority.first = authority.first or authority.signer.reply(query)
        self._send(authority.first)

    def other(self, authority: TimeAuthority, query: bytes) -> None:
        """Stamp something else, with the nonce that was asked for."""
        start = query.index(bytes.fromhex("0420")) + 2
        self._send(authority.signer.reply(query[:start] + bytes(32) + query[start + 32 :]))

    def rejects(self, authority: TimeAuthority, query: bytes) -> None:
        """Refuse: the digest of the question is cut short."""
        self._send(authority.signer.reply(b"\x30\x03\x02\x01\x01"))

    def flipped(self, authority: TimeAuthority, query: bytes) -> None:
        """Change one byte near the end, in the signature."""
        reply = bytearray(authority.signer.reply(query))
        reply[-9] ^= 1
        self._send(bytes(reply))

    def cut(self, authority: TimeAuthority, query: bytes) -> None:
        """Send half of it, as if it were all."""
        reply = authority.signer.reply(query)
        self._send(reply[: len(reply) // 2])

    def breaks_off(self, authority: TimeAuthority, query: bytes) -> None:
        """Promise more than it sends."""
        self._send(authority.signer.reply(query), promised=20_000)

    def html(self, authority: TimeAuthority, query: bytes) -> None:
        """Send a page, as the sign-in page of a hotel would be."""
        self._send(b"<!doctype html><title>Welcome</title>", kind="text/html")

    def page_as_reply(self, authority: TimeAuthority, query: bytes) -> None:
        """Send a page and call it a stamp."""
        self._send(b"<!doctype html><title>Welcome</title>")

    def error(self, authority: TimeAuthority, query: bytes) -> None:
        """Fail inside."""
        self._send(b"", status=500)

    def moved(self, authority: TimeAuthority, query: bytes) -> None:
        """Send somebody elsewhere."""
        self.send_response(302)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def huge(self, authority: TimeAuthority, query: bytes) -> None:
        """Send more than anybody needs."""
        self._send(bytes(8 * 1024 * 1024))

    def silent(self, authority: TimeAuthority, query: bytes) -> None:
        """Never answer."""
        authority.over.wait(30)

    def drips(self, authority: TimeAuthority, query: bytes) -> None:
        """Send a byte now and then, and never come to an end."""
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        while not authority.over.wait(0.05):
            self.wfile.write(b"X")

    def hangs_up(self, authority: TimeAuthority, query: bytes) -> None:
        """Close without a word."""
        self.connection.shutdown(socket.SHUT_RDWR)

    def _send(
        self, body: bytes, *, status: int = 200, kind: str = REPLY, promised: int = 0
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(promised or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def time_authority(tmp_path: Path) -> Iterator[TimeAuthority]:
    """Start an authority for one test; set `mood` to make it misbehave."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl: apt-get install openssl")
    authority = TimeAuthority(tmp_path / "authority")
    yield authority
    authority.close()
