"""An entry that was written by mistake is blanked; its hash stands, and the log says so."""

from subjects.audit import blank, sequencer
from subjects.audit.log import Entry


def redact_entry(index: int, reason: str) -> Entry:
    """Blank entry `index` in the database and in the published log; give the entry that says so.

    Run it as the owner of the log's tables, on the machine of the published log. Raises
    RedactionRefused, LogOwnerNeeded, and what `sequence` raises. Whatever comes in between, once
    the database has it the next `sequence` finishes the files.
    """
    sequencer.drain()  # the entry is published, and the log stands well
    with sequencer.alone(wait=True):
        sequencer.compare()
        said = blank.redact(index, reason)
    bring_out()
    return said


def bring_out() -> None:
    """Publish what the log says of blanked entries, and blank them in the published log.

    In this order: a file that is blank before the log says so looks like a forgery.
    """
    try:
        sequencer.drain()
    finally:
        with sequencer.alone(wait=True):
            blank.finish()
    blank.clear_remains()
