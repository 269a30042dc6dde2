"""What an authority sees: figures from the leaves, texts, a guide, and nothing personal."""

import html
import re
import shutil
import subprocess
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone

from subjects.actions.view_case import view_case
from subjects.audit.leaf import leaf_hash
from subjects.audit.standalone.figures import figures
from subjects.audit.standalone.reading import read_log
from subjects.audit.tiles import Tiles
from subjects.lifecycle import State
from subjects.models import Case, Right
from subjects.regulator.figures import figures_of
from tests.cases import CONTACT, PASSPHRASE, file, rights_request_at, staff
from tests.receipts import publish_log
from tests.regulator.conftest import NOTES, page, pseudonyms, sign_in

pytestmark = pytest.mark.django_db


def leaves_on_disk():
    tiles = Tiles(configured.LOG_DIR)
    size = int(tiles.checkpoint().splitlines()[1])
    return [(n, leaf, leaf_hash(leaf)) for n, leaf in enumerate(tiles.entries(0, size))]


def test_the_figures_are_those_that_the_published_leaves_give(admit, erased):
    file(Right.ACCESS, Right.RECTIFICATION)
    file(Right.OBJECTION)
    publish_log()
    made, today = admit(), timezone.localdate()
    browser = sign_in(made)
    publish_log()
    book = read_log(leaves_on_disk())
    assert book.problems == []
    start, end = made.access.from_day.isoformat(), today.isoformat()
    wanted = figures(book, start, end)
    assert figures_of(made.access, made.access.from_day, today) == wanted
    assert wanted["received"] == 4
    shown = page(browser, "/regulator/figures/")
    assert book.root.hex() in shown
    cells = re.sub(r"<[^>]*>|\s+", " ", shown)
    for words_of, key in (("Received", "received"), ("Closed", "closed")):
        assert re.search(rf"{words_of} +{wanted[key]} ", cells)
    for alias, count in wanted["erasure"]["stores"].items():
        assert f"{alias}: {count}" in shown
    month = page(browser, f"/regulator/figures/?start={today.replace(day=1)}&end={today}")
    narrowed = figures(book, today.replace(day=1).isoformat(), end)
    assert f"Received {narrowed['received']}" in re.sub(r"(<[^>]*>|\s)+", " ", month)


def test_a_scope_narrows_figures_and_cases_alike(admit, erased):
    rights_request_at(State.SEARCHING, Right.ACCESS)
    publish_log()
    today = timezone.localdate()
    for scope, received in (
        ({"rights": ("art15",)}, 1),
        ({"rights": ("art17",)}, 1),
        ({"countries": ("DE",)}, 0),
        ({"countries": ("FR", "DE")}, 2),
        ({}, 2),
    ):
        made = admit(**scope)
        assert figures_of(made.access, made.access.from_day, today)["received"] == received
        assert len(pseudonyms(sign_in(made))) == received, scope


def test_a_period_that_is_none_is_told_in_the_form(admit):
    browser = sign_in(admit())
    for query in ("?start=yesterday", "?end=2026-02-30", "?right=art99", "?outcome=lost"):
        assert "There is a problem" in page(browser, f"/regulator/cases/{query}", 400)
    assert "There is a problem" in page(browser, "/regulator/figures/?start=x", 400)


def test_no_page_holds_anything_personal(admit, erased):
    made = admit()
    case = Case.objects.get(pk=erased.case_id)
    view_case(case, by=staff("dpo"))
    publish_log()
    browser = sign_in(made)
    (pseudonym,) = pseudonyms(browser)
    told = [
        page(browser, f"/regulator/{address}")
        for address in (
            *("", "figures/", "cases/", "texts/", "guide/", "accesses/"),
            f"cases/{pseudonym}/",
            f"cases/{pseudonym}/deadlines/",
        )
    ]
    told.append(page(browser, f"/regulator/cases/{uuid4().hex[:16]}/", 404))
    case.refresh_from_db()
    never = {
        *(CONTACT, NOTES, PASSPHRASE, "notescanary", "person.example", "Inspectrice"),
        *(case.reference, case.reference.replace("-", ""), str(case.pk), case.pk.hex),
        *(str(erased.pk), erased.pk.hex, made.access.pk.hex, str(made.access.pk)),
        *(user for user in ("reviewer-", "second-reviewer")),
        *(str(letter.pk) for letter in case.letters.all()),
        *(found.template_ref for found in case.found.all()),
        made.password,
        made.factor.hex(),
    }
    for text in told:
        assert [word for word in never if word and word.lower() in text.lower()] == []


def test_the_texts_in_force_can_be_read_and_are_held_against_the_log(admit):
    browser = sign_in(admit())
    listed = page(browser, "/regulator/texts/")
    for path in ("letters/refusal.txt", "law/letters.toml", "policies.json", "calendar.json"):
        assert f"/regulator/texts/{path}" in listed
    assert "Not in the log yet" in listed
    assert "reasons" in page(browser, "/regulator/texts/letters/refusal.txt")
    for hostile in ("../settings.py", "..%2f..%2fmanage.py", "letters/none.txt", "%00"):
        assert browser.get(f"/regulator/texts/{hostile}").status_code in {404, 400}


def test_the_guide_names_this_log_and_its_key(admit, erased, settings):
    browser = sign_in(admit())
    told = page(browser, "/regulator/guide/")
    publishes = page(browser, "/regulator/")
    fingerprint = re.search(r"\b[0-9a-f]{64}\b", told).group()
    assert told.count(fingerprint) == 3
    assert fingerprint in publishes
    assert f"{settings.PUBLIC_URL}/log/checkpoint" in told
    assert settings.LOG_ORIGIN in told


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_the_commands_of_the_guide_check_the_published_checkpoint(
    admit, erased, settings, tmp_path, shell
):
    if not shutil.which(shell) or not shutil.which("openssl"):
        pytest.skip(f"{shell} or openssl is not on this machine")
    told = page(sign_in(admit()), "/regulator/guide/")
    commands = html.unescape(re.search(r'id="checkpoint"[^>]*>(.*?)</pre>', told, re.DOTALL)[1])
    fetched, rest = commands.split("cat checkpoint", 1)
    for name, kept in re.findall(r"/log/(\w+) -o (\S+)", fetched):
        (tmp_path / kept).write_bytes(Client().get(f"/log/{name}").content)
    good = run(shell, rest, tmp_path)
    assert good.returncode == 0, good.stderr
    assert good.stdout.splitlines()[0].split()[0] in rest
    assert "Verified Successfully" in good.stdout
    note = tmp_path / "checkpoint"
    note.write_bytes(note.read_bytes().replace(b"\n", b"1\n", 2))
    assert run(shell, rest, tmp_path).returncode != 0


def run(shell, commands, folder):
    return subprocess.run(  # noqa: S603 - the commands of our own page
        [shutil.which(shell), "-c", commands],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_before_the_first_entry_is_published_every_page_says_so(admit):
    browser = sign_in(admit())
    assert "None yet" in page(browser, "/regulator/")
    assert "No request within your scope" in page(browser, "/regulator/cases/")
    page(browser, "/regulator/figures/")
