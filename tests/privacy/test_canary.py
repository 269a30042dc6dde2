"""What a person types, sends and looks like is looked for in every place that others could read."""

import io
import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest
import redis
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from PIL import Image

from rights_portal.logs import JsonFormatter
from subjects.actions.approve import approve
from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.decide import propose
from subjects.actions.export import collect
from subjects.actions.order_package import order_package
from subjects.actions.settle_identity import settle_identity
from subjects.audit.models import AuditEvent, AuditPayload
from subjects.faces.encoder import encode
from subjects.lifecycle import State
from subjects.management.valkey import EmbeddedValkey
from subjects.models import AuditPackage, Case, Proposal, Right, RightsRequest
from subjects.policies import actor_of
from subjects.stores import stores
from subjects.tasks import nudge
from tests.cases import PROBE, decide_all, enrolments, staff
from tests.running import prepare, running, wait_until

TYPED = {
    "name": "Zyxcanary Quirrel",
    "address": "zyx.canary@person.example",
    "notes": "notescanary: I was in the third row.",
    "passphrase": "passphrasecanary of mine",
    "exif": "exifcanary camera",
    "reasons": "reasonscanary, seen on two pages.",
    "file": "filecanary.jpg",
}


OK = 200
LEAST, LEAST_MESSAGES = 100, 5
"""So much is in each place at the least: an empty one would prove nothing."""


def picture() -> bytes:
    """Give a picture of the person that tells more than it shows."""
    exif = Image.Exif()
    exif[0x010E] = TYPED["exif"]
    content = io.BytesIO()
    with Image.open(PROBE) as opened:
        opened.save(content, "JPEG", quality=95, exif=exif)
    return content.getvalue()


def looks_like(sent: bytes) -> list[bytes]:
    """Return how the face code of the picture could be spelt: as text or as floats."""
    (face,) = encode(sent)
    numbers = face.vector[:8]
    spelt = [f"{number:.6f}".lstrip("-")[:7].encode() for number in numbers]
    return [*spelt, face.vector[:4].tobytes(), face.vector[:4].astype("float32").tobytes()]


@contextmanager
def every_command(broker: EmbeddedValkey) -> Iterator[list[bytes]]:
    """Note every command that the broker is given, as MONITOR tells it."""
    heard: list[bytes] = []
    client = redis.Redis.from_url(broker.url)

    def listen() -> None:
        with client.monitor() as monitor:
            for command in monitor.listen():
                heard.append(str(command["command"]).encode())
                if "the-test-is-over" in command["command"]:
                    return

    listener = Thread(target=listen, daemon=True)
    listener.start()
    with broker.client() as other:
        wait_until(lambda: other.ping() and heard, "the monitor listens", seconds=20)
        try:
            yield heard
        finally:
            other.set("the-test-is-over", 1)
            listener.join(20)
            client.close()


def rows_as_text() -> bytes:
    """Return every column of every table, as whoever stole the database would read it."""
    text = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a table of ours
            for row in cursor.fetchall():
                text += [
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    for value in row
                ]
    return b"\n".join(text)


def files(folder: Path) -> dict[str, bytes]:
    """Return what lies in the folder of the portal, without the mails, which go to the person."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in found
        if path.parent.name != "mail"
    }


def state_is(case: Case, right: Right, state: State) -> bool:
    return RightsRequest.objects.filter(case=case, right=right, state=state).exists()


@pytest.fixture
def folder(settings, tmp_path, valkey, monkeypatch) -> Path:
    """Let this process use the same broker, folders and stores as the worker."""
    settings.MAIL_DIR = tmp_path / "var" / "mail"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {**settings.CACHES, "rates": settings.CACHES["rates_without_redis"]}
    address = valkey.url.replace("unix://", "redis+socket://", 1)
    for name in ("broker_url", "broker_write_url", "broker_read_url"):
        monkeypatch.setattr(current_app.conf, name, address)
    prepare(settings, tmp_path / "var")
    settings.LOG_DIR = tmp_path / "var" / "log"
    settings.LOG_KEYS_DIR = tmp_path / "var" / "keys" / "log"
    return tmp_path


def file(client: Client, sent: bytes) -> HttpResponse:
    """File a case on the page, with a canary in every field."""
    form = {
        "idempotency_key": str(uuid4()),
        "rights": ["access", "erasure"],
        "email": TYPED["address"],
        "country": "FR",
        "notes": f"{TYPED['name']}. {TYPED['notes']}",
        "passphrase": TYPED["passphrase"],
        "pictures": SimpleUploadedFile(TYPED["file"], sent),
        "consent": "on",
    }
    return client.post("/cases/new/", form)


def answer(case: Case) -> None:
    """Decide, propose with reasons and approve both rights, as the desk does."""
    decide_all(case)
    settle_identity(case, tier="T2", method="photo_comparison", by=staff("reviewer"))
    for right, ground in ((Right.ACCESS, ""), (Right.ERASURE, "E-d")):
        asked = case.rights_requests.get(right=right)
        why = TYPED["reasons"]
        propose(asked, Proposal.GRANT, by=staff("reviewer"), ground=ground, reasons=why)
        approve(asked, by=staff("approver"))
    nudge(case)


def wrong_turns(client: Client, case: Case) -> str:
    """Return the pages for whoever mistypes: they must not quote it."""
    asked = [
        client.get(f"/{TYPED['file']}/{TYPED['passphrase']}"),
        client.get("/cases/passphrasecanary/"),
        client.post(f"/cases/{case.reference}/open/", {"code": TYPED["passphrase"]}),
    ]
    return "".join(page.content.decode() for page in asked)


def packed() -> bytes:
    """Let the worker build a package; return every file in it, with its name."""
    today = timezone.localdate()
    package = order_package(today, today, actor=actor_of(staff("dpo")))
    ready = AuditPackage.objects.filter(pk=package.pk, made_at__isnull=False)
    wait_until(ready.exists, "the package is built")
    with zipfile.ZipFile(ready.get().path) as archive:
        return b"\n".join(name.encode() + archive.read(name) for name in archive.namelist())


def log_pages(client: Client, published: Path) -> bytes:
    """Return every page of the log that the world can read."""
    tiles = [str(path.relative_to(published)) for path in published.glob("tile/[0-9]*/**/*")]
    pages = [client.get(f"/log/{path}") for path in ["checkpoint", "keys", *tiles]]
    found = [page for page in pages if page.status_code == OK]
    assert len(found) > len(["checkpoint", "keys"])
    return b"\n".join(str(page.headers).encode() + page.content for page in found)


def everything_in(folder: Path) -> bytes:
    """Return every file of a folder, with its name."""
    return b"\n".join(name.encode() + content for name, content in files(folder).items())


def hits(places: dict[str, bytes], sent: bytes) -> list[tuple[str, bytes]]:
    """Return where something of the person stands, and what."""
    typed = [word.split()[0].rstrip(",:.").lower().encode() for word in TYPED.values()]
    found = [(place, one) for place in places for one in typed if one in places[place].lower()]
    face = looks_like(sent)
    return found + [(place, one) for place in places for one in face if one in places[place]]


@pytest.mark.django_db(transaction=True)
def test_nothing_of_the_person_stands_where_it_does_not_belong(
    client, folder, valkey, caplog, settings
):
    caplog.set_level(logging.INFO)
    caplog.handler.setFormatter(JsonFormatter())
    stores["default"].enrol(list(enrolments("person-1-b", "default")))
    sent = picture()
    with every_command(valkey) as heard, running(folder, valkey) as portal:
        filed = file(client, sent)
        case = Case.objects.get()
        assert case.probes.count() == 1
        confirm_contact(case)
        nudge(case)
        wait_until(lambda: state_is(case, Right.ERASURE, State.IN_REVIEW), "the search has ended")
        case.refresh_from_db()
        answer(case)
        wait_until(lambda: state_is(case, Right.ACCESS, State.READY), "the copy is made")
        collect(case.rights_requests.get(right=Right.ACCESS))
        wait_until(lambda: state_is(case, Right.ERASURE, State.CLOSED), "all is erased")
        unsent = case.outbox.filter(sent_at=None)
        wait_until(lambda: not unsent.exists(), "every mail has left")
        package = packed()
        told = f"{filed['Location']} {filed.headers} {wrong_turns(client, case)}"
        said = portal.said()
    leaves = AuditEvent.objects.values_list("leaf", flat=True)
    payloads = AuditPayload.objects.values_list("payload", flat=True)
    places = {
        "the log of this process": caplog.text.encode(),
        "what worker, sweeper and sequencer said": said.encode(),
        "every file of the published log": everything_in(settings.LOG_DIR),
        "the pages of the log": log_pages(client, settings.LOG_DIR),
        "every file of a package": package,
        "every command of the broker": b"\n".join(heard),
        "the entries of the log": b"\n".join(map(bytes, leaves)),
        "the erasable half of the log": b"\n".join(map(bytes, payloads)),
        "every column of every table": rows_as_text(),
        "addresses, headers and error pages": told.encode(),
        "names of files": "\n".join(files(folder)).encode(),
        "files at rest": b"\n".join(files(folder).values()),
    }
    assert [place for place, content in places.items() if len(content) < LEAST] == []
    assert sum(b"LPUSH" in one for one in heard) >= LEAST_MESSAGES
    assert hits(places, sent) == []
    mails = b"".join(path.read_bytes() for path in (folder / "var" / "mail").iterdir())
    assert hits({"the mails": mails}, sent) == [("the mails", TYPED["address"].encode())]
