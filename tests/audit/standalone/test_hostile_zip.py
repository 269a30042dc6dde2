"""ZIP files made to be taken for something else."""

import shutil
import zipfile
from pathlib import Path

import pytest

from subjects.audit.standalone.main import main
from tests.audit.standalone.conftest import Says


def packed(place: Path, *files: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return place


def test_a_name_in_an_archive_does_not_lead_to_another_package(bag: Path, tmp_path: Path) -> None:
    declaration = (bag / "bagit.txt").read_bytes()
    for name in (f"{bag}/bagit.txt", f"/../../../../../../../..{bag}/bagit.txt"):
        assert main([str(packed(tmp_path / "x.zip", (name, declaration)))]) != 0


def test_nothing_lies_beside_the_package_that_was_checked(
    bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "package"), "zip", bag.parent, bag.name))
    assert main([str(archive)]) == 0
    with zipfile.ZipFile(archive, "a") as more:
        more.writestr("report.html", "We were always in time.")
    assert main([str(archive)]) == 2
    assert "holds more than one package" in capsys.readouterr().out


def test_a_file_twice_in_a_receipt_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = packed(tmp_path / "x.zip", ("event.json", b"{}"), ("other/event.json", b"{}"))
    assert main([str(receipt)]) == 2
    assert "holds event.json twice" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x01\x00\x08\x00"),  # says that it is encrypted
        (b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x63\x00"),  # packed in an unknown way
        (b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x40\x00\x08\x00"),  # strongly encrypted
    ],
)
def test_an_archive_that_cannot_be_opened_stops_no_verdict(
    old: bytes, new: bytes, bag: Path, tmp_path: Path, fails: Says
) -> None:
    receipt = packed(tmp_path / "x.zip", ("event.json", b"{}" * 99))
    receipt.write_bytes(receipt.read_bytes().replace(old, new))
    assert "the rest cannot be read" in fails(receipt)
    assert "the rest cannot be read" in fails(bag, "--receipt", str(receipt))


def test_a_bomb_of_small_files_is_not_read(tmp_path: Path, fails: Says) -> None:
    files = [(f"{number}.bin", bytes(1 << 20)) for number in range(64)]
    assert "event.json is missing" in fails(packed(tmp_path / "x.zip", *files))
