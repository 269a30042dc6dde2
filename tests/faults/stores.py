"""A bundled store that obeys orders to lie or to stand still, and keeps a journal of its erasures.

An order is a file in the folder `FAULTS_ORDERS`, so that it reaches whichever process works.
"""

import json
import os
import signal
from collections.abc import Collection
from pathlib import Path

from subjects.stores.base import ErasureReport, SearchReport, TemplateRef
from subjects.stores.bundled.store import BundledStore

JOURNAL = "erased.jsonl"


def orders() -> Path:
    return Path(os.environ["FAULTS_ORDERS"])


class UnreliableStore(BundledStore):
    """Orders: `lie-ALIAS`, `deny-ALIAS`, `stop-search`, `stop-erase`, `stop-erased`."""

    def search(self, *arguments: object, **options: object) -> SearchReport:
        """Search, after standing still if ordered to."""
        stand_still("search")
        return super().search(*arguments, **options)

    def erase(self, refs: Collection[TemplateRef]) -> ErasureReport:
        """Erase and note what was erased, or say so and do nothing."""
        if self._ordered("lie") or self._ordered("deny"):
            refs = frozenset(refs)
            return ErasureReport(refs, frozenset(), len(refs), 0, len(refs), "All of it is gone.")
        stand_still("erase")
        report = super().erase(refs)
        with (orders().parent / JOURNAL).open("a") as journal:
            journal.writelines(json.dumps([self.alias, ref]) + "\n" for ref in report.erased)
        stand_still("erased")
        return report

    def holds(self, refs: Collection[TemplateRef]) -> set[TemplateRef]:
        """Say what is held, or deny everything."""
        return set() if self._ordered("deny") else super().holds(refs)

    def _ordered(self, what: str) -> bool:
        return (orders() / f"{what}-{self.alias}").exists()


def stand_still(where: str) -> None:
    """Stop this process, as a machine that swaps or a host that sleeps would; once an order."""
    try:
        (orders() / f"stop-{where}").rename(orders() / f"stopped-{os.getpid()}")
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGSTOP)
