"""A browser of the person, a broker that is down, and nothing that waits."""

import uuid
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile

from subjects import tasks
from subjects.actions import export
from subjects.bundle import build_bundle
from subjects.models import Case
from subjects.portal import access

PICTURE = Path(__file__).resolve().parents[2] / "demonstration" / "pictures" / "person-1-a.jpg"
DEAD = "redis+socket:///nowhere/valkey.sock"
"""A broker that refuses at once: what the person sees must not depend on it."""


@pytest.fixture(autouse=True)
def _own_folder_and_no_servers(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    settings.MAIL_DIR = tmp_path / "mail"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {**settings.CACHES, "rates": settings.CACHES["rates_without_redis"]}
    caches["rates_without_redis"].clear()
    monkeypatch.setattr(current_app.conf, "broker_url", DEAD)
    monkeypatch.setattr(current_app.conf, "broker_write_url", DEAD)
    monkeypatch.setattr(tasks, "_broker_failed_at", -tasks.BROKER_REST)
    monkeypatch.setattr(access, "EVEN_SECONDS", 0.0)


@pytest.fixture
def copies_are_built_once(monkeypatch):
    """Build one real copy and hand it out again: painting over faces takes seconds each time."""

    def once(rights_request, *, progress):
        if not _built:
            _built.append(build_bundle(rights_request, progress=progress))
        return _built[0]

    monkeypatch.setattr(export, "build_bundle", once)


_built = []


def picture(name="me.jpg", content=None):
    return SimpleUploadedFile(name, PICTURE.read_bytes() if content is None else content)


def filled(**changes):
    """Give the form as a person fills it in; a value of None leaves a field out."""
    form = {
        "idempotency_key": str(uuid.uuid4()),
        "rights": ["access", "erasure"],
        "email": "ada@person.example",
        "country": "FR",
        "notes": "",
        "passphrase": "a long passphrase of mine",
        **changes,
    }
    return {name: value for name, value in form.items() if value is not None}


def filed(client, **changes):
    """File over HTTP; returns the case, which the browser may now see."""
    answer = client.post("/cases/new/", filled(**changes))
    assert answer.status_code == 302, answer.content.decode()
    return Case.objects.get(reference=answer["Location"].split("/")[2])


def open_for(client, case):
    """Let a browser see a case that was made without it."""
    session = client.session
    session[access.SESSION_KEY] = [case.pk.hex]
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
