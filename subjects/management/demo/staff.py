"""A member of staff in the story: signs in and uses the forms of the desk."""

import json
from collections.abc import Callable
from typing import Self

from django.conf import settings

from subjects.management.demo.visitor import Page, Visitor
from subjects.models import Case, FoundTemplate, RightsRequest

Check = Callable[[object, str], None]


class Staff:
    """One person at the desk, with a session of their own."""

    def __init__(self, url: str, name: str, check: Check) -> None:
        self.visitor, self.name, self.check = Visitor(url), name, check
        self._signed_in = False

    @staticmethod
    def accounts() -> dict[str, str]:
        """Return names and passwords of the demonstration's staff."""
        pairs: list[tuple[str, str]] = json.loads(
            (settings.VAR_DIR / "demo-staff.json").read_text()
        )
        return dict(pairs)

    @classmethod
    def names(cls) -> list[str]:
        """Return who works at the demonstration's desk."""
        return list(cls.accounts())

    def case_page(self, case: Case) -> Page:
        """Open the page of a case, signing in before the first time."""
        if not self._signed_in:
            self._sign_in()
        return self.visitor.get(f"/desk/cases/{case.reference}/")

    def decide(self, case: Case, found: FoundTemplate, decision: str) -> None:
        """Look at probe and candidate side by side and decide."""
        page = self.case_page(case)
        form = page.form("decision", action=str(found.pk))

        pictures = [
            self.visitor.get(f"/desk/cases/{case.reference}/candidates/{found.pk}.jpg"),
            self.visitor.get(f"/desk/cases/{case.reference}/probes/{case.probes.get().pk}.jpg"),
        ]
        self.check(
            all(picture.content.startswith(b"\xff\xd8") for picture in pictures),
            f"{self.name} sees probe and candidate",
        )
        self.visitor.submit(page, form, decision=decision)

    def settle_identity(self, case: Case) -> Self:
        """Record that the person was met."""
        page = self.case_page(case)
        self.visitor.submit(page, page.form("method", "tier"), tier="T2", method="in_person_check")
        return self

    def propose(self, rights_request: RightsRequest, ground: str) -> Page:
        """Propose to grant a right."""
        page = self.visitor.get(f"/desk/requests/{rights_request.pk}/propose/")
        form = page.form("proposal")
        return self.visitor.submit(page, form, proposal="grant", ground=ground, reasons="")

    def approve(self, rights_request: RightsRequest) -> Page:
        """Approve with the password typed anew; without a form, send what it would have sent."""
        address = f"/desk/requests/{rights_request.pk}/approve/"
        self.case_page(rights_request.case)
        page = self.visitor.get(address)
        try:
            form = page.form("password")
        except LookupError:
            page = self.case_page(rights_request.case)
            form = page.form(action="sign-out")
        form.action = address
        return self.visitor.submit(page, form, password=self.accounts()[self.name])

    def _sign_in(self) -> None:
        page = self.visitor.get("/desk/sign-in/")
        answer = self.visitor.submit(
            page,
            page.form("username", "password"),
            username=self.name,
            password=self.accounts()[self.name],
        )
        self.check("/sign-in" not in answer.url, f"{self.name} is signed in")
        self._signed_in = True
