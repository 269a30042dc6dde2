"""A mail server that keeps what it takes, and that can be down."""

import socketserver
import threading
from email import message_from_bytes
from email.message import Message


class MailServer:
    """Speaks as much SMTP as a client without a password needs, on a port of its own."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self._server: _Server | None = None
        self._port = 0
        self.up()

    @property
    def url(self) -> str:
        """Where it listens, as PORTAL_EMAIL_URL."""
        return f"smtp://127.0.0.1:{self._port}"

    def up(self) -> None:
        """Take mails, on the port it always had."""
        self._server = _Server(("127.0.0.1", self._port), _Conversation)
        self._server.mails = self.mails
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def down(self) -> None:
        """Refuse connections."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._server = None


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    mails: list[Message]


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say("220 here")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word == b"DATA":
                self._say("354 go on")
                self.server.mails.append(message_from_bytes(self._content()))
            if word == b"QUIT":
                self._say("221 bye")
                return
            self._say("250 yes")

    def _content(self) -> bytes:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, answer: str) -> None:
        self.wfile.write(answer.encode() + b"\r\n")
