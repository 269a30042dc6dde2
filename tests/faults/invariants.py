"""What must hold after every fault: one function, seven promises."""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from email.message import Message
from typing import Any

from tests.faults.stage import Stage
from tests.faults.stores import JOURNAL
from tests.faults.stories import BOTH, Stories, Story, refs

Ledger = dict[str, Any]
LETTERS = {"access_answer": 1, "hold": 1, "erasure_answer": 1}
SECRET = re.compile(r"/open/#([\w-]{20,})")


def check_invariants(
    stories: Stories,
    *,
    allowed: Collection[str] = (),
    new: Collection[str] = (),
    letters: Mapping[str, int] = LETTERS,
    mails_may_repeat: bool = False,
) -> None:
    """Check every case of `stories` as if nothing had happened.

    `allowed` are the entries that name the disturbance itself and are not counted, `new` references
    that were taken in meanwhile, `letters` how many of each kind were due. A mail may repeat only
    where a process was killed at any moment: between handing a mail to its server and noting that,
    no portal can know.
    """
    stage = stories.stage
    ledgers = [stage.driver("ledger", case=case) for case in stories.cases]
    for story, ledger in zip(stories.all, ledgers, strict=True):
        _answered(ledger, story)
        _logged(ledger, story, allowed)
    planned = [ref for ledger in ledgers for ref in refs(ledger["items"])]
    _erased_these_alone(stories, planned, new)
    _erased_once(stage, planned)
    assert stage.driver("log_problems") == []
    _nothing_left(stage.driver("leftovers"))
    _mailed(stories, ledgers, letters, may_repeat=mails_may_repeat)
    _silent(stage, stories)


def _answered(ledger: Ledger, story: Story) -> None:
    """I1: each right of the case is closed, and granted."""
    found = {right: (now["state"], now["outcome"]) for right, now in ledger["rights"].items()}
    assert found == dict.fromkeys(story.rights, ("closed", "granted")), ledger
    assert ledger["closed"]
    assert {progress for _, _, progress in ledger["items"]} <= {"verified"}


def _erased_these_alone(stories: Stories, planned: list[str], new: frozenset[str]) -> None:
    """I2: what was planned is gone; all else is there, byte by byte, restricted only if it was."""
    before, after = stories.before, stories.stage.driver("holdings")
    assert set(planned).isdisjoint(after)
    assert after.keys() == (before.keys() | set(new)) - set(planned)
    for ref, held in after.items():
        if ref in before:
            assert held["vector"] == before[ref]["vector"]
        assert not held["restricted"], ref
        assert (held.get("strange", 0), held.get("left", 0)) == (0, 0), (ref, held)


def _erased_once(stage: Stage, planned: list[str]) -> None:
    """I3: each reference stands in one plan, and its store erased it once."""
    assert Counter(planned).most_common(1)[0][1] == 1 if planned else True
    path = stage.orders.parent / JOURNAL
    lines = path.read_text().splitlines() if path.exists() else []
    erased = Counter(ref for _, ref in map(json.loads, lines))
    assert {ref: erased[ref] for ref in planned} == dict.fromkeys(planned, 1)


ONCE = (
    *("identity.confirmed", "export.started", "export.made", "export.delivered"),
    *("erasure.planned", "hold.started", "erasure.started"),
    *("erasure.carried_out", "erasure.verified", "backup.expiry_scheduled"),
)
FOR_EACH_RIGHT = (
    *("request.received", "deadline.set", "contact.confirmed"),
    *("search.started", "search.completed", "review.started"),
    *("request.proposed", "request.approved", "answered", "closed"),
)


def expected_entries(ledger: Ledger) -> Counter[str]:
    """Return the entries of an undisturbed case of access and erasure, by what it found."""
    erased_in = len({store for store, _, _ in ledger["items"]})
    return Counter(
        dict.fromkeys(ONCE, 1)
        | dict.fromkeys(FOR_EACH_RIGHT, len(BOTH))
        | {
            "letter.sent": len(LETTERS),
            "decision.made": ledger["found"],
            "decision.second": ledger["grey"],
            "template.restricted": ledger["same"],
            "erasure.intended": erased_in,
            "template.erased": erased_in,
        },
    )


def _logged(ledger: Ledger, story: Story, allowed: Collection[str]) -> None:
    """I4: the log says what it would have said, and nothing more but the disturbance itself."""
    entries, expected = Counter(ledger["entries"]), expected_entries(ledger)
    for event in allowed:
        del entries[event], expected[event]
    assert (entries - expected, expected - entries) == (Counter(), Counter()), story.person


def _nothing_left(leftovers: dict[str, list[str]]) -> None:
    """I5: no file without its row, no row without its file, no lease, no mail that waits."""
    assert {what: found for what, found in leftovers.items() if found} == {}


def _mailed(
    stories: Stories, ledgers: list[Ledger], letters: Mapping[str, int], *, may_repeat: bool
) -> None:
    """I6: one mail of each kind, to the right address."""
    for story, ledger in zip(stories.all, ledgers, strict=True):
        mine = [mail for mail in stories.stage.mail.mails if story.canary in str(mail["To"])]
        assert all(ledger["reference"] in str(mail.get_payload(decode=True)) for mail in mine)
        assert ledger["mails"] == {"acknowledged": 1, **letters}
        wanted = sum(ledger["mails"].values())
        assert len(mine) >= wanted if may_repeat else len(mine) == wanted


def _silent(stage: Stage, stories: Stories) -> None:
    """I7: no log and no message holds what a person typed, or a secret of a mail."""
    secrets = [secret for mail in stage.mail.mails for secret in SECRET.findall(_text(mail))]
    assert secrets
    words = [story.canary for story in stories.all] + secrets
    for path in (*(stage.folder / "logs").iterdir(), *(stage.var / "valkey").rglob("*")):
        if path.is_file() and path.name != "driver.log":
            said = path.read_text(errors="replace")
            assert not [word for word in words if word in said], path.name


def _text(mail: Message) -> str:
    payload = mail.get_payload(decode=True)
    return payload.decode() if isinstance(payload, bytes) else ""
