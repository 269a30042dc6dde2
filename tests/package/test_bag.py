"""The bag: whole, signed, and checked by programs that others wrote."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import bagit
import pytest

from subjects.package.bag import Bag
from subjects.package.sign import allowed_signers, identity

pytestmark = pytest.mark.django_db


def run(*command: str, folder: Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine")
    return subprocess.run(  # noqa: S603 - the commands of these tests
        command, cwd=folder, input=given, capture_output=True, check=False
    )


@pytest.fixture
def bag(three_cases, pack) -> Path:
    return pack().folder


def test_the_bag_has_every_part_of_the_list(bag):
    for name in (
        *("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sha256.txt.sig"),
        *("tagmanifest-sha256.txt", "data/README.html", "data/report.html", "data/VERIFY.txt"),
        *("data/verify.py", "data/verify.sh", "data/export.json", "data/log/checkpoint"),
        *("data/anchors/anchors.csv", "data/keys/log.vkey", "data/keys/export.pem"),
        *("data/keys/allowed_signers", "data/keys/policy", "data/keys/key-history.jsonl"),
        *(f"data/views/{view}.csv" for view in ("events", "requests", "deadlines", "sample")),
        *("data/views/figures.json", "data/policies/texts.sha256", "data/policies/calendar.json"),
        *("data/policies/policies.json", "data/policies/law/refusals.toml"),
        *("data/policies/letters/refusal.txt", "data/redactions.jsonl"),
        *("data/schema/event.schema.json", "data/schema/DATA-DICTIONARY.html"),
        "data/processing-record.html",
    ):
        assert (bag / name).is_file(), name


def test_a_foreign_reader_of_bags_takes_it(bag):
    assert bagit.Bag(str(bag)).validate()
    (bag / "data" / "added.txt").write_text("added")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(bag)).validate()


def test_sha256sum_reads_both_manifests(bag):
    manifests = ("manifest-sha256.txt", "tagmanifest-sha256.txt")
    check = ("sha256sum", "-c", "--strict", "--quiet", *manifests)
    assert run(*check, folder=bag).returncode == 0
    (bag / "data" / "views" / "figures.json").write_text("{}")
    assert run(*check, folder=bag).returncode == 1


def test_ssh_keygen_knows_who_signed_the_manifest(bag, settings):
    manifest = (bag / "manifest-sha256.txt").read_bytes()
    verify = (
        *("ssh-keygen", "-Y", "verify", "-f", "data/keys/allowed_signers"),
        *("-I", identity(settings.LOG_ORIGIN), "-s", "manifest-sha256.txt.sig", "-n"),
    )
    assert run(*verify, "dsr-audit-export", folder=bag, given=manifest).returncode == 0
    assert run(*verify, "dsr-audit-export", folder=bag, given=manifest + b"x").returncode != 0
    assert run(*verify, "another-use", folder=bag, given=manifest).returncode != 0


def test_nobody_else_may_sign(bag, settings):
    (bag / "data/keys/allowed_signers").write_bytes(
        allowed_signers(settings.LOG_ORIGIN, b"\x01" * 32)
    )
    done = run(
        *("ssh-keygen", "-Y", "verify", "-f", "data/keys/allowed_signers"),
        *("-I", identity(settings.LOG_ORIGIN), "-s", "manifest-sha256.txt.sig"),
        *("-n", "dsr-audit-export"),
        folder=bag,
        given=(bag / "manifest-sha256.txt").read_bytes(),
    )
    assert done.returncode != 0


def test_openssl_checks_the_checkpoint_and_the_shell_goes_through_it_all(bag):
    done = run("dash", "data/verify.sh", folder=bag)
    said = done.stdout.decode()
    assert done.returncode == 0, said
    assert "FAILS" not in said
    assert said.endswith("This package holds.\n")
    checkpoint = bag / "data" / "log" / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n8\n", b"\n7\n"))
    done = run("dash", "data/verify.sh", folder=bag)
    assert done.returncode == 1
    assert b"FAILS      the signature of data/log/checkpoint" in done.stdout


def test_its_own_verifier_holds_with_nothing_installed(bag):
    done = run(sys.executable, "-I", "-S", "data/verify.py", folder=bag)
    assert done.returncode == 0, done.stdout.decode()
    figures = bag / "data" / "views" / "figures.json"
    changed = json.loads(figures.read_text()) | {"received": 99}
    figures.write_text(json.dumps(changed, indent=2, sort_keys=True) + "\n")
    done = run(sys.executable, "-I", "-S", "data/verify.py", folder=bag)
    assert done.returncode == 1
    assert b"figures.json" in done.stdout


def test_export_json_and_bag_info_say_what_it_is(bag):
    about = json.loads((bag / "data" / "export.json").read_text())
    assert set(about) == {
        *("v", "export", "salt", "from", "to", "made", "origin", "size", "root"),
        *("pruned_below", "software"),
    }
    assert (len(about["export"]), len(about["salt"])) == (32, 64)
    info = bagit.Bag(str(bag)).info
    assert info["External-Identifier"] == about["export"]
    files = [path for path in (bag / "data").rglob("*") if path.is_file()]
    octets = sum(path.stat().st_size for path in files)
    assert info["Payload-Oxum"] == f"{octets}.{len(files)}"


@pytest.mark.parametrize("name", ["../outside", "a b", "a\nb", "a%0Ab", "x/../../y", "x\n"])
def test_no_name_leads_out_of_a_bag_or_breaks_its_manifest(tmp_path, name):
    with pytest.raises(ValueError, match="no name for a file"):
        Bag(tmp_path).write(name, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_never_written_twice(tmp_path):
    bag = Bag(tmp_path)
    bag.write("once", b"1")
    with pytest.raises(FileExistsError):
        bag.write("once", b"2")
