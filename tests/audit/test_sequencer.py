"""The sequencer numbers every entry once, and signs nothing that contradicts what it published."""

import pytest

from subjects.audit.models import AuditCheckpoint, AuditEntry, AuditOutbox
from subjects.audit.publish import log_tiles
from subjects.audit.sequencer import sequence
from tests.audit.entries import chain, write

pytestmark = pytest.mark.django_db


def test_every_waiting_entry_gets_its_number_and_leaves_the_queue():
    case, first = chain(3)
    _, second = chain(2)
    checkpoint = sequence()
    assert checkpoint.size == 5
    assert [bytes(one.leaf_hash) for one in AuditEntry.objects.order_by("index")] == [
        entry.leaf_hash for entry in [*first, *second]
    ]
    assert not AuditOutbox.objects.exists()
    tiles = log_tiles()
    assert list(tiles.entries(0, 5)) == [entry.leaf for entry in [*first, *second]]
    assert tiles.checkpoint() == bytes(AuditCheckpoint.objects.get().note)
    write(case, 300)
    assert sequence(most=100).size == 105
    assert sequence().size == 305
    assert sequence() is None
    assert tiles.tree(305).root() == bytes(AuditCheckpoint.objects.get(size=305).root)
