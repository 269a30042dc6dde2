"""Settings: read once, named when wrong, never printed."""

import ast
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rights_portal import env
from rights_portal.databases import database_settings
from rights_portal.env import SettingMissing, SettingWrong, UnknownSetting
from rights_portal.keys import development_secret
from rights_portal.mail import smtp_settings

ROOT = Path(__file__).resolve().parents[2]
CANARY = "canary-of-a-secret"
PRODUCTION = {
    "PORTAL_MODE": "production",
    "PORTAL_PUBLIC_URL": "https://portal.example",
    "PORTAL_CONTROLLER_NAME": "A Body",
    "PORTAL_CONTROLLER_COUNTRY": "DE",
    "PORTAL_CONTROLLER_TIME_ZONE": "Europe/Berlin",
    "PORTAL_CONTROLLER_ADDRESS": "2 Street, 10115 Berlin, Germany",
    "PORTAL_CONTROLLER_EMAIL": "rights@portal.example",
    "PORTAL_DPO_CONTACT": "dpo@portal.example",
    "PORTAL_LOG_ORIGIN": "portal.example/rights-log",
    "PORTAL_ARTICLE_15_FILE": "article15.toml",
    "PORTAL_EMAIL_URL": "smtp+tls://mail.portal.example",
    "SECRET_KEY": CANARY * 4,
    "PORTAL_VAULT_KEYS": "k1:" + "A" * 43,
}


def settings_said(folder: Path, **variables: str) -> str:
    """Start Python with these variables alone and return what reading the settings says."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    variables.setdefault("PORTAL_VAR_DIR", str(folder))
    done = subprocess.run(
        [sys.executable, "-c", "import rights_portal.settings"],
        cwd=ROOT,
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr


def names_read() -> Iterator[str]:
    """Give the name of each variable that the settings ask for, in their order."""
    tree = ast.parse((ROOT / "rights_portal" / "settings.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        function = call.func
        if isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "env":
            first = call.args[0] if call.args else None
            if isinstance(first, ast.Constant):
                yield first.value


def test_the_sample_lists_every_setting_in_the_order_of_the_settings():
    sample = re.findall(r"^#([A-Z0-9_]+)=", (ROOT / ".env.sample").read_text("utf-8"), re.MULTILINE)
    assert sample == list(dict.fromkeys(names_read()))


def test_the_sample_with_every_line_taken_in_still_starts(tmp_path):
    sample = (ROOT / ".env.sample").read_text("utf-8")
    given = dict(re.findall(r"^#([A-Z0-9_]+)=(.*)$", sample, re.MULTILINE))
    given["PORTAL_VAR_DIR"] = given["PORTAL_STORES_DIR"] = str(tmp_path)
    assert settings_said(tmp_path, **given) == ""


def test_an_unknown_setting_is_refused_with_the_one_that_was_meant(monkeypatch):
    env.number("PORTAL_HOLD_DAYS", 0)
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PORTAL_HOLD_DAY", "1")
    with pytest.raises(UnknownSetting, match="Did you mean PORTAL_HOLD_DAYS"):
        env.refuse_unknown()


def test_an_unknown_setting_stops_the_start(tmp_path):
    said = settings_said(tmp_path, PORTAL_HOLD_DAY=CANARY)
    assert "PORTAL_HOLD_DAY is not a setting. Did you mean PORTAL_HOLD_DAYS?" in said
    assert CANARY not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_HOLD_DAYS", CANARY),
        ("PORTAL_HOLD_DAYS", "-1"),
        ("PORTAL_SEARCH_RADIUS", "nan"),
        ("PORTAL_SEARCH_RADIUS", "inf"),
        ("PORTAL_MODE", CANARY),
        ("PORTAL_EMAIL_URL", f"smtp://user:{CANARY}/@host"),
        ("PORTAL_EMAIL_URL", f"gopher://user:{CANARY}@host"),
        ("DATABASE_URL", f"postgres://user:{CANARY}/x@host/name"),
        ("DATABASE_URL", f"mysql://user:{CANARY}@host/name"),
        ("DATABASE_URL", CANARY),
    ],
)
def test_a_wrong_value_is_named_and_not_printed(tmp_path, name, value):
    said = settings_said(tmp_path, **{name: value})
    assert f"{name} cannot be read: expected" in said
    assert CANARY not in said


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "PORTAL_MODE"])
def test_production_refuses_to_start_without_it(tmp_path, name):
    given = {key: value for key, value in PRODUCTION.items() if key != name}
    said = settings_said(tmp_path, **given)
    assert name in said
    assert "is not set" in said or "is not for production" in said
    assert CANARY not in said


def test_production_starts_when_all_is_given_and_makes_no_secret_of_its_own(tmp_path):
    assert settings_said(tmp_path, **PRODUCTION) == ""
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_FAULT_POINTS", "folder:erase:claimed"),
        ("PORTAL_VAULT_KEYS", "dev:" + "A" * 43),
        ("PORTAL_PUBLIC_URL", "http://portal.example"),
    ],
)
def test_production_refuses_what_belongs_to_a_demonstration(tmp_path, name, value):
    said = settings_said(tmp_path, **(PRODUCTION | {name: value}))
    assert f"{name} is not for production" in said


def test_flags_words_and_lists_are_read(monkeypatch):
    monkeypatch.setenv("A_FLAG", "Off")
    monkeypatch.setenv("A_LIST", " a, b ,,c")
    assert env.flag("A_FLAG", default=True) is False
    assert env.flag("NO_FLAG", default=True) is True
    assert env.words("A_LIST", "") == ["a", "b", "c"]
    monkeypatch.setenv("A_FLAG", CANARY)
    with pytest.raises(SettingWrong, match="A_FLAG cannot be read: expected yes or no"):
        env.flag("A_FLAG", default=True)


def test_a_missing_value_says_what_to_do():
    with pytest.raises(SettingMissing, match=r"NOT_GIVEN is not set\. Ask the DPO\."):
        env.text("NOT_GIVEN", what_to_do="Ask the DPO.")


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("FROM_BOTH", "environment")
    monkeypatch.delenv("FROM_FILE", raising=False)
    file = tmp_path / ".env"
    file.write_text("# a comment\n\nFROM_BOTH=file\nFROM_FILE = 'file'\n")
    env.load_file(file)
    assert (os.environ["FROM_BOTH"], os.environ["FROM_FILE"]) == ("environment", "file")
    monkeypatch.delenv("FROM_FILE")


def test_a_line_of_the_file_that_is_no_setting_is_named_and_not_printed(tmp_path):
    file = tmp_path / ".env"
    file.write_text(f"A=b\n{CANARY}\n")
    with pytest.raises(SettingWrong, match=r"\.env, line 2") as caught:
        env.load_file(file)
    assert CANARY not in str(caught.value)


def test_sqlite_waits_its_turn_and_overwrites_what_is_erased(tmp_path):
    found = database_settings(f"sqlite:///{tmp_path}/new/portal.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "secure_delete=ON" in found["OPTIONS"]["init_command"]
    assert (tmp_path / "new").is_dir()


def test_postgresql_is_read_with_its_signs_unescaped():
    found = database_settings("postgres://portal:p%40ss@db.example:5433/rights")
    assert (found["PASSWORD"], found["HOST"], found["PORT"]) == ("p@ss", "db.example", 5433)


def test_the_address_of_the_mail_server_chooses_port_and_encryption():
    found = smtp_settings("smtp+tls://user:p%40ss@mail.example")
    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (
        587,
        True,
        False,
    )
    assert "p@ss" in found.values()
    assert smtp_settings("smtps://mail.example:4650")["EMAIL_PORT"] == 4650


def test_a_development_secret_is_made_once_however_many_ask_for_it(tmp_path):
    path = tmp_path / "keys" / "django"
    with ThreadPoolExecutor(16) as many:
        found = set(many.map(lambda _: development_secret(path), range(64)))
    assert len(found) == 1
    assert len(found.pop()) == 43
    assert [file.name for file in path.parent.iterdir()] == ["django"]


def test_a_development_secret_is_for_its_owner_alone(tmp_path):
    path = tmp_path / "keys" / "django"
    development_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["rights log", "rights-log", "A/b+c", "https://a.example/log"])
def test_a_log_whose_name_no_verifier_would_read_stops_the_start(tmp_path, name):
    assert "PORTAL_LOG_ORIGIN cannot be read" in settings_said(tmp_path, PORTAL_LOG_ORIGIN=name)
