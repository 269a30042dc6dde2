"""How made-up cases go: each a list of entries, with the time from its receipt."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

DATED = {"answered", "refused", "closed", "deadline.extended", "suspension.ended", "letter.sent"}
STORES = ("people", "archive")
MODEL = "dlib-resnet-v1/face_recognition-1.3.0"
COUNTRIES = ("FR", "DE", "IT", "ES", "IE")
CHANNELS = ("web", "web", "web", "email", "post")
REFUSALS = ("F-12-5-U", "F-17-3-e", "F-11")


class Happens(NamedTuple):
    """One entry to come; case 0 is the house."""

    case: int
    type: str
    actor: str
    body: dict[str, Any]

    @property
    def dated(self) -> bool:
        return self.type in DATED


Told = Iterator[tuple[timedelta, Happens]]


def case_story(dice: random.Random, case: int, dates: dict[str, Any]) -> Told:
    """Tell one case from its receipt to its end."""
    return iter(_Case(dice, case, dates).tell())


class _Case:
    def __init__(self, dice: random.Random, case: int, dates: dict[str, Any]) -> None:
        self.dice, self.case, self.dates = dice, case, dates
        self.told: list[tuple[timedelta, Happens]] = []
        self.later = timedelta()
        staff = [f"{dice.getrandbits(64):016x}" for _ in range(3)]
        self.reviewer, self.approver = f"role:reviewer/{staff[0]}", f"role:approver/{staff[1]}"
        self.due, self.due_b = dates["due"], dates["due"]
        self.right = ""
        self.country = dice.choice(COUNTRIES)

    def tell(self) -> list[tuple[timedelta, Happens]]:
        kind = self.dice.choices(
            ("erase", "copy", "both", "nothing", "refuse", "withdraw", "silent"),
            (35, 28, 10, 14, 6, 5, 2),
        )[0]
        rights = {"copy": ("art15",), "both": ("art15", "art17")}.get(kind, ("art17",))
        for right in rights:
            self._receive(right)
        self._say("contact.confirmed", "person", channel="web")
        self._letter("acknowledged", minutes=5)
        if kind == "withdraw":
            self._wait(days=self.dice.randrange(1, 5))
            self._end("withdrawn", "withdrawn", "person")
            return self.told
        if kind == "silent":
            return self.told
        self._search()
        self._review()
        for right in rights:
            self._about(right)
            self._answer(kind, right)
        self._say("probe.purged", "system:purge", count=1)
        self._wait(days=60)
        self._say("contact.purged", "system:purge")
        return self.told

    def _receive(self, right: str) -> None:
        self._about(right)
        more = {name: self.dates[name] for name in ("received", "local_date")}
        more |= {"channel": self.dice.choice(CHANNELS), "country": self.country, "language": "en"}
        self._say("request.received", "person", **more)
        self._say("deadline.set", "system:deadlines", basis="art12-3")

    def _search(self) -> None:
        self._say("probe.added", "person", count=1)
        self._wait(minutes=self.dice.randrange(2, 60))
        self._say("search.started", "system:search", state="searching")
        stores = [
            {"alias": alias, "result": "searched", "total": 20_000, "compared": 20_000}
            for alias in STORES
        ]
        bands = {"strong": self.dice.randrange(4), "review": 1, "set_aside": 40}
        more = {"stores": stores, "bands": bands, "compared": 40_000, "radius": "0.6000"}
        self._say("search.completed", "system:search", model=MODEL, **more)
        self._say("template.restricted", "system:restrict", sys="people", count=2)
        self._say("review.started", "system:search", state="in_review")

    def _review(self) -> None:
        self._wait(hours=self.dice.randrange(4, 200))
        self._say("access.viewed", self.reviewer)
        self._say("identity.confirmed", self.reviewer, tier="T2", method="photo_comparison")
        for _ in range(self.dice.randrange(1, 4)):
            self._wait(minutes=2)
            self._say("decision.made", self.reviewer, decision="same", sys="people")
        if self.dice.random() < 0.06:
            self._say("suspension.started", self.reviewer, reason="complexity")
            days = self.dice.randrange(1, 15)
            self._wait(days=days)
            self.due_b = self.dates["due_b"](days).isoformat()
            self._say("suspension.ended", "person", suspended_days=days)
        if self.dice.random() < 0.06 and self.later < timedelta(days=20):
            self.due = self.dates["extended_to"]
            more = {"extended_to": self.due, "reasons": ["complexity"]}
            self._say("deadline.extended", self.reviewer, **more)
            self._letter("extension", minutes=5)
            self._wait(days=self.dice.randrange(10, 40))

    def _answer(self, kind: str, right: str) -> None:
        outcome = {"nothing": "nothing_found", "refuse": "refused"}.get(kind, "granted")
        self._say("request.proposed", self.reviewer, outcome=outcome, state="awaiting_approval")
        self._wait(hours=self.dice.randrange(1, 30))
        self._say("access.viewed", self.approver)
        self._say("request.approved", self.approver)
        if outcome == "refused":
            self._end("refused", "refused", self.approver, ground=self.dice.choice(REFUSALS))
            self._letter("refusal", minutes=5)
        elif outcome == "granted" and right == "art15":
            self._say("export.started", "system:export", state="exporting")
            self._say("export.made", "system:export", count=3)
            self._say("answered", "system:export", outcome=outcome, state="ready")
            self._letter("access_answer", minutes=5)
            self._wait(days=2)
            self._say("export.delivered", "person", channel="web")
            self._say("closed", "person", outcome=outcome, state="closed")
        elif outcome == "granted":
            self._erase()
        else:
            self._end("answered", outcome, self.approver)
            self._letter(outcome, minutes=5)

    def _erase(self) -> None:
        self._say("hold.started", self.approver, state="held")
        self._letter("hold", minutes=5)
        self._wait(days=7)
        self._say("erasure.started", "system:erase", state="erasing")
        self._say("erasure.intended", "system:erase", sys="people", count=2)
        self._say("template.erased", "system:erase", sys="people", count=2)
        self._say("erasure.carried_out", "system:erase", erased=2, state="verifying")
        stores = [{"alias": alias, "result": "verified"} for alias in STORES]
        self._say("erasure.verified", "system:erase", stores=stores, erased=2)
        until = (self.dates["at"] + self.later + timedelta(days=30)).date().isoformat()
        self._say("backup.expiry_scheduled", "system:erase", until=until)
        self._end("answered", "granted", "system:erase")
        self._letter("erasure_answer", minutes=5)
        self._wait(days=31)
        self._say("backup.expired", "system:sweep", until=until)

    def _end(self, event: str, outcome: str, actor: str, **more: Any) -> None:
        self._say("closed", actor, outcome=outcome, state="closed")
        if event == "answered":
            more["outcome"] = outcome
        self._say(event, actor, **more)

    def _letter(self, kind: str, *, minutes: int) -> None:
        self._wait(minutes=minutes)
        more = {"letter": kind, "version": "letter-1", "language": "en", "channel": "email"}
        self._say("letter.sent", "system:letters", **more)

    def _about(self, right: str) -> None:
        self.right = right

    def _wait(self, **time: int) -> None:
        self.later += timedelta(**time)

    def _say(self, event: str, actor: str, **body: Any) -> None:
        dates = {"due": self.due, "due_b": self.due_b}
        dates |= {name: self.dates[name] for name in ("tz", "calendar")}
        about = {"right": self.right, "request": f"{self.dice.getrandbits(128):032x}"}
        if event in {"access.viewed", "identity.confirmed", "probe.purged", "contact.purged"}:
            about, dates = {}, {}
        self.told.append((self.later, Happens(self.case, event, actor, about | dates | body)))
        self.later += timedelta(seconds=self.dice.randrange(1, 4))
