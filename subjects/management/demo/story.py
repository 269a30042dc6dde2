"""One case from the picture to the proof: each step done as a person does it, then checked."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from django.conf import settings

from subjects.actions.read_demonstration import read_demonstration
from subjects.faces import encoder
from subjects.management.demo import truth as ground
from subjects.management.demo.mails import newest_code, newest_secret
from subjects.management.demo.staff import Staff
from subjects.management.demo.visitor import Visitor
from subjects.models import Case, Outbox, RightsRequest
from subjects.stores import stores

PASSPHRASE: Final = "a lighthouse keeps nine herons"  # noqa: S105 - of an invented person
EMAIL: Final = "person.of.the.demonstration@mail.example"
PATIENCE: Final = 180.0
OK, REFUSED = 200, 400


class CheckFailed(Exception):
    """A check of the story did not hold."""


class Story:
    """The steps in their order. Each prints a line; a check that fails ends the story."""

    def __init__(self, url: str, say: Callable[[str], None]) -> None:
        self.url, self.say = url, say
        self.person = Visitor(url)
        self.manifest = read_demonstration()
        self.truth = ground.look()
        self.case = Case()
        self.staff = {name: Staff(url, name, self.check) for name in Staff.names()}

    def check(self, holds: object, what: str) -> None:
        """Say that a check held, or end the story."""
        if not holds:
            raise CheckFailed(what)
        self.say(f"    held: {what}")

    def step(self, text: str) -> None:
        """Say what happens next, with the date the answer is due."""
        due = ""
        if self.case.reference:
            first = self.case.rights_requests.first()
            due = f"  [answer due {first.answer_due_on.isoformat()}]" if first else ""
        self.say(f"{text}{due}")

    # --- The person -------------------------------------------------------------------------

    def file(self) -> None:
        """File an access and an erasure, without an account."""
        held, theirs = len(self.truth.vectors), len(self.truth.person)
        self.say(f"The stores hold {held} face codes, {theirs} of them the person's.")
        start = self.person.get("/cases/new/")
        answer = self.person.submit(
            start,
            start.form("email", "rights"),
            files=[("pictures", "me.jpg", self.manifest.probe.read_bytes())],
            rights=["access", "erasure"],
            email=EMAIL,
            country="FR",
            consent="on",
            passphrase=PASSPHRASE,
            notes="I want to know and to be forgotten.",
        )
        self.case = Case.objects.latest("received_at")
        self.step(f"Filed as {self.case.reference}.")
        self.check(self.case.reference in answer.words, "the page shows the reference")
        due_on = self.case.rights_requests.get(right="access").due_on
        day = f"{due_on.day} {due_on:%B %Y}"
        self.check(day in answer.words, f"the page shows the date of the answer, {day}")

    def confirm(self) -> None:
        """Confirm the address with the link of the first mail."""
        self.until(
            lambda: self.case.outbox.filter(kind="acknowledged", sent_at__isnull=False).exists()
        )
        page = self.person.get(f"/cases/{self.case.reference}/open/")
        page = self.person.submit(page, page.form("secret"), secret=newest_secret(self.case))
        self.case.refresh_from_db()
        self.step("The person confirmed the address with the link of the mail.")
        self.check(self.case.contact_confirmed_at and page.status == OK, "the contact is confirmed")

    def collect(self) -> None:
        """Download the copy with code and passphrase, open it and compare it with the truth."""
        self.until(lambda: self.state("access") == "ready")
        mails = Outbox.objects.filter(case=self.case, kind="collect_code", sent_at__isnull=False)
        page = self.person.get(f"/cases/{self.case.reference}/copy/")
        self.person.submit(page, page.form(action="code"))
        self.until(mails.exists)
        page = self.person.get(f"/cases/{self.case.reference}/copy/")
        wrong = self.person.submit(
            page, page.form("code", "passphrase"), code="000000", passphrase=PASSPHRASE[::-1]
        )
        self.check(not wrong.content.startswith(b"PK"), "a wrong code opens nothing")
        page = self.person.get(f"/cases/{self.case.reference}/copy/")
        code = newest_code(self.case)
        answer = self.person.submit(
            page, page.form("code", "passphrase"), code=code, passphrase=PASSPHRASE
        )
        self.check(answer.content.startswith(b"PK"), "the copy opens with code and passphrase")
        self.step("The person downloaded the copy.")
        self.examine(zipfile.ZipFile(io.BytesIO(answer.content)))

    def examine(self, copy: zipfile.ZipFile) -> None:
        """Check that the copy holds all and only the person's pictures, and nobody else's face."""
        data: dict[str, Any] = json.loads(copy.read("data.json"))
        sources = {item["source_url"] for item in data["items"]}
        self.check(
            sources == self.truth.sources,
            f"the copy holds all and only the {len(sources)} pictures of the person",
        )
        self.check(len(data["items"]) == len(self.truth.person), "each face code is in it once")
        years = {int(item["collected_at"][:4]) for item in data["items"]}
        self.check(
            min(years) <= self.case.received_on.year - 10,
            f"one of them was collected in {min(years)}",
        )
        self.check(any(item["recipients"] for item in data["items"]), "it names recipients")
        self.check(all(data["information"].values()), "nothing of Article 15(1) and (2) is empty")
        page = copy.read("index.html")
        self.check(
            b'src="http' not in page and b'href="http' not in page, "index.html works offline"
        )
        probe = encoder.encode_one(self.manifest.probe.read_bytes())
        for item in data["items"]:
            faces = encoder.encode(copy.read(item["picture"]))
            near = float(np.linalg.norm(faces[0].vector - probe.vector))
            masked = item["other_faces_masked"]
            self.check(
                len(faces) == 1 and near <= settings.SEARCH_RADIUS,
                f"{item['picture']} shows the person alone, {masked} other faces masked",
            )

    # --- The desk ---------------------------------------------------------------------------

    def review(self) -> None:
        """Two reviewers decide, one proposes, another person approves."""
        self.until(lambda: self.state("access") == "in_review")
        self.case.refresh_from_db()
        compared = sum(row.compared for row in self.case.searches.get().stores.all())
        self.step(f"The worker compared {compared} face codes in {len(list(stores))} stores.")
        self.check(
            compared == len(self.truth.vectors), "every face code of every store was compared"
        )
        found = {(item.store, item.template_ref) for item in self.case.found.all()}
        self.check(found >= self.truth.person, "every picture of the person was found")
        reviewer, second, approver = (
            self.staff[name] for name in ("reviewer", "second-reviewer", "approver")
        )
        for each in self.case.found.all():
            is_person = (each.store, each.template_ref) in self.truth.person
            reviewer.decide(self.case, each, "same" if is_person else "different")
            if each.needs_second_look:
                second.decide(self.case, each, "same" if is_person else "different")
        self.step("Reviewed; the grey band by two reviewers.")
        reviewer.settle_identity(self.case)
        for right, ground_code in (("access", ""), ("erasure", "E-d")):
            reviewer.propose(self.request(right), ground_code)
        refused = reviewer.approve(self.request("access"))
        self.check(
            self.state("access") == "awaiting_approval" and refused.status >= REFUSED,
            "nobody approves their own proposal",
        )
        for right in ("access", "erasure"):
            approver.approve(self.request(right))
        self.step("Approved by a second person.")
        self.check(self.state("access") != "awaiting_approval", "the copy is approved")
        self.check(
            self.state("erasure") == "held", "the erasure waits for the copy to be collected"
        )

    # --- The proof --------------------------------------------------------------------------

    def prove(self) -> None:
        """Search again, compare everybody else byte by byte, check the log."""
        self.until(lambda: self.state("erasure") == "closed")
        self.step("Erased, read again and searched again.")
        erasure = self.request("erasure")
        self.check(erasure.outcome == "granted", "the erasure is granted")
        probe = encoder.encode_one(self.manifest.probe.read_bytes()).vector
        for alias in stores:
            report = stores[alias].search([probe], within=settings.SEARCH_RADIUS)
            self.check(
                report.complete and not report.candidates,
                f"a new search of {stores[alias].name} finds nothing",
            )
        changed = ground.changed_bystanders(self.truth)
        self.check(
            not changed, f"{len(self.truth.bystanders)} bystanders are as they were, byte by byte"
        )
        self.check(
            not ground.scan(self.truth.needles),
            "no file of a store holds a byte row of what was erased",
        )

    # --- Waiting ----------------------------------------------------------------------------

    def request(self, right: str) -> RightsRequest:
        """Return one request of the case as it stands now."""
        return self.case.rights_requests.get(right=right)

    def state(self, right: str) -> str:
        """Return where it stands."""
        return str(self.request(right).state)

    def until(self, ready: Callable[[], bool]) -> None:
        """Wait for the machine."""
        end = time.monotonic() + PATIENCE
        while not ready():
            if time.monotonic() > end:
                states = {
                    item.right: f"{item.state} {item.trouble}"
                    for item in self.case.rights_requests.all()
                }
                message = f"the portal did not get on within {PATIENCE:.0f} s: {states}"
                raise CheckFailed(message)
            time.sleep(0.1)
