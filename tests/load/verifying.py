"""The verifier that authorities get, on a made-up log: as it is shipped, and the root alone.

Run by `bench_log`; it prints one JSON object.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from subjects.audit.standalone.assemble import assemble
from subjects.audit.standalone.merkle import root_of
from subjects.audit.standalone.parts import VERIFIER
from tests.audit.standalone.make_bag import make_bag, packed_log
from tests.audit.standalone.make_log import MadeLog

ENTRIES = 2_000 if os.environ.get("BENCH_SMALL") == "1" else 100_000
ROUNDS = 3


def run(program: Path, place: Path, *words: str) -> tuple[float, int]:
    """Run the verifier as an inspector does; give the processor seconds it took, and its code."""
    command = [sys.executable, "-I", str(program), str(place), *words]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # our own program
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, done.returncode


def best(program: Path, place: Path, *words: str) -> tuple[float, bool]:
    """Give the fastest of a few runs, and whether all of them found everything right."""
    runs = [run(program, place, *words) for _ in range(ROUNDS)]
    return min(seconds for seconds, _ in runs), all(code == 0 for _, code in runs)


def one_byte_is_seen(program: Path, log: MadeLog, folder: Path) -> bool:
    """Change one byte of one entry in the middle, and see the verifier refuse it."""
    bundle = sorted((folder / "tile/entries").rglob("[0-9]*"))[len(log.leaves) // 512]
    raw = bundle.read_bytes()
    bundle.write_bytes(raw.replace(b'"step":', b'"stfp":', 1))
    refused = run(program, folder, "--key", log.vkey)[1] == 1
    bundle.write_bytes(raw)
    return refused


def main() -> None:
    """Make a log and a package, check both, and the root by itself."""
    log = packed_log(ENTRIES)
    entries = len(log.leaves)
    with tempfile.TemporaryDirectory() as scratch:
        program, folder = Path(scratch) / "verify.py", Path(scratch) / "log"
        program.write_text(assemble(VERIFIER), "utf-8")
        log.write(folder)
        bag = make_bag(Path(scratch) / "bag", log)
        of_folder, good = best(program, folder, "--key", log.vkey)
        of_bag, good_bag = best(program, bag)
        seen = one_byte_is_seen(program, log, folder)
    begun = time.process_time()
    root = root_of(log.hashes)
    took = time.process_time() - begun
    told = {
        "entries": entries,
        "log_folder": entries / of_folder,
        "package": entries / of_bag,
        "package_seconds": of_bag,
        "root": entries / took,
        "right": good and good_bag and seen and log.note(root=root) == log.note(),
    }
    print(json.dumps(told))  # noqa: T201  # the answer


if __name__ == "__main__":
    main()
