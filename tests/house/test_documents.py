"""The documents: nothing points nowhere, every decision is listed, every page has its parts."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))


def name(path):
    return path.relative_to(ROOT).as_posix()


def headings(path):
    found = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_leads_somewhere(document):
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, part = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{link} leads nowhere"
        assert not part or part in headings(target), f"{link}: no such heading"


def test_every_file_in_the_find_it_table_exists():
    table = (ROOT / "ARCHITECTURE.md").read_text("utf-8").split("## Find it")[1].split("\n## ")[0]
    paths = re.findall(r"`((?:subjects|rights_portal|templates|tests|docs|\.ci)/[^`]*)`", table)
    assert len(paths) > 20
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert missing == []


def test_every_verb_stands_in_the_find_it_table():
    table = (ROOT / "ARCHITECTURE.md").read_text("utf-8").split("## Find it")[1].split("\n## ")[0]
    verbs = {name(path) for path in ROOT.glob("subjects/actions/[a-z]*.py")}
    assert {verb for verb in verbs if f"`{verb}`" not in table} == set()


def test_decisions_are_numbered_without_a_gap_and_each_stands_in_the_index():
    assert [path.name[:4] for path in DECISIONS] == [f"{n + 1:04}" for n in range(len(DECISIONS))]
    index = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    for path in DECISIONS:
        title = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
        assert f"[{title}]({path.name})" in index


@pytest.mark.parametrize("decision", DECISIONS, ids=name)
def test_a_decision_has_its_four_parts_on_one_page(decision):
    lines = decision.read_text("utf-8").splitlines()
    parts = [line for line in lines if line.startswith("## ")]
    assert parts == ["## Status", "## Context", "## Decision", "## Consequences"]
    assert len(lines) <= 60


def test_every_command_of_manage_py_in_the_documents_exists():
    commands = get_commands()
    for document in DOCUMENTS:
        for command in re.findall(r"manage\.py ([a-z_]+)", document.read_text("utf-8")):
            assert command in commands, f"{document.name} names {command}"


def test_every_setting_in_the_documents_exists():
    sample = (ROOT / ".env.sample").read_text("utf-8")
    for document in DOCUMENTS:
        for setting in re.findall(r"\bPORTAL_[A-Z0-9_]+", document.read_text("utf-8")):
            assert f"#{setting}=" in sample, f"{document.name} names {setting}"
