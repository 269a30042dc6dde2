"""A visitor without JavaScript: opens pages, fills in the forms that stand there, follows."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Final, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, Request, build_opener

from subjects.errors import ServerNeeded

if TYPE_CHECKING:
    from http.client import HTTPResponse

SECONDS: Final = 30.0


@dataclass
class Form:
    """A form of a page: where it goes, and the names and values that stand in it."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Page:
    """An answer: its address after redirects, status, bytes and headers."""

    url: str
    status: int
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode(errors="replace")

    @property
    def words(self) -> str:
        """What a reader sees, without the markup and with single spaces."""
        reader = _Reader()
        reader.feed(self.text)
        return " ".join(" ".join(reader.words).split())

    def form(self, *names: str, action: str = "") -> Form:
        """Return the first form with fields of these names and with `action` in its address.

        Raises `LookupError` where the page has none.
        """
        reader = _Reader()
        reader.feed(self.text)
        for form in reader.forms:
            if set(names) <= form.names and action in urljoin(self.url, form.action):
                return form
        message = f"{urlsplit(self.url).path} has no form with {', '.join(names) or action}"
        raise LookupError(message)


class Visitor:
    """One browser session: cookies are kept, each form is sent with what stood in it."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._open = build_opener(HTTPCookieProcessor(CookieJar())).open

    def get(self, path: str) -> Page:
        """Open a page."""
        return self._fetch(Request(urljoin(self.base, path)))  # noqa: S310 - our own address

    def submit(
        self,
        page: Page,
        form: Form,
        *,
        files: Sequence[tuple[str, str, bytes]] = (),
        **values: str | Sequence[str],
    ) -> Page:
        """Send a form of `page` with `values` put in; `files` are (field, file name, content)."""
        given = {
            name: [value] if isinstance(value, str) else list(value)
            for name, value in values.items()
        }
        body, boundary = _multipart({**form.values, **given}, files)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Referer": page.url,
        }
        target = urljoin(page.url, form.action)
        return self._fetch(Request(target, data=body, headers=headers))  # noqa: S310 - as above

    def _fetch(self, request: Request) -> Page:
        try:
            answer = cast("HTTPResponse", self._open(request, timeout=SECONDS))
        except HTTPError as error:
            return Page(error.url or "", error.code, error.read(), dict(error.headers))
        except URLError:
            message = f"Nothing answers at {self.base}. Start the portal there with `make run`."
            raise ServerNeeded(message) from None
        return Page(answer.geturl(), answer.status, answer.read(), dict(answer.headers))


@dataclass
class _Choice:
    """A list of options being read: of each its value, and whether it is chosen."""

    name: str
    several: bool
    options: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def values(self) -> list[str]:
        """What a browser sends: what is chosen, else the first one of a list that takes one."""
        chosen = [value for value, selected in self.options if selected]
        return chosen or ([] if self.several else [value for value, _ in self.options[:1]])


class _Reader(HTMLParser):
    """Reads the visible words of a page, and its forms as a browser without JavaScript does."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._choice: _Choice | None = None
        self._area: tuple[str, list[str]] | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"script", "style", "title"}:
            self._hidden += 1
        if tag == "form":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        elif tag == "option" and self._choice is not None:
            self._choice.options.append((given.get("value", ""), "selected" in given))
        elif self._form is not None and given.get("name") and "disabled" not in given:
            self._field(self._form, tag, given["name"], given)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "title"}:
            self._hidden -= 1
        if self._form is not None and tag == "select" and self._choice is not None:
            self._form.values.setdefault(self._choice.name, []).extend(self._choice.values)
            self._choice = None
        if self._form is not None and tag == "textarea" and self._area is not None:
            name, text = self._area
            # A line break right after the tag is the markup's.
            self._form.values.setdefault(name, []).append("".join(text).removeprefix("\n"))
            self._area = None
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area[1].append(data)
        if not self._hidden:
            self.words.append(data)

    def _field(self, form: Form, tag: str, name: str, given: Mapping[str, str]) -> None:
        kind = given.get("type", "text")
        if tag == "select":
            self._choice = _Choice(name, several="multiple" in given)
        elif tag == "textarea":
            self._area = (name, [])
        elif tag not in {"input", "button"}:
            return
        elif kind in {"checkbox", "radio"}:
            if "checked" in given:
                form.values.setdefault(name, []).append(given.get("value", "on"))
        elif tag == "input" and kind not in {"submit", "image", "reset", "button", "file"}:
            form.values.setdefault(name, []).append(given.get("value", ""))
        form.names.add(name)


def _multipart(
    values: Mapping[str, Sequence[str]],
    files: Sequence[tuple[str, str, bytes]],
) -> tuple[bytes, str]:
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, several in values.items()
        for value in several
    ]
    for name, file_name, content in files:
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"'
            "\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), boundary
