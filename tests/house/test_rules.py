"""The rules of `make check` that no linter knows: each finds its breach and spares good code."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("house_rules", ROOT / ".ci" / "house_rules.py")
assert _spec is not None
assert _spec.loader is not None
rules = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(rules)

NAME = "subjects/desk/views.py"


@pytest.mark.parametrize(
    "code",
    [
        "rights_request.state = State.DONE",
        "self.state = State.DONE",
        "a, row.state = 1, 2",
        "row.state: State = State.DONE",
        "RightsRequest.objects.filter(pk=1).update(state='done')",
        "RightsRequest.objects.create(case=case, state='done')",
        "RightsRequest.objects.update_or_create(pk=1, state='done')",
        "RightsRequest(case=case, state='done')",
        "RightsRequest.objects.bulk_update(rows, ['state'])",
        "setattr(row, 'state', 'done')",
        "row.save(update_fields=['state'])",
    ],
)
def test_a_state_written_outside_move_is_found(code):
    assert list(rules.states_written(NAME, ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "if row.state == State.DONE: pass",
        "RightsRequest.objects.filter(state='done')",
        "state = row.state",
        "row.save(update_fields=['fence'])",
    ],
)
def test_reading_a_state_is_no_breach(code):
    assert not list(rules.states_written(NAME, ast.parse(code)))


def test_move_may_write_a_state():
    tree = ast.parse("rows.update(state='done')")
    assert not list(rules.states_written("subjects/actions/move.py", tree))


def test_a_long_file_and_a_long_function_are_found():
    body = "def f():\n" + "    x = 1\n" * 50
    assert list(rules.long_functions(NAME, ast.parse(body)))
    assert not list(rules.long_functions(NAME, ast.parse(body.replace("    x = 1\n", "", 1))))
    assert list(rules.long_files(NAME, "x = 1\n" * 301))
    assert not list(rules.long_files(NAME, "x = 1\n" * 300))


def test_an_opt_out_needs_its_reason():
    bare = ("x = 1  # no" + "qa", "x = 1  # no" + "qa: E501", "x = 1  # type" + ": ignore[misc]")
    for line in bare:
        assert list(rules.bare_opt_outs(NAME, line))
        assert not list(rules.bare_opt_outs(NAME, line + " - the library has no types"))


def test_a_path_of_one_machine_and_the_address_of_an_index_are_found():
    for text in ("/" + "work/x", "/" + "root/.x", "see pypi" + ".org/simple", "file:" + "///x"):
        assert list(rules.foreign_places("docs/x.md", text))
    assert not list(rules.foreign_places("docs/x.md", "the /framework/ at https://portal.example"))


def test_a_name_that_the_glossary_gives_up_is_found():
    never = rules.glossary((ROOT / "docs" / "glossary.md").read_text("utf-8"))
    for code in ("def cleanup(): ...", "class Ticket: ...", "matches = 1", "def f(due_date): ..."):
        assert list(rules.glossary_breaches(NAME, ast.parse(code), never))
    for code in ("def purge(): ...", "import re\nre.match('a', 'b')", "due_on = 1"):
        assert not list(rules.glossary_breaches(NAME, ast.parse(code), never))


def test_the_lists_of_rules_reach_every_python_file_but_no_installed_one():
    names = {name for name, _, _ in rules.python_files(ROOT)}
    wanted = {"manage.py", ".ci/check.py", "rights_portal/env.py", "subjects/errors/__init__.py"}
    assert wanted <= names
    assert not [name for name in names if re.search("venv|migrations|cache", name)]
