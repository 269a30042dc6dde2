"""Joins the modules of this folder into the one file `verify.py` that a stranger is handed.

This module is not part of that file. What it writes depends on the modules alone, so anybody who
has the source can write the same file again.
"""

from __future__ import annotations

import ast
import builtins
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FOLDER: Final = Path(__file__).parent
PACKAGE: Final = __name__.rpartition(".")[0]
SHEBANG: Final = "#!/usr/bin/env python3"
GUARD: Final = "__name__"
TYPES_ONLY: Final = "TYPE_CHECKING"


class ModuleRefused(ValueError):
    """A module that cannot be joined with the others."""

    def __init__(self, module: str, why: str) -> None:
        super().__init__(f"The module {module} cannot be joined: {why}.")


class Module:
    """One module: its parts, by what becomes of each."""

    def __init__(self, name: str) -> None:
        self.name = name
        text = (FOLDER / f"{name}.py").read_text("utf-8")
        self.lines = text.splitlines()
        self.tree = ast.parse(text)
        self.docstring = ast.get_docstring(self.tree) or ""
        self.imports: list[ast.Import | ast.ImportFrom] = []
        self.siblings: set[str] = set()
        self.siblings_for_types: set[str] = set()
        self.kept: list[ast.stmt] = []
        self.guards: list[ast.stmt] = []
        body = self.tree.body[1:] if self.docstring else self.tree.body
        for node in body:
            self._place(node)

    def _place(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._place_import(node, self.siblings)
        elif isinstance(node, ast.If) and _asks(node, TYPES_ONLY):
            for inner in node.body:
                if not isinstance(inner, (ast.Import, ast.ImportFrom)):
                    raise ModuleRefused(self.name, "only imports stand under TYPE_CHECKING")
                self._place_import(inner, self.siblings_for_types)
        elif isinstance(node, ast.If) and _asks(node, GUARD):
            self.guards.append(node)
        else:
            self.kept.append(node)

    def _place_import(self, node: ast.Import | ast.ImportFrom, siblings: set[str]) -> None:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            if node.module == PACKAGE or any(one.asname for one in node.names):
                raise ModuleRefused(self.name, "a sibling's names are imported as they are")
            siblings.add((node.module or "").rpartition(".")[2])
            return
        if isinstance(node, ast.ImportFrom) and node.level:
            raise ModuleRefused(self.name, "an import is relative")
        for origin in _origins(node):
            if origin not in sys.stdlib_module_names:
                raise ModuleRefused(self.name, f"{origin} is not in the standard library")
        self.imports.append(node)

    def defined(self) -> Iterator[str]:
        """Give every name that this module defines at its top level."""
        for node in self.kept:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield node.name
                continue
            yield from _stored(node)

    def source(self, nodes: Sequence[ast.stmt]) -> str:
        """Give these statements as they are written, with the comments between and above them."""
        parts: list[str] = []
        for node in nodes:
            first, last = self._span(node)
            parts.append("\n".join(self.lines[first:last]))
        return "\n".join(parts).strip("\n")

    def _span(self, node: ast.stmt) -> tuple[int, int]:
        """Give the first line and the line after the last, comments and gaps above included."""
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(one.lineno for one in decorators)]) - 1
        while first and (not self.lines[first - 1] or self.lines[first - 1].startswith("#")):
            first -= 1
        return first, node.end_lineno or node.lineno


def assemble(names: Sequence[str]) -> str:
    """Join the modules of these names into one program, which runs what the last one runs.

    The docstrings of the modules become comments; that of the last one stays. Raises ModuleRefused
    when two modules define one name, or one needs a module that is not in `names`.
    """
    modules = _ordered([Module(name) for name in names])
    _check_names(modules)
    last = modules[-1]
    parts = [SHEBANG, _docstring(last), "from __future__ import annotations", _imports(modules)]
    for module in modules:
        title = module.docstring if module is not last else ""
        parts.append("\n" + _comment(module.name, title) + "\n\n" + module.source(module.kept))
    if last.guards:
        parts.append("\n" + last.source(last.guards))
    return "\n\n".join(parts) + "\n"


def _stored(node: ast.AST) -> Iterator[str]:
    """Give the names that a statement stores; those inside a comprehension stay there."""
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    for inner in ast.iter_child_nodes(node):
        yield from _stored(inner)


def _asks(node: ast.If, name: str) -> bool:
    """Say whether a top-level `if` is about this name."""
    return any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(node.test))


def _origins(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Give the top-level modules that an import reaches for."""
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").partition(".")[0]]
    return [one.name.partition(".")[0] for one in node.names]


def _ordered(modules: list[Module]) -> list[Module]:
    """Put each module after those it imports, otherwise as they are named."""
    known = {module.name for module in modules}
    for module in modules:
        if missing := (module.siblings | module.siblings_for_types) - known:
            raise ModuleRefused(module.name, f"it needs {min(missing)}, which is not named")
    ordered: list[Module] = []
    while len(ordered) < len(modules):
        placed = {module.name for module in ordered}
        ready = [one for one in modules if one.name not in placed and one.siblings <= placed]
        if not ready:
            raise ModuleRefused(modules[-1].name, "modules import one another in a circle")
        ordered.append(ready[0])
    if ordered[-1] is not modules[-1]:
        raise ModuleRefused(modules[-1].name, "it must come last, and another needs it")
    return ordered


def _check_names(modules: Iterable[Module]) -> None:
    """Refuse a name that means two things once all modules share one space."""
    owner: dict[str, str] = {}
    for module in modules:
        for node in module.imports:
            for origin, name in _bindings(node):
                if owner.setdefault(name, origin) != origin:
                    raise ModuleRefused(module.name, f"{name} is imported from two places")
    for module in modules:
        for name in sorted(set(module.defined())):
            if owner.setdefault(name, module.name) != module.name:
                raise ModuleRefused(module.name, f"{name} is defined twice, or imported too")
            if hasattr(builtins, name):
                raise ModuleRefused(module.name, f"{name} hides a name of Python")


def _bindings(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Give where each name of an import comes from, and the name."""
    for one in node.names:
        if isinstance(node, ast.ImportFrom):
            yield f"from {node.module} import {one.name}", one.asname or one.name
        else:
            yield f"import {one.name}", one.asname or one.name.partition(".")[0]


def _imports(modules: Iterable[Module]) -> str:
    """Merge all imports of the standard library, sorted."""
    plain: set[str] = set()
    picked: dict[str, set[str]] = {}
    for module in modules:
        for node in module.imports:
            if isinstance(node, ast.ImportFrom) and node.module != "__future__":
                picked.setdefault(node.module or "", set()).update(map(ast.unparse, node.names))
            elif isinstance(node, ast.Import):
                plain.update(f"import {ast.unparse(one)}" for one in node.names)
    picked.get("typing", set()).discard(TYPES_ONLY)
    chosen = [
        f"from {origin} import {', '.join(sorted(wanted))}"
        for origin, wanted in picked.items()
        if wanted
    ]
    return "\n".join([*sorted(plain), *sorted(chosen)])


def _docstring(module: Module) -> str:
    return "\n".join(module.lines[: module.tree.body[0].end_lineno]) if module.docstring else ""


def _comment(name: str, text: str) -> str:
    """Write a module's docstring as a comment under its name."""
    lines = [f"# {name}.py", *(f"# {line}".rstrip() for line in text.splitlines())]
    return "\n".join(["# " + "-" * 98, *lines])
