"""Checks the pack of an order that it lies in: python3 -I data/verify.py [FOLDER OF THE PACK].

It needs Python 3.9 or newer and nothing else, and no network. Exit code 0: everything holds.
1: something does not. What stands open between the order and its proof is told as a note.
"""

from __future__ import annotations

import hmac
import json
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from subjects.audit.standalone.bagit import check_bag_files, check_bag_signature
from subjects.audit.standalone.bounded import read_whole
from subjects.audit.standalone.findings import Report
from subjects.audit.standalone.merkle import leaf_hash, verify_inclusion
from subjects.audit.standalone.notes import (
    NOTE_KEY,
    parse_checkpoint,
    parse_note,
    verified_by,
)
from subjects.audit.standalone.proofs import check_proof, read_proof
from subjects.audit.standalone.receipts import key_fingerprint, read_vkeys, stamp_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from subjects.audit.standalone.notes import Vkey

ORDER_PROVES: Final = (
    "It proves what was received, what each store answered when it was counted, and when; and that"
    " nothing was changed since. It does not prove that a store told all it holds, nor that every"
    " byte has left every disk."
)
_SCOPE_PARTS: Final = ("country", "source_suffix", "collected_from", "collected_to")
_SAME_IN_DETAILS: Final = ("authority", "reference", "legal_basis", "received_on", *_SCOPE_PARTS)


def order_main(arguments: Sequence[str]) -> int:
    """Check a pack and say in words what holds. Gives the exit code."""
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    report = Report()
    used: set[Vkey] = set()
    try:
        check_bag_files(folder, report)
        check_bag_signature(folder, report)
        keys = read_vkeys(read_whole(folder / "data/keys/log.vkey"))
        OrderCheck(folder / "data", keys, report, used).check_all()
    except Exception as error:  # noqa: BLE001 - whatever a forger thought of, there is a verdict
        report.fails("the rest cannot be read", f"{type(error).__name__}: {error}")
    for finding in report.findings:
        for line in finding.lines():
            _speak(line)
    # A key that is only listed and has signed nothing would lend its good name.
    for key in sorted(used):
        _speak("Signed by the log with the key of this SHA-256: " + key_fingerprint(key))
    _speak("Compare each with what you have from elsewhere: else anybody could have made this.")
    failed = sum(one.holds is False for one in report.findings)
    whole = report.whole
    _speak("Everything that was checked holds. " + ORDER_PROVES if whole else "")
    if not whole:
        _speak(f"This DOES NOT HOLD: {failed} of {len(report.findings)} checks fail.")
    return 0 if whole else 1


class OrderCheck:
    """One pack: its entries in the log, and what order.json says of them."""

    def __init__(self, data: Path, keys: Sequence[Vkey], report: Report, used: set[Vkey]) -> None:
        self.data, self.keys, self.report = data, keys, report
        self.used = used
        """The keys that have signed any of it."""
        self.told: dict[str, Any] = json.loads(read_whole(data / "order.json"))
        self.leaves: dict[int, dict[str, Any]] = {}
        self.details: dict[int, dict[str, Any]] = {}

    def check_all(self) -> None:
        """Check entries, openings, facts, counts, erasures, penalty and stamps."""
        self._check_entries()
        self._check_facts()
        self._check_counts()
        self._check_erasures()
        self._check_penalty()
        self._check_stamps()
        points = self.told["open_points"]
        if points:
            self.report.note("what stands open, as the pack itself says", *points)

    def _check_entries(self) -> None:
        problems: list[str] = []
        for path in sorted(self.data.glob("entries/*.tlog-proof")):
            index = int(path.name.partition(".")[0])
            leaf = read_whole(self.data / f"entries/{index}.json")
            proof = read_whole(path)
            try:
                check_proof(proof, leaf, self.keys)
            except ValueError as error:
                problems.append(f"entry {index}: {error}")
            self.used.update(verified_by(parse_note(read_proof(proof).note), self.keys))
            if read_proof(proof).index != index:
                problems.append(f"entry {index}: its proof is of another place")
            self.leaves[index] = json.loads(leaf)
            problems += self._opened(index)
        self.report.says(
            f"{len(self.leaves)} entries of the order stand in the log, with these details",
            "entries of the order are not those of the log",
            problems,
        )

    def _opened(self, index: int) -> list[str]:
        """Open the details behind an entry; they may have been erased since."""
        path = self.data / f"entries/{index}.opening.json"
        if not path.is_file():
            return []
        opening = json.loads(read_whole(path))
        payload = str(opening["payload"]).encode("utf-8")
        digest = hmac.new(bytes.fromhex(opening["salt"]), payload, "sha256").hexdigest()
        self.details[index] = json.loads(payload)
        if self.leaves[index].get("pc") == "hmac-sha256:" + digest:
            return []
        return [f"entry {index}: its details are not those that it promises"]

    def _check_facts(self) -> None:
        index = int(self.told["received_entry"])
        leaf, details = self.leaves[index], self.details.get(index, {})
        problems = []
        for name, shown in (
            ("type", "order.received"),
            ("order", self.told["order"]),
            ("kind", self.told["kind"]),
            ("due", self.told["due_on"]),
        ):
            if leaf.get(name) != shown:
                problems.append(f"entry {index} has another {name} than order.json")
        problems += [
            f"the details of entry {index} have another {name}"
            for name in (_SAME_IN_DETAILS if details else ())
            if (details.get(name) or None) != (self.told[name] or None)
        ]
        self.report.says(
            "the facts of the order are those that the log received",
            "the facts of the order are not those of the log",
            problems,
        )

    def _check_counts(self) -> None:
        problems = []
        listed = [int(one["entry"]) for one in self.told["counts"]]
        there = [at for at, leaf in self.leaves.items() if leaf.get("type") == "order.counted"]
        if sorted(listed) != sorted(there) or len(set(listed)) != len(listed):
            problems.append("order.json does not list each count once")
        for one in self.told["counts"]:
            problems += self._count_problems(int(one["entry"]), one)
        self.report.says(
            f"{len(listed)} counts are those that the log holds, store by store",
            "counts are not those of the log",
            problems,
        )

    def _count_problems(self, index: int, told: Mapping[str, Any]) -> list[str]:
        leaf, details = self.leaves.get(index, {}), self.details.get(index, {})
        if leaf.get("order") != self.told["order"]:
            return [f"entry {index} is not about this order"]
        undetermined = details.get("undetermined", {})
        wanted = [
            (each["alias"], each.get("total"), each["counted"], each.get("undetermined"))
            for each in told["stores"]
        ]
        held = [
            (
                each["alias"],
                each.get("total"),
                each.get("count"),
                undetermined.get(each["alias"], each.get("undetermined")),
            )
            for each in leaf.get("stores", ())
        ]
        if details and details.get("moment") != told["moment"]:
            return [f"entry {index} was counted at another moment"]
        return [] if wanted == held else [f"entry {index} has other numbers than order.json"]

    def _check_erasures(self) -> None:
        raw = read_whole(self.data / "log/checkpoint")
        note = parse_note(raw)
        tree = parse_checkpoint(note.text)
        own = [one for one in self.keys if (one.name, one.algorithm) == (tree.origin, NOTE_KEY)]
        signed = verified_by(note, own)
        self.used.update(signed)
        problems = [] if signed else ["log/checkpoint is not signed"]
        sums: dict[str, int] = {}
        lines = read_whole(self.data / "erasures.jsonl").decode("ascii").splitlines()
        seen: set[int] = set()
        proved = 0
        for line in lines:
            row = json.loads(line)
            index, leaf = int(row["index"]), str(row["leaf"]).encode("ascii")
            said = json.loads(leaf)
            if index in seen or said.get("type") != "template.erased":
                problems.append(f"entry {index} is no erasure, or stands there twice")
            seen.add(index)
            sums[said["sys"]] = sums.get(said["sys"], 0) + int(said["count"])
            if "hashes" in row:
                hashes = [bytes.fromhex(one) for one in row["hashes"]]
                proved += 1
                if not verify_inclusion(index, tree.size, leaf_hash(leaf), hashes, tree.root):
                    problems.append(f"entry {index} does not stand in the log like this")
        if sums != self.told["erased_since"]:
            problems.append("the sums of erasures in order.json are others")
        self.report.says(
            f"{len(lines)} entries of erasures since the order, {proved} of them proved here",
            "erasures are not those of the log",
            problems,
        )

    def _check_penalty(self) -> None:
        clock = self.told["penalty"]
        if not clock:
            return
        start, end = (date.fromisoformat(clock[name]) for name in ("runs_from", "through"))
        days = max((end - start).days, 0)
        amount = days * int(clock["a_day"])
        if clock["most"] is not None:
            amount = min(amount, int(clock["most"]))
        self.report.says(
            f"the penalty is {days} days, {amount} euro",
            "the penalty was computed wrongly",
            [] if (days, amount) == (clock["days"], clock["amount"]) else [f"it is {amount} euro"],
        )

    def _check_stamps(self) -> None:
        """Check what each time stamp was put on. Its signature is openssl's to check."""
        problems, times = [], []
        for path in sorted(self.data.glob("anchors/*.tsr")):
            stamped = read_whole(path.with_suffix(".checkpoint"))
            token = read_whole(path)
            at = stamp_time(token)
            if at is None or sha256(stamped).digest() not in token:
                problems.append(f"{path.name} is not of the checkpoint beside it")
            else:
                times.append(f"{at:%Y-%m-%d %H:%M:%S} UTC")
        if problems or times:
            said = "time stamps say that the log stood like this at " + ", ".join(times)
            self.report.says(said, "time stamps do not fit", problems)
        else:
            self.report.note("there is no time stamp: nobody outside the house says when")


def _speak(text: str) -> None:
    # A console of another encoding must not stop the verdict.
    known = sys.stdout.encoding or "ascii"
    print(text.encode(known, "replace").decode(known))  # noqa: T201 - a program that speaks


if __name__ == "__main__":
    sys.exit(order_main(sys.argv[1:]))
