"""The rules of this house that no linter knows; each returns a sentence for every breach."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FILE_LINES: Final = 300
FUNCTION_LINES: Final = 50
SKIPPED: Final = {".git", ".venv", "var", "__pycache__", "node_modules"}
CACHES: Final = re.compile(r"^\.\w+_cache$|^\.hypothesis$")
STATE_WRITERS: Final = {"subjects/actions/move.py", "subjects/actions/file_case.py"}
"""The one writer of `state`, and the one action that a request is born in."""

# Put together from pieces, so that this file does not name what it looks for.
MACHINE_PATHS: Final = re.compile(
    "|".join(("/" + "work/", "/" + "root/", "/" + r"home/\w", "/" + "opt/", "/" + "tmp/bash"))
)
INDEX_ADDRESSES: Final = re.compile(
    "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.", "file" + ":///"))
)
BARE_OPT_OUT: Final = re.compile(
    r"#\s*noqa\s*$|#\s*noqa:\s*[A-Z0-9, ]+$|#\s*type:\s*ignore(\[[\w, -]+\])?\s*$"
)
COMMENT: Final = re.compile(r"#\s*(?:noqa|type:\s*ignore)[^#\"']*$")


def files(root: Path, suffix: str = "") -> Iterator[Path]:
    """Give every file of the project that is not built, cached or installed."""
    for path in sorted(root.iterdir()):
        if path.name in SKIPPED or CACHES.match(path.name):
            continue
        if path.is_dir():
            yield from files(path, suffix)
        elif path.name.endswith(suffix):
            yield path


def python_files(root: Path) -> Iterator[tuple[str, str, ast.Module]]:
    """Give the name, the text and the tree of each Python file, migrations left out."""
    for path in files(root, ".py"):
        if "migrations" in path.parts:
            continue
        text = path.read_text("utf-8")
        yield path.relative_to(root).as_posix(), text, ast.parse(text)


def long_files(name: str, text: str) -> Iterator[str]:
    """No file over 300 lines."""
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines, {FILE_LINES} are the most"


def long_functions(name: str, tree: ast.Module) -> Iterator[str]:
    """No function over 50 lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                too_long = f"{node.name} has {lines} lines, {FUNCTION_LINES} are the most"
                yield f"{name}:{node.lineno}: {too_long}"


def bare_opt_outs(name: str, text: str) -> Iterator[str]:
    """No rule is silenced without its reason."""
    for number, line in enumerate(text.splitlines(), start=1):
        comment = COMMENT.search(line)
        if comment and BARE_OPT_OUT.search(comment.group()):
            yield f"{name}:{number}: an opt-out without its reason"


def states_written(name: str, tree: ast.Module) -> Iterator[str]:
    """Only `actions/move.py` writes the state of a request; a case is born in `file_case.py`."""
    if name in STATE_WRITERS or not name.startswith("subjects/"):
        return
    for node in ast.walk(tree):
        if any(_writes_state(part) for part in _written(node)):
            yield f"{name}:{getattr(node, 'lineno', 0)}: writes a state; only actions/move.py may"


def _written(node: ast.AST) -> list[ast.expr]:
    """Return what a node writes to: targets of assignments, and the calls that write rows."""
    if isinstance(node, ast.Assign):
        return [
            part
            for target in node.targets
            for part in (target.elts if isinstance(target, ast.Tuple) else [target])
        ]
    if isinstance(node, ast.AugAssign | ast.AnnAssign):
        return [node.target]
    return [node] if isinstance(node, ast.Call) else []


def _writes_state(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "state"
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    if called in {"setattr", "bulk_update", "save", "asave"}:
        return "state" in texts
    if called in {"update", "aupdate", "create", "acreate", "update_or_create", "RightsRequest"}:
        return any(word.arg == "state" for word in node.keywords)
    return False


def foreign_places(name: str, text: str) -> Iterator[str]:
    """No path of somebody's machine and no address of a package index."""
    for number, line in enumerate(text.splitlines(), start=1):
        if MACHINE_PATHS.search(line):
            yield f"{name}:{number}: a path of one machine"
        if INDEX_ADDRESSES.search(line):
            yield f"{name}:{number}: the address of a package index"


def glossary_breaches(name: str, tree: ast.Module, never: dict[str, str]) -> Iterator[str]:
    """No name that the glossary gives up: `never` maps each such word to the right one."""
    if not name.startswith("subjects/") or name.startswith("subjects/templatetags/"):
        return  # the settings' names are Django's, and a template of a page is HTML
    for node in ast.walk(tree):
        for word, line in _names(node):
            singular = {
                word.lower(),
                word.lower().removesuffix("s"),
                word.lower().removesuffix("es"),
            }
            for found in singular & never.keys():
                yield f"{name}:{line}: `{word}`; the glossary says {never[found]}"


def _names(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Give the names that a node brings into the world."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, node.lineno
    elif isinstance(node, ast.arg):
        yield node.arg, node.lineno
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id, node.lineno


def glossary(text: str) -> dict[str, str]:
    """Read the last two columns of the glossary's table: the name, and the words never used."""
    never: dict[str, str] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 and cells[2].startswith("`"):  # noqa: PLR2004 - thing, name, never
            for word in re.findall(r"`([^`]+)`", cells[2]):
                never[word] = cells[1]
    return never
