"""One file comes out of many modules: it runs by itself, on every Python that an inspector has."""

import shutil
from pathlib import Path

import pytest

from subjects.audit.standalone import assemble as joining
from subjects.audit.standalone.assemble import ModuleRefused, assemble
from tests.audit.standalone.pythons import pythons, run

NAMES = ["notes", "bundles", "paths", "merkle", "ed25519", "proofs"]
VERSIONS = ["3.9", "3.10", "3.11", "3.12", "3.13"]
PROGRAM = '''"""Says whether the tree holds."""

from __future__ import annotations

import sys

from subjects.audit.standalone.merkle import leaf_hash, root_of
from subjects.audit.standalone.notes import checkpoint_text


def main() -> int:
    """Write the checkpoint of what is given."""
    leaves = [leaf_hash(one.encode()) for one in sys.argv[1:]]
    sys.stdout.write(checkpoint_text("a.example", len(leaves), root_of(leaves)).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the folder, so that a test can write modules of its own beside them."""
    folder = tmp_path / "standalone"
    shutil.copytree(joining.FOLDER, folder)
    monkeypatch.setattr(joining, "FOLDER", folder)
    return folder


@pytest.mark.parametrize("version", VERSIONS)
def test_the_one_file_runs_by_itself(version, modules, tmp_path):
    (modules / "program.py").write_text(PROGRAM, "utf-8")
    path = tmp_path / "verify.py"
    path.write_text(assemble([*NAMES, "program"]), "utf-8")
    python = next(pythons(version), None)
    if python is None:
        pytest.skip(f"There is no Python {version} here.")
    done = run(python, "-I", "-W", "error", str(path), "one", "two")
    root = "T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4="
    assert (done.stdout, done.stderr) == (f"a.example\n2\n{root}\n", "")


def test_the_same_modules_give_the_same_file():
    assert assemble(NAMES) == assemble(NAMES)


def test_a_module_comes_after_those_it_needs():
    text = assemble(["notes", "merkle", "ed25519", "proofs"])
    order = [text.index(f"\n# {name}.py\n") for name in ["merkle", "ed25519", "notes", "proofs"]]
    assert order == sorted(order)


def test_nothing_of_ours_is_imported_and_every_import_stands_at_the_top():
    lines = assemble(NAMES).splitlines()
    places = [at for at, line in enumerate(lines) if line.startswith(("import ", "from "))]
    below = [line.strip() for line in lines[places[-1] + 1 :]]
    assert not any("subjects" in lines[at] for at in places)
    assert not any(line.startswith(("import ", "from subjects")) for line in below)
    assert lines[places[0]] == "from __future__ import annotations"


def test_docstrings_of_modules_stay_as_comments_and_that_of_the_last_as_itself(modules):
    (modules / "program.py").write_text(PROGRAM, "utf-8")
    text = assemble([*NAMES, "program"])
    assert "# The tree over the log: RFC 6962, section 2.1, with SHA-256;" in text
    assert text.startswith('#!/usr/bin/env python3\n\n"""Says whether the tree holds."""\n')


def test_comments_and_notes_on_names_stay(modules):
    (modules / "program.py").write_text(
        '"""P."""\n\nimport sys\n\n# Why it is three.\nTHREE = 3  # really\n"""Its meaning."""\n'
        "\n\n# Why it is decorated.\n@staticmethod\n"
        "def a_function():\n    # inside\n    return sys\n",
        "utf-8",
    )
    text = assemble(["program"])
    for kept in ["# Why it is three.", "# really", '"""Its meaning."""', "@static", "    # inside"]:
        assert kept in text
    assert "# Why it is decorated.\n@staticmethod\ndef a_function" in text


def test_all_shipped_modules_have_names_of_their_own():
    files = {path.stem for path in joining.FOLDER.glob("*.py")} - {"__init__", "assemble"}
    programs = {name for name in files if name.endswith("main")}
    for program in programs or {"proofs"}:
        assemble([*sorted(files - programs - {program}), program])


REFUSED = {
    "a name of another module": "def leaf_hash(): pass",
    "a name that another imports": "sha256 = 1",
    "a name of Python": "def open(): pass",
    "a package from elsewhere": "import django",
    "a part of a package from elsewhere": "from django.conf import settings",
    "a relative import": "from .merkle import leaf_hash",
    "a sibling under another name": (
        "from subjects.audit.standalone.merkle import leaf_hash as hashed"
    ),
    "a sibling as a module": "from subjects.audit.standalone import merkle",
    "a sibling that is not named": "from subjects.audit.standalone.paths import read_path",
    "another thing of one name": "from hashlib import sha512 as sha256",
    "code under TYPE_CHECKING": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    x = 1",
    "our other code": "from subjects.audit.leaf import freeze",
}


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_joined_is_refused(source, modules):
    (modules / "program.py").write_text(source + "\n", "utf-8")
    with pytest.raises(ModuleRefused):
        assemble(["merkle", "program"])


def test_a_circle_of_modules_is_refused(modules):
    for name, other in [("one", "two"), ("two", "one")]:
        text = f"from subjects.audit.standalone.{other} import x_{other}\nx_{name} = 1\n"
        (modules / f"{name}.py").write_text(text, "utf-8")
    with pytest.raises(ModuleRefused):
        assemble(["one", "two"])


def test_modules_that_know_one_another_only_as_types_are_joined(modules):
    for name, other in [("one", "two"), ("two", "one")]:
        text = (
            "from __future__ import annotations\nfrom typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n"
            f"    from subjects.audit.standalone.{other} import x_{other}\nx_{name} = 1\n"
        )
        (modules / f"{name}.py").write_text(text, "utf-8")
    assert "x_one = 1" in assemble(["one", "two"])


def test_the_last_module_is_needed_by_no_other():
    with pytest.raises(ModuleRefused):
        assemble(["notes", "ed25519", "merkle"])
