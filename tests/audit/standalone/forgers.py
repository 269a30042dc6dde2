"""Those who change a package. The careless one changes a file; the careful one also tidies up."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.bundles import read_bundle
from subjects.audit.standalone.merkle import leaf_hash, root_of
from subjects.audit.standalone.paths import TILE_WIDTH, bundles_of
from subjects.package.bag import lines_of
from subjects.package.sign import allowed_signers
from tests.audit.standalone.make_bag import close_bag, put
from tests.audit.standalone.make_log import ORIGIN, sha256_of, write_tiles

FORGERS_KEY = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)
Change = Callable[[list[bytes]], None]


def leaves_of(bag: Path) -> list[bytes]:
    """Read all entries of a package."""
    size = json.loads((bag / "data/export.json").read_bytes())["size"]
    bundles = [(bag / "data/log" / str(one)).read_bytes() for one in bundles_of(size)]
    return [leaf for bundle in bundles for leaf in read_bundle(bundle)]


def change_one_bundle(bag: Path, index: int, change: Change) -> None:
    """Change the entries of the bundle that holds `index`, and nothing else."""
    size = json.loads((bag / "data/export.json").read_bytes())["size"]
    bundle = list(bundles_of(size))[index // TILE_WIDTH]
    path = bag / "data/log" / str(bundle)
    leaves = read_bundle(path.read_bytes())
    change(leaves)
    path.write_bytes(b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves))


def rebuild(bag: Path, leaves: list[bytes]) -> None:
    """Write the whole tree anew over other entries. The signed checkpoint cannot be written."""
    log = bag / "data/log"
    checkpoint = (log / "checkpoint").read_bytes()
    shutil.rmtree(log)
    write_tiles(log, leaves, [leaf_hash(leaf) for leaf in leaves])
    (log / "checkpoint").write_bytes(checkpoint)


def tidy_up(bag: Path) -> None:
    """Write the manifests anew, and sign with a key of one's own, which the package then names."""
    put(
        bag / "data/keys/allowed_signers",
        allowed_signers(ORIGIN, FORGERS_KEY.public_key().public_bytes_raw()),
    )
    close_bag(bag, FORGERS_KEY)


def put_older_checkpoint_back(bag: Path, size: int) -> None:
    shutil.copy(bag / f"data/checkpoints/{size}", bag / "data/log/checkpoint")


def cut_tail(bag: Path, size: int) -> None:
    """Cut the log back to an older checkpoint, and remove whatever speaks of a longer log."""
    data = bag / "data"
    leaves = leaves_of(bag)[:size]
    put_older_checkpoint_back(bag, size)
    rebuild(bag, leaves)
    for later in (data / "checkpoints").iterdir():
        if int(later.name) > size:
            later.unlink()
    (data / "anchors/anchors.csv").write_bytes(b"file,kind,size,name,at\r\n")
    about = json.loads((data / "export.json").read_bytes())
    about |= {"size": size, "root": root_of(map(leaf_hash, leaves)).hex()}
    put(data / "export.json", json.dumps(about).encode())


def list_texts_anew(bag: Path) -> None:
    folder = bag / "data/policies"
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".sha256"]
    sums = {path.relative_to(folder).as_posix(): sha256_of(path.read_bytes()) for path in files}
    put(folder / "texts.sha256", lines_of(sums))
