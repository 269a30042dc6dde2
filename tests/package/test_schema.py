"""What explains an entry is made from the vocabulary, and takes every entry that the log takes."""

import json
import re
from typing import Any

import pytest

from subjects.audit.events import EventType
from subjects.audit.fields import BODY, HEAD
from subjects.audit.log import entries
from subjects.audit.standalone.figures import figures
from subjects.audit.standalone.reading import read_log
from subjects.models import Case
from subjects.package.meanings import FIELDS, FIGURES
from subjects.package.schema import data_dictionary, event_schema, statements
from subjects.package.tables import summary, tables
from tests.package.figures import busy_figures


def takes(schema: Any, value: Any) -> bool:
    """Say whether a JSON Schema takes a value: the few words that ours uses."""
    if isinstance(schema, bool):
        return schema
    kinds = {"string": str, "integer": int, "array": list, "object": dict}
    tests = {
        "type": lambda kind: isinstance(value, kinds[kind]),
        "const": lambda one: value == one,
        "enum": lambda words: value in words,
        "pattern": lambda pattern: re.search(pattern, value) is not None,
        "minimum": lambda least: value >= least,
        "maximum": lambda most: value <= most,
        "not": lambda other: not takes(other, value),
        "required": lambda needed: set(needed) <= set(value),
        "items": lambda item: all(takes(item, one) for one in value),
        "properties": lambda parts: all(
            takes(parts[name], held) for name, held in value.items() if name in parts
        ),
        "additionalProperties": lambda more: more or set(value) <= set(schema["properties"]),
        "oneOf": lambda choices: sum(takes(choice, value) for choice in choices) == 1,
    }
    return all(tests[word](asked) for word, asked in schema.items() if word in tests)


def test_the_schema_takes_what_the_log_takes(three_cases):
    schema = json.loads(event_schema())
    leaves = [json.loads(entry.leaf) for case in Case.objects.all() for entry in entries(case.pk)]
    assert len(leaves) >= 7
    for leaf in leaves:
        assert takes(schema, leaf), leaf["type"]
        assert not takes(schema, leaf | {"name": "Ada"})
        assert not takes(schema, leaf | {"type": "unheard.of"})
        assert not takes(schema, leaf | {"case": "0" * 32})
        assert not takes(schema, {key: held for key, held in leaf.items() if key != "n"})


def test_every_type_of_entry_says_what_it_states():
    assert set(statements()) == set(map(str, EventType))
    page = data_dictionary({"events.csv": ["sequence"]}, "").decode()
    for event in EventType:
        assert str(event) in page
    assert "Nothing is left to do." in page


def test_every_field_and_every_figure_has_its_meaning():
    assert set(FIELDS) == {*HEAD, *BODY}
    assert set(figures(read_log([]), "2026-01-01", "2026-12-31")) == set(FIGURES)


def test_the_figures_of_these_tests_are_shaped_like_those_of_the_log():
    counted, made_up = figures(read_log([]), "2026-01-01", "2026-12-31"), busy_figures()
    assert set(counted) == set(made_up)
    for name, part in counted.items():
        if isinstance(part, dict) and part:
            assert set(part) == set(made_up[name]), name
    assert set(counted["by_month"][0]) == set(made_up["by_month"][0])


def test_the_tables_show_each_group_of_figures():
    captions = [table.caption for table in tables(busy_figures())]
    assert len(captions) == len(set(captions)) == 11
    told = dict(summary(busy_figures()).rows)
    assert told["Answered within one month"] == "207 of 212 (97.6 %)"
    assert told["Overdue by, days: median, longest"] == "2, 4"


@pytest.mark.parametrize("page", ["", "<b>bold</b>"])
def test_the_dictionary_escapes_what_it_is_given(page):
    assert b"<b>" not in data_dictionary({page: [page]}, "")
