"""Reads the address of the database."""

from pathlib import Path
from typing import Final

import dj_database_url

from rights_portal.env import SettingWrong

ENGINES: Final = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
EXPECTED: Final = (
    "sqlite:///FILE or postgres://USER:PASSWORD@HOST/NAME, with %40 and the like for the "
    "signs of a password that mean something in an address"
)


def database_settings(url: str) -> dict[str, object]:
    """Turn DATABASE_URL into Django's settings; the folder of an SQLite file is made.

    Raises `SettingWrong` where it cannot be read, or names another kind of database.
    """
    try:
        found = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    except ValueError:
        # Not chained: the message of the other one may quote a part of the password.
        raise SettingWrong("DATABASE_URL", EXPECTED) from None
    if found["ENGINE"] not in ENGINES:
        raise SettingWrong("DATABASE_URL", EXPECTED)
    if found["ENGINE"] == "django.db.backends.sqlite3":
        Path(str(found["NAME"])).parent.mkdir(parents=True, exist_ok=True)
        found["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # secure_delete: what is erased must not stay readable in free pages (Art 17).
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON"
            ),
        }
    return dict(found)
