"""Kills a process at each write of the bundled store, and looks at what is left.

A process of its own, because a database in memory does not outlive the one that made it.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rights_portal.settings")
django.setup()

from django.db import connection  # noqa: E402  # after setup()

from subjects.errors import StoreUnavailable  # noqa: E402  # after setup()
from subjects.stores import stores, tables  # noqa: E402  # after setup()
from subjects.stores.own import OwnStore  # noqa: E402  # after setup()
from subjects.stores.scan import files_containing  # noqa: E402  # after setup()
from tests.stores.made_up import GROUP, blank, codes, enrolments, group, pictured  # noqa: E402  # after setup()

KILLED = 9
DATA = codes(12)
ALICE, BOB, CAROL, DAVE = DATA[:4]
NEW = DATA[4:7]


def store_for(alias: str) -> OwnStore:
    settings.FACE_TEMPLATE_STORES = {
        alias: {
            "BACKEND": "subjects.stores.bundled.BundledStore",
            "OPTIONS": {
                "name": alias,
                "directory": settings.VAR_DIR / alias,
                "redactor": "tests.stores.made_up.blank",
            },
        },
    }
    stores.reset()
    return stores[alias]


def filled(alias: str) -> tuple[OwnStore, list[str]]:
    """Return a store of four: Alice and Bob share a picture, Carol and Dave have their own."""
    store = store_for(alias)
    items = [*group(DATA[:2]), pictured(CAROL, "carol"), pictured(DAVE, "dave")]
    return store, store.enrol(items)


def die_before(count: int) -> None:
    """Kill this process at a write: a statement, a commit, or a call to the disk."""
    left = [count]

    def counted(what: Callable, torn: Callable | None = None) -> Callable:
        def call(*arguments, **named):
            left[0] -= 1
            if not left[0]:
                if torn:
                    torn(*arguments)
                os._exit(KILLED)
            return what(*arguments, **named)

        return call

    pwrite = os.pwrite
    os.pwrite = counted(pwrite, lambda file, data, at: pwrite(file, data[: len(data) // 2], at))
    for name in ("fsync", "ftruncate"):
        setattr(os, name, counted(getattr(os, name)))
    for name in ("replace", "unlink", "mkdir"):
        setattr(Path, name, counted(getattr(Path, name)))
    connection.ensure_connection()
    connection._commit = counted(connection._commit)  # noqa: SLF001  # the moment that matters most
    connection.execute_wrappers.append(
        lambda execute, sql, params, many, context: (
            execute if sql.startswith(("SELECT", "PRAGMA")) else counted(execute)
        )(sql, params, many, context),
    )


def at_each_write(
    operation: Callable[[OwnStore, list[str]], object],
    verify: Callable[[OwnStore, list[str]], None],
) -> int:
    """Run `operation` again and again, killed one write later each time; return how many times."""
    for count in range(1, 500):
        store, refs = filled(f"s{count}")
        connection.close()
        child = os.fork()
        if not child:
            die_before(count)
            operation(store, refs)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code not in {0, KILLED}:
            sys.exit(f"write {count}: the operation itself failed with {code}")
        try:
            verify(store, refs)
        except Exception as error:
            error.add_note(f"killed at write {count}")
            raise
        if code == 0:
            return count - 1
    sys.exit("it never ended")


def is_tidy(store: OwnStore) -> None:
    """No file is there that no row names, and no byte behind the last row."""
    folder = settings.VAR_DIR / store.alias
    names = set(
        tables.BundledPicture.objects.filter(gallery__alias=store.alias).values_list(
            "file", flat=True
        )
    )
    assert {path.name for path in (folder / "pictures").iterdir()} == names
    assert not list((folder / "incoming").iterdir())
    sizes = {path.stat().st_size for path in (folder / "segments").iterdir()}
    segments = tables.BundledSegment.objects.filter(gallery__alias=store.alias)
    assert sizes == {4096 + 512 * segment.rows for segment in segments}


def enrol_new(store: OwnStore, _refs: list[str]) -> None:
    store.enrol([pictured(NEW[0], "erin"), *group(NEW[1:])])


def is_old_or_new(store: OwnStore, refs: list[str]) -> None:
    report = store.search(DATA, within=100)
    assert report.complete
    assert report.total in {4, 7}
    for found in report.candidates:
        assert store.picture(found.ref)
        store.describe(found.ref)
    assert {found.ref for found in report.candidates} >= set(refs)
    store.maintain()
    is_tidy(store)
    if report.total == 4:
        assert store.byte_scan([vector.tobytes() for vector in NEW]) == []
        enrol_new(store, refs)
    assert store.search(DATA, within=100).total == 7
    is_tidy(store)


def erase_two(store: OwnStore, refs: list[str]) -> None:
    store.erase([refs[0], refs[2]])


def can_be_finished(store: OwnStore, refs: list[str]) -> None:
    report = store.search(DATA, within=100)
    assert report.complete
    assert {found.ref for found in report.candidates} >= {refs[1], refs[3]}
    assert store.picture(refs[1]) in {GROUP, blank(GROUP, [(10, 60, 60, 10)])}
    again = store.erase([refs[0], refs[2]])
    assert again.erased | again.absent == {refs[0], refs[2]}
    assert store.holds(refs) == {refs[1], refs[3]}
    assert {found.ref for found in store.search(DATA, within=100).candidates} == {refs[1], refs[3]}
    # Blanked once, not the blanked one blanked again.
    assert store.picture(refs[1]) == blank(GROUP, [(10, 60, 60, 10)])
    assert store.vector(refs[1]).tobytes() == BOB.tobytes()
    assert store.vector(refs[3]).tobytes() == DAVE.tobytes()
    gone = [ALICE.tobytes(), CAROL.tobytes(), GROUP[40:90], b"carolcarol"]
    assert store.byte_scan(gone) == []
    if connection.vendor == "sqlite":
        rows = list(Path(connection.settings_dict["NAME"]).parent.glob("*.sqlite3*"))
        assert files_containing(rows, [b"carol at the market", b"gallery.example/carol"]) == []
        assert files_containing(rows, [b"gallery.example/dave"])
    is_tidy(store)
    # The next store has a Carol of its own; in one database hers must not be taken for this one's.
    store.erase(refs)


def writers_at_once() -> int:
    """Two processes enrol, one erases, and we search: every report is whole."""
    store, refs = filled("busy")
    doomed = store.enrol(enrolments(codes(40, seed=7_000)))
    connection.close()
    children = []
    for work in (0, 1, 2):
        child = os.fork()
        if not child:
            if work == 2:
                for ref in doomed:
                    store.erase([ref])
            else:
                for lot in range(15):
                    store.enrol(enrolments(codes(20, seed=100 * work + lot)))
            os._exit(0)
        children.append(child)
    searches, left = 0, set(children)
    while left:
        report = store.search(DATA, within=100)
        assert report.complete
        assert len(report.candidates) == report.total >= 4
        searches += 1
        left -= {child for child in left if os.waitpid(child, os.WNOHANG)[0]}
    report = store.search(DATA, within=100)
    assert report.total == 4 + 2 * 15 * 20
    assert {found.ref for found in report.candidates} >= set(refs)
    assert store.byte_scan([vector.tobytes() for vector in codes(40, seed=7_000)]) == []
    is_tidy(store)
    return searches


def killed_on_prepare() -> int:
    """Kill the first enrolment of a store at each write; the next one makes it all the same."""
    for count in range(1, 100):
        alias = f"p{count}"
        store = store_for(alias)
        connection.close()
        child = os.fork()
        if not child:
            die_before(count)
            store.enrol(enrolments(DATA))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        try:
            assert store.search(DATA, within=100).total in {0, len(DATA)}
        except StoreUnavailable:
            assert code == KILLED
        if not code:
            return count - 1
        store.enrol(enrolments(DATA))
        assert store.search(DATA, within=100).total in {len(DATA), 2 * len(DATA)}
        is_tidy(store)
    sys.exit("it never ended")


SCENES = {
    "enrol": lambda: at_each_write(enrol_new, is_old_or_new),
    "erase": lambda: at_each_write(erase_two, can_be_finished),
    "prepare": killed_on_prepare,
    "busy": writers_at_once,
}


def main() -> None:
    with connection.schema_editor() as editor:
        for name in ("Gallery", "Segment", "Picture", "Template", "Disclosure", "Consultation"):
            editor.create_model(getattr(tables, f"Bundled{name}"))
    print(json.dumps({scene: SCENES[scene]() for scene in sys.argv[1:]}))  # noqa: T201  # the answer


if __name__ == "__main__":
    main()
