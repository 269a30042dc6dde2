"""Runs every check of the house and counts what fails: `make check`."""

import os
import secrets
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import house_rules

ROOT: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = sys.executable
SCRIPTS: Final = Path(PYTHON).parent
SHOWN: Final = 40
FRONT_END: Final = "subjects/static/vendor/"
FETCHER: Final = ".ci/vendor_front_end.py"
Check = Callable[[], list[str]]


def run(*command: str, environment: dict[str, str] | None = None) -> list[str]:
    """Run a tool: nothing when it is content, else what it says."""
    done = subprocess.run(  # noqa: S603 - the commands of this file
        command,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return []
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines or [f"{' '.join(command)} ended with {done.returncode} and said nothing"]


def manage(*arguments: str, **variables: str) -> list[str]:
    """Run a command of manage.py."""
    said = run(PYTHON, "manage.py", *arguments, environment=variables)
    return said[-3:] if "Traceback (most recent call last):" in said else said


def deployment() -> list[str]:
    """Let Django look at an installation as `docs/deploying.md` describes it."""
    with tempfile.TemporaryDirectory() as folder:
        return manage(
            "check",
            "--deploy",
            "--fail-level",
            "WARNING",
            PORTAL_MODE="production",
            PORTAL_VAR_DIR=folder,
            PORTAL_PUBLIC_URL="https://portal.example",
            PORTAL_ALLOWED_HOSTS="portal.example",
            PORTAL_CONTROLLER_NAME="A Body",
            PORTAL_CONTROLLER_COUNTRY="FR",
            PORTAL_CONTROLLER_TIME_ZONE="Europe/Paris",
            PORTAL_CONTROLLER_ADDRESS="2 Street, 75002 Paris, France",
            PORTAL_CONTROLLER_EMAIL="rights@portal.example",
            PORTAL_DPO_CONTACT="dpo@portal.example",
            PORTAL_LOG_ORIGIN="portal.example/rights-log",
            PORTAL_ARTICLE_15_FILE=str(ROOT / "demonstration" / "article15.toml"),
            PORTAL_EMAIL_URL="smtp+tls://user:word@mail.example:587",
            SECRET_KEY=secrets.token_urlsafe(64),
            PORTAL_VAULT_KEYS="k1:" + urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        )


def lifecycle() -> list[str]:
    """Compare the printed lifecycle with the one that is committed."""
    command = [PYTHON, "manage.py", "print_lifecycle"]
    printed = subprocess.run(  # noqa: S603 - the command of the line above
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if printed.returncode:
        return printed.stderr.strip().splitlines()[-3:]
    path = ROOT / "docs" / "lifecycle.md"
    if path.exists() and path.read_text("utf-8").strip() == printed.stdout.strip():
        return []
    return ["docs/lifecycle.md is old: python manage.py print_lifecycle > docs/lifecycle.md"]


def sources() -> Iterator[str]:
    """Read every Python file once, with all rules that look into one."""
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    never = house_rules.glossary(glossary)
    for name, text, tree in house_rules.python_files(ROOT):
        yield from house_rules.long_files(name, text)
        yield from house_rules.long_functions(name, tree)
        yield from house_rules.bare_opt_outs(name, text)
        yield from house_rules.states_written(name, tree)
        yield from house_rules.glossary_breaches(name, tree, never)


def places() -> Iterator[str]:
    """Read every text file for paths and addresses that belong to one machine."""
    for path in house_rules.files(ROOT):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(FRONT_END):
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        yield from house_rules.foreign_places(name, text)


CHECKS: Final[dict[str, Check]] = {
    "ruff finds nothing": lambda: run(PYTHON, "-m", "ruff", "check", "--output-format=concise"),
    "the code is formatted": lambda: run(
        PYTHON, "-m", "ruff", "format", "--check", "--output-format=concise"
    ),
    "types hold": lambda: run(PYTHON, "-m", "mypy"),
    "layers hold": lambda: run(str(SCRIPTS / "lint-imports"), "--no-logo"),
    "templates are clean": lambda: run(PYTHON, "-m", "djlint", "--check", "--lint", "templates"),
    "no migration is missing": lambda: manage("makemigrations", "--check", "--dry-run"),
    "a production installation passes": deployment,
    "the printed lifecycle is the real one": lifecycle,
    "the house's own rules hold": lambda: list(sources()),
    "nothing names one machine": lambda: list(places()),
    "the vendored front end is untouched": lambda: run(PYTHON, FETCHER, "--check"),
    "the installed packages agree": lambda: run(PYTHON, "-m", "pip", "check"),
}


def main() -> int:
    """Run all checks; the exit code is 1 when one of them failed."""
    failed = 0
    for name, check in CHECKS.items():
        found = check()
        failed += bool(found)
        print(f"{'FAILED' if found else 'ok    '}  {name}", flush=True)
        for line in found[:SHOWN]:
            print(f"          {line}")
        if len(found) > SHOWN:
            print(f"          and {len(found) - SHOWN} lines more")
    print(f"\n{len(CHECKS)} checks, {failed} failed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
