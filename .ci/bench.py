"""Measures search, erasure, encoding and sealing on this machine: `make bench`."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import django
import numpy as np

ROOT: Final = Path(__file__).resolve().parent.parent
ROWS: Final = 100_000
BATCH: Final = 10_000
ROUNDS: Final = 9
WITHIN: Final = 0.6


def made_up(rows: int, seed: int) -> np.ndarray:
    """Make face codes that lie apart as those of strangers do: 0.85 on average, (rows, 128)."""
    spectrum = np.exp(-np.arange(128) / 40.0)
    numbers = np.random.default_rng(seed).standard_normal((rows, 128)) * spectrum
    return np.asarray(numbers * (0.85 / (np.sqrt(2) * np.linalg.norm(spectrum))))


def median_ms(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median time of an act in milliseconds, after one round that is not counted."""
    act()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def tell(what: str, milliseconds: float, more: str = "") -> None:
    """Print one line of the table."""
    print(f"{what:<58}{milliseconds:>10.1f} ms  {more}", flush=True)


def bench_store(folder: Path) -> None:
    """Measure the bundled store against the plainest exact search there is."""
    from subjects.stores.bundled.store import BundledStore  # noqa: PLC0415 - needs Django set up
    from subjects.stores.own import Enrolment  # noqa: PLC0415 - needs Django set up

    store = BundledStore("bench", name="Bench", directory=folder / "bench")
    codes = made_up(ROWS, 1)
    refs: list[str] = []
    begun = time.perf_counter()
    for start in range(0, ROWS, BATCH):
        batch = [Enrolment(vector=code, model="bench") for code in codes[start : start + BATCH]]
        refs.extend(store.enrol(batch))
    tell(f"enrol {ROWS:,} templates", (time.perf_counter() - begun) * 1000)
    probes = codes[:1] + made_up(1, 2) * 0.1
    exact = np.asarray(codes, np.float32).astype(np.float64)

    def plain() -> Sequence[int]:
        return np.flatnonzero(np.linalg.norm(exact - probes[0], axis=1) <= WITHIN).tolist()

    report = store.search(probes, within=WITHIN)
    found = {str(candidate.ref) for candidate in report.candidates}
    if report.compared != ROWS or found != {str(refs[row]) for row in plain()}:
        sys.exit("The store did not find exactly what the plain search found.")
    plain_ms = median_ms(plain)
    store_ms = median_ms(lambda: store.search(probes, within=WITHIN))
    tell("plain float64 search in memory, one probe", plain_ms)
    tell("bundled store, one probe", store_ms, f"{store_ms / plain_ms:.2f} of it, same finds")
    begun = time.perf_counter()
    store.erase(refs[:100])
    tell("erase 100 templates, read back", (time.perf_counter() - begun) * 1000)


def bench_encoder() -> None:
    """Measure from the bytes of a picture to its face code, with the child process."""
    from subjects.faces import encoder  # noqa: PLC0415 - needs Django set up

    pictures = sorted((ROOT / "demonstration" / "pictures").glob("person-*.jpg"))[:6]
    read = [picture.read_bytes() for picture in pictures]
    one_round = median_ms(lambda: [encoder.encode(picture) for picture in read], rounds=3)
    tell("decode, find and encode one portrait", one_round / len(read))


def bench_vault() -> None:
    """Measure sealing and opening."""
    from subjects import vault  # noqa: PLC0415 - needs Django set up

    megabyte = os.urandom(1 << 20)
    sealed = vault.seal(megabyte, context="bench")
    tell("seal 1 MiB", median_ms(lambda: vault.seal(megabyte, context="bench")))
    tell("open 1 MiB", median_ms(lambda: vault.unseal(sealed, context="bench")))


def main() -> None:
    """Measure everything in a folder of its own; the data of this installation is not touched."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PORTAL_VAR_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "rights_portal.settings"
        os.environ.pop("DATABASE_URL", None)
        sys.path.insert(0, str(ROOT))
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 - needs Django set up

        call_command("migrate", verbosity=0)
        print(f"Medians on {os.cpu_count()} cores; they move with whatever else runs here.")
        bench_store(Path(folder))
        bench_encoder()
        bench_vault()


if __name__ == "__main__":
    main()
