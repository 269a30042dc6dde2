"""Files a case as a browser does: the form, its cookie and its token, one multipart answer."""

import http.client
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.faults.stories import Story

TIMEOUT = 30.0
DAY = re.compile(r"\b\d{1,2} [A-Z][a-z]+ 20\d\d\b")
REFERENCE = re.compile(r"/cases/([0-9A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4})/")


@dataclass(frozen=True)
class Filed:
    """What the page after a filing says."""

    reference: str
    due_on: str


class Browser:
    """One person's browser: keeps its cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    @classmethod
    def at_the_form(cls, port: int) -> tuple[Self, str, str]:
        """Open the form; return the browser, the token against forgery and the form's key."""
        browser = cls(port)
        _, page = browser.ask("GET", "/cases/new/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        key = re.search(r'name="idempotency_key" value="([\w-]+)"', page)
        assert token
        assert key
        return browser, token[1], key[1]

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[str, str]:
        """Send one request; return where it leads to and the page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if kind:
            headers["Content-Type"] = kind
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _, rest = cookie.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            page = answer.read().decode()
            assert answer.status in {200, 302}, (answer.status, page[:2000])
            return answer.headers.get("Location", ""), page
        finally:
            connection.close()


def filled(story: Story, token: str, key: str) -> tuple[bytes, str]:
    """Return the form as a person fills it in, and its content type."""
    fields = [
        ("csrfmiddlewaretoken", token),
        ("idempotency_key", key),
        *(("rights", right) for right in story.rights),
        ("email", f"{story.canary}@person.example"),
        ("country", "FR"),
        ("notes", f"{story.canary} in the notes"),
        ("passphrase", f"{story.canary} as a passphrase"),
        ("consent", "on"),
    ]
    line = uuid.uuid4().hex
    parts = [
        f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    picture = f'--{line}\r\nContent-Disposition: form-data; name="pictures"; filename="me.jpg"\r\n'
    parts += [f"{picture}Content-Type: image/jpeg\r\n\r\n".encode(), _probe(story.person), b"\r\n"]
    return b"".join([*parts, f"--{line}--\r\n".encode()]), f"multipart/form-data; boundary={line}"


def send(browser: Browser, story: Story, token: str, key: str) -> Filed:
    """Send the form and read the page that follows."""
    leads_to, _ = browser.ask("POST", "/cases/new/", *filled(story, token, key))
    _, page = browser.ask("GET", leads_to)
    reference, day = REFERENCE.search(leads_to), DAY.search(page)
    assert reference
    assert day
    assert reference[1] in page
    return Filed(reference[1], day[0])


def file_over_http(port: int, story: Story) -> Filed:
    """Open the form, fill it in, send it, and read what the next page says."""
    browser, token, key = Browser.at_the_form(port)
    return send(browser, story, token, key)


def _probe(person: str) -> bytes:
    folder = Path(__file__).resolve().parents[2] / "demonstration" / "pictures"
    return (folder / f"{person}-a.jpg").read_bytes()
