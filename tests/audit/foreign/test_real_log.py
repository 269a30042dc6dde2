"""The log as the sequencer writes it holds for other people's tools, also while its key changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from subjects.audit import keys
from subjects.audit.log_key import LogKey
from subjects.audit.models import AuditCheckpoint
from subjects.audit.publish import log_tiles
from subjects.audit.sequencer import sequence
from tests.audit.entries import chain
from tests.audit.foreign import logs
from tests.audit.foreign.check_with_foreign_tools import OF_A_LOG, check_log
from tests.audit.foreign.logs import Log
from tests.audit.foreign.test_foreign_tools import only

pytestmark = pytest.mark.django_db


def handed_out(folder: Path, key: LogKey, since: int = 0) -> Log:
    """Give what a stranger has who knows this key, and the checkpoints that it has signed."""
    *earlier, _ = AuditCheckpoint.objects.filter(size__gt=since).order_by("size")
    older = [folder / str(row.size) for row in earlier]
    for path, row in zip(older, earlier, strict=True):
        logs.put(path, bytes(row.note))
    logs.put(folder / "log.vkey", (key.vkey + "\n").encode())
    logs.put(folder / "log.pem", key.pem.encode())
    return Log(log_tiles().folder, folder / "log.vkey", folder / "log.pem", older)


@pytest.fixture
def two_logs(tmp_path: Path) -> tuple[Log, Log]:
    """Give one log twice: to somebody with the old key, and to somebody with the new one."""
    chain(255)
    sequence()
    chain(2)
    sequence()
    old, rotated_at = keys.log_keys()[0], AuditCheckpoint.objects.latest("size").size
    new = keys.rotate("log")
    for steps in (300, 1):
        chain(steps)
        sequence()
    return handed_out(tmp_path / "old", old), handed_out(tmp_path / "new", new, since=rotated_at)


@pytest.mark.parametrize("tool", OF_A_LOG)
def test_a_log_in_rotation_holds_under_the_old_key_and_the_new(tool, two_logs):
    for log in two_logs:
        one = only(check_log(log, [tool]))
        assert one.holds, one.said
    assert [len(log.older) for log in two_logs] == [3, 1]


@pytest.mark.parametrize("forge", [logs.changed_root, logs.changed_leaf, logs.cut_short])
def test_a_forged_one_does_not(forge: Callable[[Log], None], two_logs, tmp_path):
    forged = logs.copied(two_logs[1], tmp_path / "forged")
    forge(forged)
    assert only(check_log(forged, ["Go x/mod/sumdb"])).holds is False
