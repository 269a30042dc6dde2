import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.anchors import TokenRefused, check_stamp, read_stamp
from subjects.audit.standalone.findings import Report
from subjects.audit.standalone.main import main
from subjects.audit.standalone.sshsig import (
    SshRefused,
    parse_signers,
    parse_sshsig,
    ssh_fingerprint,
    verify_sshsig,
)
from subjects.package.sign import allowed_signers, sign
from tests.audit.authority import Signer
from tests.audit.standalone.make_bag import close_bag, make_bag, packed_log, put, stamped
from tests.audit.standalone.make_log import MadeLog

KEY = Ed25519PrivateKey.from_private_bytes(bytes([5]) * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")
needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is missing")


# --- SSHSIG -------------------------------------------------------------------------------


def test_a_signature_of_ours_is_read_and_verified() -> None:
    signature = parse_sshsig(sign(b"manifest", PUBLIC, KEY.sign).decode())
    assert signature.key == PUBLIC
    assert signature.namespace == "dsr-audit-export"
    assert verify_sshsig(b"manifest", signature)
    assert not verify_sshsig(b"manifesto", signature)
    assert not verify_sshsig(b"manifest", signature._replace(namespace="file"))
    assert not verify_sshsig(b"manifest", signature._replace(key=bytes(32)))
    assert not verify_sshsig(b"manifest", signature._replace(hashed_by=b"md5"))


@needs_ssh
def test_a_signature_of_ssh_keygen_is_read_and_verified(tmp_path: Path) -> None:
    key = tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    (tmp_path / "m").write_bytes(b"manifest")
    run("ssh-keygen", "-Y", "sign", "-q", "-n", "dsr-audit-export", "-f", key, tmp_path / "m")
    signature = parse_sshsig((tmp_path / "m.sig").read_text())
    assert verify_sshsig(b"manifest", signature)
    shown = run("ssh-keygen", "-l", "-f", f"{key}.pub").split()[1]
    assert ssh_fingerprint(signature.key) == shown
    line = "export@x " + (tmp_path / "key.pub").read_text()
    assert parse_signers(line)[0].key == signature.key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\n=A==\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n",
    ],
)
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(SshRefused):
        parse_sshsig(text)


def test_signers_are_read_with_what_they_may_sign() -> None:
    [signer] = parse_signers("# who\n\n" + allowed_signers("controller.example/x", PUBLIC).decode())
    assert signer == ("export@controller.example", PUBLIC, ("dsr-audit-export",))
    for line in ("export@x ssh-rsa AAAA", "export@x ssh-ed25519 AAAA", "export@x"):
        with pytest.raises(SshRefused):
            parse_signers(line)


# --- Time stamps --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("authority") / "signer")


@needs_openssl
def test_a_time_stamp_is_read(signer: Signer) -> None:
    response = stamped(signer, b"note")
    stamp, wrong = check_stamp(response, b"note")
    assert wrong == ""
    assert stamp is not None
    assert stamp.instant.endswith("Z")
    assert check_stamp(response, b"other")[1].startswith("the time stamp is of something else")


@needs_openssl
def test_a_time_stamp_that_is_cut_or_bent_is_refused(signer: Signer) -> None:
    response = stamped(signer, b"note")
    for length in range(0, 120, 7):
        with pytest.raises(TokenRefused):
            read_stamp(response[:length])
    with pytest.raises(TokenRefused):
        read_stamp(b"<html>no</html>")
    with pytest.raises(TokenRefused):
        read_stamp(b"\x30\x80" + response)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> tuple[MadeLog, Path]:
    log = packed_log(700, days=15)
    return log, make_bag(tmp_path_factory.mktemp("made") / "bag", log, signer)


@pytest.fixture
def bag(made: tuple[MadeLog, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[1], tmp_path / "bag"))


@needs_openssl
def test_an_anchored_bag_holds_and_names_its_anchors(
    bag: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(bag)]) == 0
    said = capsys.readouterr().out
    assert "1 time stamps are of the checkpoints of this log; the newest: " in said
    assert "openssl finds 1 of 1 time stamps signed by the authority" in said
    assert "1 signatures of witnesses are good; the newest: " in said


@needs_openssl
def test_anchors_of_something_else_are_named(
    bag: Path, signer: Signer, made: tuple[MadeLog, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    [stamp] = (bag / "data/anchors").glob("*.tsr")
    [line] = (bag / "data/witness").glob("*.cosig")
    stamp.write_bytes(stamped(signer, b"another note"))
    line.write_bytes(line.read_bytes().replace(b"= ", b" ")[:-9] + b"AAAAAAA=\n")
    close_bag(bag, made[0].export_key)
    assert main([str(bag)]) == 1
    said = capsys.readouterr().out
    assert f"anchors/{stamp.name}: the time stamp is of something else" in said
    assert f"witness/{line.name}: " in said


@needs_openssl
def test_a_stamp_of_an_authority_nobody_knows_is_named(
    bag: Path, made: tuple[MadeLog, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = Signer(tmp_path / "stranger")
    shutil.copy(stranger.ca_file, bag / "data/anchors/tsa-ca.pem")
    close_bag(bag, made[0].export_key)
    assert main([str(bag)]) == 1
    assert "time stamps are not signed by the authority" in capsys.readouterr().out


@needs_openssl
def test_without_openssl_the_stamps_are_said_to_be_unchecked(
    bag: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main([str(bag)]) == 0
    assert "signature of the stamps not checked: no openssl" in capsys.readouterr().out


@needs_openssl
def test_a_missing_anchor_or_checkpoint_is_named(
    bag: Path, made: tuple[MadeLog, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (bag / "data/anchors/anchors.csv").read_bytes()
    more = b"anchors/7-1.tsr,rfc3161,7,x,y\r\nwitness/7-1.cosig,cosignature,7,x,y\r\n"
    put(bag / "data/anchors/anchors.csv", rows + more)
    close_bag(bag, made[0].export_key)
    assert main([str(bag)]) == 1
    said = capsys.readouterr().out
    assert "anchors/7-1.tsr: the file is missing" in said
    assert "witness/7-1.cosig: the checkpoint of 7 entries is missing" in said


# --- Files --------------------------------------------------------------------------------


def test_a_manifest_cannot_lead_out_of_the_bag(
    bag: Path, made: tuple[MadeLog, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("../x", "/etc/passwd", "data/../../x"):
        close_bag(bag, made[0].export_key)
        with (bag / "manifest-sha256.txt").open("a") as manifest:
            manifest.write(f"{'0' * 64}  {name}\n")
        assert main([str(bag)]) == 1
        assert "has a line that is no sum and path" in capsys.readouterr().out


def test_a_report_is_whole_only_when_something_held() -> None:
    report = Report()
    assert not report.whole
    report.note("nothing")
    assert not report.whole
    report.holds("one")
    assert report.whole
    report.says("good", "bad", [f"problem {number}" for number in range(12)])
    assert not report.whole
    assert report.findings[-1].lines()[-1].strip() == "… and 2 more"


def run(*words: object) -> str:
    done = subprocess.run(  # noqa: S603 - our own words
        [*map(str, words)], check=True, capture_output=True, text=True, timeout=30
    )
    return done.stdout
