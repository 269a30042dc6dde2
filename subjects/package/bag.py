"""A BagIt bag (RFC 8493), written file by file: what is hashed is what was written."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST: Final = "manifest-sha256.txt"
SIGNATURE: Final = "manifest-sha256.txt.sig"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
_NAME: Final = re.compile(r"[A-Za-z0-9._/+-]{1,400}")


@dataclass
class Bag:
    """A bag under construction in an empty `folder`. `close` makes it whole."""

    folder: Path
    sums: dict[str, str] = field(default_factory=dict)
    tag_sums: dict[str, str] = field(default_factory=dict)
    octets: int = 0

    def write(self, path: str, content: bytes) -> None:
        """Write one file below `data/`."""
        self.stream(path, [content])

    def stream(self, path: str, parts: Iterable[bytes]) -> None:
        """Write one file below `data/` part by part: it is never whole in memory."""
        name = f"data/{path}"
        self.sums[name], octets = self._put(name, parts)
        self.octets += octets

    def close(self, info: Mapping[str, str], sign: Callable[[bytes], bytes]) -> str:
        """Write manifests, signature and tags; give the SHA-256 of the manifest in hex.

        The signature lies beside the manifest as a tag file, and the tag manifest covers it.
        """
        manifest = lines_of(self.sums)
        facts = {**info, "Payload-Oxum": f"{self.octets}.{len(self.sums)}"}
        told = "".join(f"{name}: {' '.join(text.split())}\n" for name, text in facts.items())
        self._tag("bagit.txt", DECLARATION)
        self._tag("bag-info.txt", told.encode())
        self._tag(MANIFEST, manifest)
        self._tag(SIGNATURE, sign(manifest))
        self._put(TAG_MANIFEST, [lines_of(self.tag_sums)])
        return hashlib.sha256(manifest).hexdigest()

    def _tag(self, name: str, content: bytes) -> None:
        self.tag_sums[name], _ = self._put(name, [content])

    def _put(self, name: str, parts: Iterable[bytes]) -> tuple[str, int]:
        if not _NAME.fullmatch(name) or ".." in PurePosixPath(name).parts:
            message = f"no name for a file of a bag: {name!r}"
            raise ValueError(message)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, octets = hashlib.sha256(), 0
        with path.open("xb") as file:
            for part in parts:
                file.write(part)
                digest.update(part)
                octets += len(part)
        return digest.hexdigest(), octets


def lines_of(sums: Mapping[str, str]) -> bytes:
    """Write sums as `sha256sum -c` reads them: two spaces, sorted by path."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
