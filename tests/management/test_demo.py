"""The story that `manage.py demo` tells: the parts it rests on, and the whole of it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from subjects.faces.redact import blank_faces
from subjects.management.demo import truth
from subjects.management.demo.visitor import Page, Visitor
from subjects.stores import stores
from subjects.stores.own import Enrolment
from subjects.stores.tables import BundledPicture, BundledTemplate
from tests.cases import enrolments
from tests.stores.made_up import overwrite_row

ROOT = Path(__file__).resolve().parents[2]
FORMS = """
<form action="/search"><input name="q"></form>
<form action="/filed" method="post">
  <input type="hidden" name="token" value="secret">
  <input type="checkbox" name="rights" value="access" checked>
  <input type="checkbox" name="rights" value="erasure">
  <input type="checkbox" name="rights" value="rectification" checked>
  <input type="checkbox" name="consent">
  <input type="radio" name="tier" value="T1"><input type="radio" name="tier" value="T2" checked>
  <select name="country"><option value="DE">Germany<option value="FR" selected>France</select>
  <select name="language"><option value="en">English</option><option value="fr">French</select>
  <select name="stores" multiple><option value="live">Live</option></select>
  <textarea name="notes">
a &lt; b
c</textarea>
  <input name="email" value=""><input name="shut" value="x" disabled>
  <input type="file" name="pictures"><button name="send" value="now">Send</button>
</form>
"""


def page(text):
    return Page("http://portal.example/cases/new/", 200, text.encode(), {})


def test_a_form_is_read_as_a_browser_reads_it():
    form = page(FORMS).form("rights")
    assert form.action == "/filed"
    assert form.values == {
        "token": ["secret"],
        "rights": ["access", "rectification"],
        "tier": ["T2"],
        "country": ["FR"],
        "language": ["en"],
        "stores": [],
        "notes": ["a < b\nc"],
        "email": [""],
    }
    assert {"consent", "pictures", "send"} <= form.names - form.values.keys()
    assert "shut" not in form.names


def test_a_form_is_found_by_its_fields_or_its_address_and_one_that_is_not_there_is_named():
    assert page(FORMS).form("q").action == "/search"
    assert page(FORMS).form(action="filed").values["token"] == ["secret"]
    with pytest.raises(LookupError, match="/cases/new/ has no form with passphrase"):
        page(FORMS).form("passphrase")


def test_words_are_what_a_reader_sees():
    text = (
        "<title>no</title><style>no</style><p>One\n <b>two</b> &amp; three</p><script>no</script>"
    )
    assert page(text).words == "One two & three"


@pytest.mark.django_db
def test_what_is_sent_is_what_stood_there_and_what_was_put_in(live_server):
    visitor = Visitor(live_server.url)
    filing = visitor.get("/cases/new/")
    assert filing.status == 200
    assert "csrfmiddlewaretoken" in filing.form("email", "rights").values
    answer = visitor.submit(filing, filing.form("email", "rights"), rights=[])
    # No CSRF failure, and no right was ticked for the person.
    assert answer.status in {200, 400, 422}
    assert answer.form("email", "rights").values.get("rights") is None


# --- The truth ----------------------------------------------------------------------------------


@pytest.fixture
def held(db, settings, tmp_path):
    """Fill a bundled store: the person beside a bystander, another's portrait, a code alone."""
    settings.FACE_TEMPLATE_STORES = {
        "default": {
            "BACKEND": "subjects.stores.bundled.BundledStore",
            "OPTIONS": {
                "name": "Live gallery",
                "directory": tmp_path / "live",
                "redactor": "subjects.faces.redact.blank_faces",
            },
        },
    }
    shown = [one for name in ("group-1", "person-2-a") for one in enrolments(name, "default")]
    alone = Enrolment(vector=np.full(128, 0.5, "<f4"), model=shown[0].model)
    refs = stores["default"].enrol([*shown, alone])
    person, beside, other, code = (("default", ref) for ref in refs)
    return {"person": person, "beside": beside, "other": other, "code": code}


def test_the_person_is_known_by_the_place_in_the_picture(held):
    before = truth.look()
    assert before.person == {held["person"]}
    assert before.bystanders == {held["beside"], held["other"], held["code"]}
    assert truth.scan(before.needles)


def test_who_is_as_before_is_not_named_even_where_a_face_beside_was_blanked(held):
    before = truth.look()
    assert truth.changed_bystanders(before) == []
    stores["default"].erase([held["person"][1]])
    assert truth.changed_bystanders(before) == []
    assert truth.scan(before.needles) == []


@pytest.mark.parametrize("who", ["beside", "other", "code"])
def test_a_bystander_who_is_gone_is_named(held, who):
    before = truth.look()
    stores["default"].erase([held[who][1]])
    assert truth.changed_bystanders(before) == [held[who]]


def test_a_bystander_with_one_changed_number_is_named(held, tmp_path):
    before = truth.look()
    [row] = BundledTemplate.objects.filter(ref=held["code"][1]).values_list("row", flat=True)
    overwrite_row(tmp_path / "live", row, np.nextafter(np.full(128, 0.5, "<f4"), np.float32(1)))
    assert truth.changed_bystanders(before) == [held["code"]]


def test_a_bystander_with_one_changed_byte_in_the_picture_is_named(held, tmp_path):
    before = truth.look()
    picture = BundledPicture.objects.get(face_templates__ref=held["other"][1])
    file = tmp_path / "live" / "pictures" / picture.file
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert truth.changed_bystanders(before) == [held["other"]]


def test_a_bystander_blanked_together_with_the_person_is_named(held, tmp_path):
    before = truth.look()
    picture = BundledPicture.objects.get(face_templates__ref=held["beside"][1])
    file = tmp_path / "live" / "pictures" / picture.file
    boxes = [stores["default"].describe(held[who][1]).box for who in ("person", "beside")]
    file.write_bytes(blank_faces(file.read_bytes(), boxes))
    assert truth.changed_bystanders(before) == [held["beside"]]


def test_a_bystander_whose_picture_now_shows_somebody_else_is_named(held, tmp_path):
    before = truth.look()
    picture = BundledPicture.objects.get(face_templates__ref=held["beside"][1])
    somebody_else = stores["default"].picture(held["other"][1])
    (tmp_path / "live" / "pictures" / picture.file).write_bytes(somebody_else)
    assert truth.changed_bystanders(before) == [held["beside"]]


# --- The whole story ----------------------------------------------------------------------------


def told(var, database_url="", *words):
    """Run the command as an operator does, on a stage of its own."""
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "manage.py", "demo", *words],
        cwd=ROOT,
        env=os.environ
        | {
            "PORTAL_VAR_DIR": str(var),
            "DATABASE_URL": database_url,
            "REDIS_URL": "",
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_whole_story_holds(tmp_path, new_postgres, database):
    done = told(tmp_path, new_postgres() if database == "postgresql" else "")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "Every check held."
    assert done.stdout.count("    held: ") > 30
    assert "[answer due " in done.stdout
    assert "DID NOT HOLD" not in done.stdout + done.stderr


def test_with_a_store_down_the_case_stays_open_and_the_store_is_named(tmp_path):
    done = told(tmp_path, "", "--break-store", "archive")
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "The case stays open: store 'archive' did not answer" in done.stderr
    assert "the desk names the failing store 'archive'" in done.stdout
    assert "complete" not in said.lower()
    assert "DID NOT HOLD" not in said
    assert "Traceback" not in said


def test_a_store_that_nobody_has_is_named_before_anything_starts(tmp_path):
    done = told(tmp_path, "", "--break-store", "attic")
    assert done.returncode == 1
    assert "attic" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "demo.log").exists()
