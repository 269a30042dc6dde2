"""Lets tools that others wrote look at a log or a package of ours, and says which were not there.

    python -m tests.audit.foreign.check_with_foreign_tools FOLDER

FOLDER is a package for an authority (a bag). The exit code is 1 when one of them refuses it.
"""

import csv
import json
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from subjects.audit.standalone.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    subtrees_of,
)
from subjects.audit.standalone.notes import parse_checkpoint, parse_note, parse_vkey
from tests.audit.foreign.logs import Log
from tests.audit.foreign.tools import (
    HERE,
    Verdict,
    aics_tlog,
    ask,
    go_checker,
    noble,
    program,
    verdict,
)

SAMPLES: Final = 64
"""So many entries are proved one by one to Go."""


def openssl_reads_the_checkpoint(log: Log, work: Path) -> str:
    """Check the signature with nothing but openssl, as VERIFY.txt tells an inspector."""
    openssl = program("openssl", "openssl")
    note = parse_note((log.folder / "checkpoint").read_bytes())
    vkey = parse_vkey(log.vkey.read_text("utf-8").splitlines()[0])
    lines = [one.signature for one in note.signatures if one[:2] == vkey[:2]]
    body, signature = work / "body", work / "signature"
    body.write_bytes(note.text)
    signature.write_bytes(b"".join(lines))
    inputs = ["-inkey", log.pem, "-rawin", "-in", body, "-sigfile", signature]
    return ask(openssl, "pkeyutl", "-verify", "-pubin", *inputs)


def noble_reads_the_checkpoint(log: Log, _: Path) -> str:
    """Check the signature in JavaScript."""
    module = noble()
    node = program("node", "nodejs")
    return ask(node, HERE / "noble.mjs", module, log.folder / "checkpoint", log.vkey)


def go_reads_the_log(log: Log, work: Path) -> str:
    """Check note, entries, tiles, root and our own proofs with the Go checksum database's code."""
    checker = go_checker()
    claims = work / "claims.json"
    claims.write_text(json.dumps(claims_about(log)), "utf-8")
    return ask(checker, "check", log.folder, log.vkey, claims)


def aics_counts_witnesses(log: Log, witnesses: Sequence[str], quorum: int) -> str:
    """Check that so many of these witnesses (their vkeys) have cosigned the checkpoint."""
    command = aics_tlog()
    key = ["--log-key", log.vkey.read_text("utf-8").splitlines()[0], "--tiles", log.folder]
    named = [part for vkey in witnesses for part in ("--witness-key", vkey)]
    return ask(command, "verify-checkpoint", *key, *named, "--quorum", quorum)


def aics_reads_the_log(log: Log, work: Path) -> str:
    """Check note, the first, middle and last entry, and the growth since older checkpoints."""
    command = aics_tlog()
    key = ["--log-key", log.vkey.read_text("utf-8").splitlines()[0], "--tiles", log.folder]
    said = [ask(command, "verify-checkpoint", *key)]
    leaves, leaf = log.leaves(), work / "leaf"
    for index in sorted({0, log.size // 2, log.size - 1}):
        leaf.write_bytes(leaves[index] if index < len(leaves) else b"")
        said.append(ask(command, "verify-inclusion", *key, "--index", index, "--leaf", leaf))
    said += [
        ask(command, "verify-consistency", *key, "--old-checkpoint", older)
        for older in {*log.older[:1], *log.older[-1:]}
    ]
    return f"{len(said)} questions, all answered well"


def sha256sum_reads_the_package(bag: Path) -> str:
    """Compare every file with the sums of the package."""
    ask(
        *(program("sha256sum", "coreutils"), "--check", "--strict", "--quiet"),
        *("manifest-sha256.txt", "tagmanifest-sha256.txt"),
        within=bag,
    )
    return "every sum is right"


def bagit_reads_the_package(bag: Path) -> str:
    """Validate the package with the Library of Congress's own tool: no file too many either."""
    return ask(sys.executable, "-m", "bagit", "--validate", bag).splitlines()[-1]


def ssh_keygen_reads_the_package(bag: Path) -> str:
    """Check who signed the manifest."""
    signers = bag / "data" / "keys" / "allowed_signers"
    return ask(
        *(program("ssh-keygen", "openssh-client"), "-Y", "verify", "-n", "dsr-audit-export"),
        *("-f", signers, "-I", signers.read_text("utf-8").split(" ")[0]),
        *("-s", bag / "manifest-sha256.txt.sig"),
        given=(bag / "manifest-sha256.txt").read_bytes(),
    )


def openssl_reads_the_stamps(bag: Path) -> str:
    """Check each time stamp over its checkpoint, as of its own time: certificates run out."""
    openssl, data = program("openssl", "openssl"), bag / "data"
    with (data / "anchors" / "anchors.csv").open(newline="", encoding="utf-8") as file:
        stamps = [row for row in csv.DictReader(file) if row["file"].endswith(".tsr")]
    for row in stamps:
        at = int(datetime.fromisoformat(row["at"]).timestamp())
        ask(
            *(openssl, "ts", "-verify", "-data", data / "checkpoints" / row["size"]),
            *("-in", data / row["file"], "-CAfile", data / "anchors" / "tsa-ca.pem"),
            *("-attime", at),
        )
    return f"{len(stamps)} time stamps hold"


OF_A_LOG: Final[Mapping[str, Callable[[Log, Path], str]]] = {
    "openssl pkeyutl": openssl_reads_the_checkpoint,
    "node @noble/ed25519": noble_reads_the_checkpoint,
    "Go x/mod/sumdb": go_reads_the_log,
    "aics-tlog": aics_reads_the_log,
}
OF_A_PACKAGE: Final[Mapping[str, Callable[[Path], str]]] = {
    "sha256sum": sha256sum_reads_the_package,
    "bagit": bagit_reads_the_package,
    "ssh-keygen": ssh_keygen_reads_the_package,
    "openssl ts": openssl_reads_the_stamps,
}


def claims_about(log: Log) -> dict[str, list[dict[str, object]]]:
    """Prove with our own code what Go then checks; nothing, when the log is too broken for that."""
    try:
        hashes = [leaf_hash(leaf) for leaf in log.leaves()]
    except (OSError, ValueError):
        return {}
    size, subtree = len(hashes), subtrees_of(hashes)
    if size != log.size:
        return {}
    older = [parse_checkpoint(parse_note(path.read_bytes()).text) for path in log.older]
    return {
        "Inclusion": [
            {"Index": index, "Proof": _base64(inclusion_proof(index, size, subtree))}
            for index in sorted({size * step // SAMPLES for step in range(SAMPLES)} | {size - 1})
        ],
        "Consistency": [
            {
                "Old": one.size,
                "Root": b64encode(one.root).decode(),
                "Proof": _base64(consistency_proof(one.size, size, subtree)),
            }
            for one in older
        ],
    }


def check_log(log: Log, tools: Sequence[str] = tuple(OF_A_LOG)) -> list[Verdict]:
    """Let these tools look at a log."""
    with tempfile.TemporaryDirectory() as work:
        return [verdict(tool, lambda tool=tool: OF_A_LOG[tool](log, Path(work))) for tool in tools]


def check_package(bag: Path, tools: Sequence[str] = tuple(OF_A_PACKAGE)) -> list[Verdict]:
    """Let these tools look at a package, not at the log in it."""
    return [verdict(tool, lambda tool=tool: OF_A_PACKAGE[tool](bag)) for tool in tools]


def main(folder: Path) -> int:
    """Print a line for each tool; 1 when one of them refuses."""
    verdicts = [*check_package(folder), *check_log(Log.of_package(folder))]
    words = {True: "holds", False: "REFUSED", None: "not here"}
    for one in verdicts:
        print(f"{words[one.holds]:9} {one.tool:20} {one.said}")  # noqa: T201 - a script speaks
    return int(any(one.holds is False for one in verdicts))


def _base64(hashes: Sequence[bytes]) -> list[str]:
    return [b64encode(one).decode() for one in hashes]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
