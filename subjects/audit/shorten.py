"""Leaves out of an assembled program what it never uses: a receipt is kept for years, and small."""

import ast
from collections.abc import Iterator


def shortened(program: str) -> str:
    """Return `program` without the functions, classes and constants that nothing in it reaches.

    What remains stands as it was written, with its comments. Reached is what the statements
    outside of definitions name, and whatever that names in turn.
    """
    lines = program.splitlines()
    body = ast.parse(program).body
    kept = _reached(body)
    dropped: set[int] = set()
    changed: dict[int, str] = {}
    follows = True
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            used = [one for one in node.names if (one.asname or one.name) in kept]
            changed[node.lineno - 1] = f"from {node.module} import " + ", ".join(
                map(ast.unparse, used)
            )
            follows = bool(used)
        elif isinstance(node, ast.Import):
            follows = any(one.name.partition(".")[0] in kept for one in node.names)
        elif not _is_text(node):  # a text belongs to the constant above it
            names = set(_defined(node))
            follows = not names or bool(names & kept)
        if not follows:
            dropped.update(range(_first(node, lines), node.end_lineno or node.lineno))
    left = [changed.get(at, line) for at, line in enumerate(lines) if at not in dropped]
    return "\n".join(_closed_up(left)) + "\n"


def _reached(body: list[ast.stmt]) -> set[str]:
    """Give the names that the program uses, beginning with what it runs."""
    uses: dict[str, set[str]] = {}
    waiting: list[str] = []
    for node in body:
        names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
        defined = list(_defined(node))
        for name in defined:
            uses.setdefault(name, set()).update(names)
        if not defined:
            waiting += names
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += uses.get(name, ())
    return reached


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                yield inner.id


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _first(node: ast.stmt, lines: list[str]) -> int:
    """Give the first line of a statement: of its decorators, and of the comment right above."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(one.lineno for one in decorators)]) - 1
    while first and lines[first - 1].startswith("#"):
        first -= 1
    return first


def _closed_up(lines: list[str]) -> Iterator[str]:
    """Leave at most two empty lines in a row."""
    empty = 0
    for line in lines:
        empty = 0 if line else empty + 1
        if empty <= 2:  # noqa: PLR2004 - as between two functions
            yield line
