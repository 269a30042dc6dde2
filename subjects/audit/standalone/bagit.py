"""The files of a bag (RFC 8493): each with its sum, none missing, none added; and who signed."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from subjects.audit.standalone.bounded import read_text, read_whole
from subjects.audit.standalone.findings import Unreadable
from subjects.audit.standalone.sshsig import (
    SSH_NAMESPACE,
    Signer,
    SshRefused,
    parse_signers,
    parse_sshsig,
    ssh_fingerprint,
    verify_sshsig,
)

if TYPE_CHECKING:
    from pathlib import Path

    from subjects.audit.standalone.findings import Report

BAG_TAGS: Final = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha256.txt.sig")
TAG_MANIFEST_NAME: Final = "tagmanifest-sha256.txt"
_SUM_LINE: Final = re.compile(r"([0-9a-f]{64})  (\S.*)")
_OXUM: Final = re.compile(r"^Payload-Oxum: ([0-9]+)\.([0-9]+)\r?$", re.MULTILINE)
_BLOCK: Final = 1 << 20


def check_bag_files(bag: Path, report: Report) -> None:
    """Check every file against the manifests, and that there is no other one."""
    problems: list[str] = []
    if not _tag(bag / "bagit.txt", problems).startswith("BagIt-Version: 1.0\n"):
        problems.append("bagit.txt does not say BagIt-Version: 1.0")
    payload = _read_sums(bag / "manifest-sha256.txt", problems)
    tags = _read_sums(bag / TAG_MANIFEST_NAME, problems)
    there = {
        path.relative_to(bag).as_posix()
        for path in bag.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
    # A link may lead to what is not here, a pipe or a device never ends.
    odd = {name for name in there if (bag / name).is_symlink() or not (bag / name).is_file()}
    problems += [f"{name} is a link, or no file at all" for name in sorted(odd)]
    listed = payload.keys() | tags.keys() | {TAG_MANIFEST_NAME}
    problems += [f"{name} is in the manifest, and is missing" for name in sorted(listed - there)]
    problems += [f"{name} is in no manifest: it was added" for name in sorted(there - listed)]
    problems += [f"{name} is not in the tag manifest" for name in BAG_TAGS if name not in tags]
    problems += [f"{name} lies outside data/" for name in payload if not name.startswith("data/")]
    # The tag manifest is not signed: it must not speak of what the signed one covers.
    problems += [f"{name} is in the tag manifest" for name in tags if name.startswith("data/")]
    octets = 0
    for name, wanted in sorted([*tags.items(), *payload.items()]):
        if name in there - odd:
            found, size = file_sum(bag / name)
            octets += size if name in payload else 0
            if found != wanted:
                problems.append(f"{name} was changed: it has another SHA-256")
    info = _tag(bag / "bag-info.txt", problems) if "bag-info.txt" in there - odd else ""
    oxum = _OXUM.search(info)
    if oxum and (int(oxum[1]), int(oxum[2])) != (octets, len(payload)):
        problems.append(
            f"bag-info.txt counts {oxum[1]} octets in {oxum[2]} files, there are others"
        )
    report.says(
        f"all {len(payload)} files are those of the manifest, and there is no other one",
        "files are not those of the manifest",
        problems,
    )


def check_bag_signature(bag: Path, report: Report) -> Signer | None:
    """Check who signed the manifest; give the signer whom the package itself names."""
    try:
        signers = parse_signers(read_text(bag / "data/keys/allowed_signers"))
        signature = parse_sshsig(read_text(bag / "manifest-sha256.txt.sig"))
        manifest = read_whole(bag / "manifest-sha256.txt")
    except (Unreadable, SshRefused) as error:
        report.fails("the signature of the manifest cannot be read", error)
        return None
    signer = next((one for one in signers if one.key == signature.key), None)
    problems: list[str] = []
    if signer is None:
        problems.append(
            f"it is signed with {ssh_fingerprint(signature.key)}, a key that"
            " data/keys/allowed_signers does not name"
        )
    elif signer.namespaces and signature.namespace not in signer.namespaces:
        problems.append(f"its namespace is {signature.namespace}")
    if signature.namespace != SSH_NAMESPACE:
        problems.append(f"it was signed for {signature.namespace}, not for {SSH_NAMESPACE}")
    if not verify_sshsig(manifest, signature):
        problems.append("the manifest was changed after it was signed")
    named = signer.identity if signer else "nobody"
    report.says(
        f"the manifest is signed by {named}, key {ssh_fingerprint(signature.key)}",
        "the signature of the manifest is not good",
        problems,
    )
    return signer


def file_sum(path: Path) -> tuple[str, int]:
    """Give the SHA-256 of a file in hex, and its length in octets."""
    digest, octets = sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            octets += len(block)
    return digest.hexdigest(), octets


def _tag(path: Path, problems: list[str]) -> str:
    """Read a tag file; one that cannot be read is a problem and empty."""
    try:
        return read_text(path)
    except Unreadable:
        problems.append(f"{path.name} cannot be read")
        return ""


def _read_sums(path: Path, problems: list[str]) -> dict[str, str]:
    """Read lines of `sha256  path`; a path that leaves the bag is a problem and left out."""
    sums: dict[str, str] = {}
    for line in _tag(path, problems).splitlines():
        found = _SUM_LINE.fullmatch(line)
        name = found[2] if found else ""
        if found is None or name in sums or name.startswith("/") or ".." in name.split("/"):
            problems.append(f"{path.name} has a line that is no sum and path, or one twice")
        else:
            sums[name] = found[1]
    return sums
