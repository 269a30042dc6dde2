"""A package over a made-up log, and the hands of a forger: a bag can be closed again at will."""

import json
import shutil
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.anchors import read_stamp
from subjects.audit.standalone.assemble import assemble
from subjects.audit.standalone.merkle import root_of
from subjects.audit.standalone.notes import COSIGNATURE_KEY, sign_cosignature, vkey_text
from subjects.audit.standalone.parts import VERIFIER
from subjects.audit.standalone.reading import read_log
from subjects.audit.standalone.views import views
from subjects.package.bag import lines_of
from subjects.package.sign import allowed_signers, sign
from tests.audit.authority import Signer, openssl
from tests.audit.standalone.make_log import ORIGIN, MadeLog, calendar, instant, make_log, sha256_of

WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([3]) * 32)
SALT = bytes(range(32))
LETTERS = {"extension.txt": "We need two further months.\n", "refusal.txt": "We refuse.\n"}


def texts() -> dict[str, bytes]:
    """Give what stands in data/policies: two letters, and the calendar."""
    calendar_bytes = json.dumps(calendar(), indent=1, sort_keys=True).encode()
    letters = {f"letters/{name}": text.encode() for name, text in LETTERS.items()}
    return {**letters, "calendar.json": calendar_bytes}


def texts_list() -> bytes:
    return lines_of({name: sha256_of(text) for name, text in texts().items()})


def packed_log(entries: int, **options: Any) -> MadeLog:
    """Make a log that publishes the texts of a bag."""
    return make_log(entries, texts=sha256_of(texts_list()), **options)


def make_bag(bag: Path, log: MadeLog, signer: Signer | None = None) -> Path:
    """Write a whole package; with `signer` there is a time stamp, and a witness has signed."""
    data = bag / "data"
    log.write(data / "log")
    notes = log.daily_notes()
    for size, note in notes.items():
        put(data / f"checkpoints/{size}", note)
    _keys(data, log)
    _anchors(data, notes, signer)
    for name, text in texts().items():
        put(data / f"policies/{name}", text)
    put(data / "policies/texts.sha256", texts_list())
    put(data / "redactions.jsonl", b"".join(json.dumps(r).encode() + b"\n" for r in log.redacted))
    put(data / "verify.py", assemble(VERIFIER).encode())
    write_views(data, log)
    close_bag(bag, log.export_key)
    return bag


def write_views(data: Path, log: MadeLog) -> None:
    """Write export.json and the tables."""
    last = max(log.days.values())
    start, end = "2026-01-01", last.isoformat()
    about = {
        "v": 1,
        "export": "0" * 32,
        "salt": SALT.hex(),
        "from": start,
        "to": end,
        "made": instant(datetime.combine(last, time(23, 59, 59), UTC)),
        "origin": ORIGIN,
        "size": len(log.hashes),
        "root": root_of(log.hashes).hex(),
        "pruned_below": 0,
        "software": "tests",
    }
    put(data / "export.json", json.dumps(about).encode())
    book = read_log(log.triples)
    for name, content in views(book, salt=SALT, start=start, end=end, calendar=calendar()).items():
        put(data / f"views/{name}", content)


def close_bag(bag: Path, key: Ed25519PrivateKey) -> None:
    """Write manifests and signature over whatever lies in data/, as a forger would too."""
    for tag in bag.glob("*.txt*"):
        tag.unlink()
    files = sorted(path for path in (bag / "data").rglob("*") if path.is_file())
    sums = {path.relative_to(bag).as_posix(): sha256_of(path.read_bytes()) for path in files}
    octets = sum(path.stat().st_size for path in files)
    manifest = lines_of(sums)
    put(bag / "bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    put(bag / "bag-info.txt", f"Payload-Oxum: {octets}.{len(files)}\n".encode())
    put(bag / "manifest-sha256.txt", manifest)
    public = key.public_key().public_bytes_raw()
    put(bag / "manifest-sha256.txt.sig", sign(manifest, public, key.sign))
    tags = sorted(path.name for path in bag.glob("*.txt*"))
    tag_sums = {name: sha256_of((bag / name).read_bytes()) for name in tags}
    put(bag / "tagmanifest-sha256.txt", lines_of(tag_sums))


def _keys(data: Path, log: MadeLog) -> None:
    put(data / "keys/log.vkey", f"{log.vkey}\n".encode())
    public = log.export_key.public_key().public_bytes_raw()
    put(data / "keys/allowed_signers", allowed_signers(ORIGIN, public))
    witness = vkey_text("office", WITNESS.public_key().public_bytes_raw(), COSIGNATURE_KEY)
    put(data / "keys/policy", f"log {log.vkey}\nwitness office {witness}\nquorum office\n".encode())


def _anchors(data: Path, notes: dict[int, bytes], signer: Signer | None) -> None:
    rows = ["file,kind,size,name,at"]
    if signer is not None:
        size = max(notes)
        stamp = stamped(signer, notes[size])
        put(data / f"anchors/{size}-1.tsr", stamp)
        shutil.copy(signer.ca_file, data / "anchors/tsa-ca.pem")
        at = read_stamp(stamp).instant
        rows.append(f"anchors/{size}-1.tsr,rfc3161,{size},clock,{at}")
        text = notes[size].partition(b"\n\n")[0] + b"\n"
        public = WITNESS.public_key().public_bytes_raw()
        line = sign_cosignature(text, "office", public, 1_800_000_000, WITNESS.sign)
        put(data / f"witness/{size}-1.cosig", line)
        rows.append(f"witness/{size}-1.cosig,cosignature,{size},office,2027-01-15T08:00:00Z")
    put(data / "anchors/anchors.csv", "".join(f"{row}\r\n" for row in rows).encode())


def stamped(signer: Signer, note: bytes) -> bytes:
    """Have a note stamped by openssl."""
    data, query = signer.folder / "note", signer.folder / "note.tsq"
    data.write_bytes(note)
    openssl("ts", "-query", "-data", data, "-sha256", "-cert", "-out", query)
    return signer.reply(query.read_bytes())


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
