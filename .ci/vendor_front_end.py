"""Fetch the vendored front end again as `vendor.toml` describes it, or only check the files.

Without arguments each package is fetched with `npm pack`, its archive compared with
`integrity`, and each file rewritten. With `--check` nothing is fetched: the committed files
are compared with their `sha512`. Exit code 1 when a sum differs.
"""

import base64
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def without_rules(css: str, opening: str) -> str:
    """Drop every rule that begins with the pattern `opening`, up to its closing brace."""
    while found := re.search(opening + r"[^{]*\{", css):
        end, depth = found.end(), 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        css = css[: found.start()] + css[end:]
    return css


def without_crest(css: str) -> str:
    """Drop the Crown's crest, which a page outside the British State may not show."""
    masks = r"@supports \(\(-webkit-mask-position:initial\) or \(mask-position:initial\)\)"
    return without_rules(without_rules(css, masks), r"\.govuk-footer__copyright-logo:before")


def without_font_faces(css: str) -> str:
    """Drop the fonts, with the notice that they are licensed to gov.uk alone."""
    return without_rules(css, r"(/\*![^*]*exclusive use on gov\.uk[^*]*\*/\s*)?@font-face")


def with_system_fonts(css: str) -> str:
    """Leave the choice of the font to `portal.css`."""
    return css.replace("GDS Transport,arial,sans-serif", "var(--portal-font,sans-serif)")


def without_source_map(text: str) -> str:
    """Drop the address of a source map that is not committed."""
    return re.sub(r"\n?(/\*|//)# sourceMappingURL=\S+( \*/)?\n?", "\n", text)


CHANGES: dict[str, Callable[[str], str]] = {
    "no-font-faces": without_font_faces,
    "system-fonts": with_system_fonts,
    "no-crest": without_crest,
    "no-source-map": without_source_map,
}


def fetch(package: dict[str, Any], folder: Path) -> Path:
    """Fetch the archive of a package with npm; stop when it is not the archive we know."""
    wanted = f"{package['name']}@{package['version']}"
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), wanted]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - names from vendor.toml
    (archive,) = folder.glob("*.tgz")
    digest = hashlib.sha512(archive.read_bytes()).digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != package["integrity"]:
        sys.exit(
            f"{wanted}: the archive is not the one that vendor.toml names. Nothing was changed."
        )
    return archive


def renew(package: dict[str, Any]) -> None:
    """Write every file of a package anew from its archive."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tarfile.open(fetch(package, Path(folder))) as archive,
    ):
        for file in package["file"]:
            if "source" not in file:
                continue
            member = archive.extractfile(f"package/{file['source']}")
            if member is None:
                sys.exit(f"{package['name']}: {file['source']} is not a file.")
            text = member.read().decode()
            for change in file.get("changes", []):
                text = CHANGES[change](text)
            target = ROOT / file["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")


def differences(package: dict[str, Any]) -> list[str]:
    """Compare each file with its sum; one sentence for each that differs."""
    found = []
    for file in package["file"]:
        path = ROOT / file["path"]
        digest = hashlib.sha512(path.read_bytes()).hexdigest() if path.exists() else "missing"
        if digest != file["sha512"]:
            found.append(f"{file['path']}: vendor.toml does not say this sum\n  {digest}")
    return found


def main(arguments: list[str]) -> int:
    """Renew and compare, or with `--check` only compare."""
    packages = tomllib.loads((ROOT / "vendor.toml").read_text(encoding="utf-8"))["package"]
    if "--check" not in arguments:
        for package in packages:
            renew(package)
    found = [line for package in packages for line in differences(package)]
    print("\n".join(found) or "The vendored front end is as vendor.toml says.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
