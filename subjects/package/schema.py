"""What an entry may hold, for programs and for people: made from the vocabulary itself."""

import ast
import inspect
import json
from functools import cache
from typing import Any, Final, NamedTuple

from django.template.loader import render_to_string

from subjects.audit import events
from subjects.audit.events import EventType
from subjects.audit.fields import BODY, HEAD
from subjects.audit.shapes import SHAPES
from subjects.package.meanings import FIELDS, FIGURES

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


class Row(NamedTuple):
    """A field in the data dictionary: what it means, what it holds, its words where listed."""

    name: str
    meaning: str
    holds: str
    words: str


class TypeRow(NamedTuple):
    """A type of entry in the data dictionary."""

    name: str
    states: str
    needs: str
    may: str
    chain: str


def event_schema() -> bytes:
    """Write the JSON Schema of an entry: its fields, and which type takes which."""
    schema: dict[str, Any] = {
        "$schema": DRAFT,
        "title": "An entry of the log",
        "description": "Canonical JSON (RFC 8785); hashed as a leaf of RFC 6962.",
        "type": "object",
        "properties": {name: field.schema for name, field in {**HEAD, **BODY}.items()},
        "required": list(HEAD),
        "additionalProperties": False,
        "oneOf": [_shape(event) for event in EventType],
    }
    return json.dumps(schema, ensure_ascii=False, indent=1).encode() + b"\n"


def data_dictionary(columns: dict[str, list[str]], style: str) -> bytes:
    """Write DATA-DICTIONARY.html; `columns` are those of each table, by its file."""
    context = {
        "style": style,
        "fields": [_row(name) for name in (*HEAD, *BODY)],
        "types": [_type(event) for event in EventType],
        "figures": FIGURES.items(),
        "tables": columns.items(),
    }
    return render_to_string("package/dictionary.html", context).encode()


@cache
def statements() -> dict[str, str]:
    """Read what each type of entry states from the text that stands below its name."""
    (tree,) = (
        node for node in ast.parse(inspect.getsource(events)).body if isinstance(node, ast.ClassDef)
    )
    found, name = {}, ""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            name = str(node.value.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            found[name] = str(node.value.value)
    return found


def _shape(event: EventType) -> dict[str, Any]:
    shape = SHAPES[event]
    allowed = dict.fromkeys((*HEAD, *sorted(shape.may)), True)
    house: dict[str, object] = {"const": "0" * 32}
    case: dict[str, object] | bool = True
    if not shape.case:
        case = house
    elif not shape.house:
        case = {"not": house}
    return {
        "title": statements()[event],
        "properties": {**allowed, "type": {"const": str(event)}, "case": case},
        "required": sorted(shape.needs),
        "additionalProperties": False,
    }


def _row(name: str) -> Row:
    field = {**HEAD, **BODY}[name]
    words = field.schema.get("enum", ())
    listed = ", ".join(map(str, words)) if isinstance(words, list | tuple) else ""
    return Row(name, FIELDS[name], field.wants, "" if name == "type" else listed)


def _type(event: EventType) -> TypeRow:
    shape = SHAPES[event]
    chains = [name for name, on in (("a case", shape.case), ("the house", shape.house)) if on]
    return TypeRow(
        str(event),
        statements()[event],
        ", ".join(sorted(shape.needs)),
        ", ".join(sorted(shape.may - shape.needs)),
        " or ".join(chains),
    )
