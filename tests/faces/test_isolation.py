"""What a process may still do once it is confined, tried in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faces.processes import is_running, wait_for

ROOT = Path(__file__).resolve().parents[2]
DJANGO = "import django; django.setup()\n"


def run(code: str, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    places = [str(place) for place in (path, ROOT) if place]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(places),
        "DJANGO_SETTINGS_MODULE": "rights_portal.settings",
    }
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


CONFINED = """
import json, os, socket, sys
from subjects.faces.inside import limits
limits.confine(memory_mb=64, seconds=5)
def refused(act):
    try:
        act()
    except (OSError, MemoryError, ValueError):
        return True
    return False
print(json.dumps({
    "open": refused(lambda: open("/etc/hostname")),
    "write": refused(lambda: open("/tmp/written", "w")),
    "socket": refused(socket.socket),
    "pipe": refused(os.pipe),
    "memory": refused(lambda: bytearray(200 * 1024 * 1024)),
    "raise limits": refused(lambda: __import__("resource").setrlimit(7, (64, 64)))
        or os.geteuid() == 0,
}))
"""


def test_a_confined_process_opens_nothing_and_has_little_memory():
    answer = run(CONFINED)
    assert answer.returncode == 0, answer.stderr
    refused = json.loads(answer.stdout)
    assert all(refused.values()), refused


ENDLESS = """
from subjects.faces.inside import limits
limits.confine(memory_mb=64, seconds=1)
while True:
    pass
"""


def test_a_confined_process_ends_when_its_processor_time_is_up():
    assert run(ENDLESS).returncode < 0


WITHOUT_NETWORK = """
import socket
from subjects.faces.inside import limits
listener = socket.create_server(("127.0.0.1", 0))
if not limits.leave_the_network():
    print("not allowed here")
else:
    try:
        socket.create_connection(listener.getsockname(), timeout=2)
        print("reached")
    except OSError:
        print("cut off")
"""


def test_the_encoder_has_no_network_where_the_kernel_allows_that():
    answer = run(WITHOUT_NETWORK).stdout.strip()
    if answer == "not allowed here":
        pytest.skip("this kernel or container allows no network namespaces")
    assert answer == "cut off"


CLEAN_PARENT = """
import sys
from pathlib import Path
from subjects.faces import encoder, pictures, redact
picture = Path(sys.argv[1]).read_bytes()
face = encoder.encode_one(picture)
pictures.crop(pictures.clean(picture), face.box)
redact.blank_faces(picture, [face.box.astuple()])
unwanted = "PIL", "dlib", "face_recognition", "subjects.faces.inside"
print([name for name in unwanted if name in sys.modules])
"""


def test_the_process_that_asks_never_loads_the_face_library(portrait, tmp_path):
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(portrait)
    answer = run(DJANGO + CLEAN_PARENT, str(picture))
    assert answer.stdout.strip() == "[]", answer.stderr


FORKED = """
import os, sys
from pathlib import Path
from subjects.faces import encoder, sandbox
picture = Path(sys.argv[1]).read_bytes()
encoder.encode(picture)
ours = sandbox.current().pid
if os.fork() == 0:
    encoder.encode(picture)
    os._exit(0 if sandbox.current().pid != ours else 3)
_, status = os.wait()
encoder.encode(picture)
print(os.waitstatus_to_exitcode(status), sandbox.current().pid == ours)
"""


def test_a_forked_worker_has_a_zygote_of_its_own(portrait, tmp_path):
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(portrait)
    answer = run(DJANGO + FORKED, str(picture))
    assert answer.stdout.strip() == "0 True", answer.stderr


KILLED = """
import os
from subjects.faces import sandbox
print(sandbox.current().pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_killed_worker_leaves_no_orphan():
    zygote = int(run(DJANGO + KILLED).stdout)
    wait_for(lambda: not is_running(zygote))


def test_missing_models_are_named_instead_of_ending_the_process_with_success(tmp_path):
    fake = tmp_path / "face_recognition_models"
    fake.mkdir()
    lines = [
        f"def {name}_location(): return '/nowhere/{name}.dat'"
        for name in (
            "pose_predictor_model",
            "pose_predictor_five_point_model",
            "face_recognition_model",
            "cnn_face_detector_model",
        )
    ]
    (fake / "__init__.py").write_text("\n".join(lines))
    answer = run("from subjects.faces.inside import library; library.load()", path=tmp_path)
    assert answer.returncode == 1
    assert "the model pose_predictor_five_point_model.dat is missing" in answer.stderr


def test_the_model_that_excludes_commercial_use_is_not_loaded():
    code = "from subjects.faces.inside import library; library.load()\n"
    code += "from face_recognition import api; print(api.predictor_68_point_model)"
    assert run(code).stdout.strip().endswith("shape_predictor_5_face_landmarks.dat")
