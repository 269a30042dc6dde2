"""The closed words that an entry may use: who acted, which right, which ground, how it ended."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from subjects.errors import PortalError

STATES: Final = (
    "received",
    "searching",
    "awaiting_picture",
    "in_review",
    "awaiting_approval",
    "exporting",
    "ready",
    "held",
    "restricting",
    "erasing",
    "verifying",
    "needs_human",
    "closed",
)
"""Where a rights request can be. The lifecycle has the same words; a test compares them."""

ARTICLES: Final = {
    "access": "art15",
    "rectification": "art16",
    "erasure": "art17",
    "restriction": "art18",
    "portability": "art20",
    "objection": "art21",
}
"""How an entry spells a right: by its article, in every language of the Union the same."""
OUTCOMES: Final = (
    "granted",
    "partly_granted",
    "nothing_found",
    "refused",
    "not_identified",
    "withdrawn",
)
CHANNELS: Final = ("web", "email", "post", "phone", "in_person")
TIERS: Final = ("T0", "T1", "T2")
DECISIONS: Final = ("same", "different", "cannot_tell")
METHODS: Final = (
    "contact_link",
    "contact_code",
    "noted_by_staff",
    "selfie",
    "photo_comparison",
    "several_photos",
    "video_call",
    "in_person_check",
    "wallet",
    "national_eid",
    "id_document",
    "url_control",
)
"""How a contact was confirmed or an identity settled."""

ERASURE_GROUNDS: Final = ("E-a", "E-b", "E-c", "E-d", "E-e", "E-f")
REFUSAL_GROUNDS: Final = (
    "F-11",
    "F-12-6",
    "F-12-5-U",
    "F-12-5-E",
    "F-15-4",
    "F-17-3-a",
    "F-17-3-b",
    "F-17-3-c",
    "F-17-3-d",
    "F-17-3-e",
    "F-17-0",
    "F-20",
    "F-21",
    "F-23",
    "F-N",
)
GROUNDS: Final = ERASURE_GROUNDS + REFUSAL_GROUNDS

LETTERS: Final = (
    "acknowledgement",
    "acknowledged",
    "link",
    "collect_code",
    "news",
    "identity_request",
    "picture_request",
    "reminder_answer",
    "interim",
    "extension",
    "suspension",
    "refusal",
    "partial_refusal",
    "cannot_identify",
    "not_found_answer",
    "nothing_found",
    "access_answer",
    "erasure_answer",
    "restriction_answer",
    "rectification_answer",
    "objection_answer",
    "restriction_lifted",
    "hold",
    "hold_stopped",
    "withdrawal",
    "recipient_notice",
    "fee_notice",
    "certificate",
)
STORE_RESULTS: Final = (
    "searched",
    "skipped",
    "failed",
    "planned",
    "restricted",
    "released",
    "erased",
    "verified",
)
BANDS: Final = ("strong", "review", "set_aside")


def _codes(error: type[PortalError]) -> set[str]:
    return {error.code}.union(*map(_codes, error.__subclasses__()))


GONE: Final[tuple[str, ...]] = ()
"""Codes of errors that are no longer raised: entries that name them stay good."""
ERRORS: Final = (*sorted(_codes(PortalError)), *GONE)
REASONS: Final = (
    *ERRORS,
    "unexpected",
    "attempts-exhausted",
    "lease-lost",
    "complexity",
    "number-of-requests",
    "much-work",
    "many-requests-from-many-people",
    "holiday-staffing",
    "reasonable-doubt",
    "proportionality",
    "clarification",
    "information-missing",
    "person-asked",
    "decided-different",
    "decided-again",
    "grey-band",
    "not-permitted",
    "rate",
    "schedule",
    "consent-withdrawn",
    "silence",
    "restored-backup",
    "expired",
    "revoked",
    "out-of-scope",
    "wrong-factor",
    "wrong-password",
    "written-by-mistake",
    "retention",
)
"""Why something failed, was put off or was asked for. The story behind it goes into the payload."""

JOBS: Final = (
    "search",
    "restrict",
    "erase",
    "export",
    "deliver",
    "letters",
    "sweep",
    "purge",
    "load",
    "restore",
    "rotate",
    "deadlines",
    "lifecycle",
    "log",
    "sequencer",
    "demo",
    "command",
)
"""The parts of the machine that act by themselves."""
PURPOSES: Final = ("vault", "log", "export", "witness")
"""What a key is for."""
ANCHORS: Final = ("rfc3161", "cosignature")
"""How somebody outside the house holds the log: by a time stamp, by a witness's signature."""
PAGES: Final = (
    "sign-in",
    "start",
    "figures",
    "cases",
    "case",
    "deadlines",
    "package",
    "orders",
    "order",
    "accesses",
    "texts",
    "guide",
)
"""What an authority looked at, or was not let look at."""
ORDERS: Final = ("inquiry", "order", "disclosure")
"""What an authority wants: an answer, an act, or a name behind a pseudonym."""
ROLES: Final = ("intake", "identity", "reviewer", "approver", "dpo", "operator", "regulator")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a word, never a name. `str(actor)` is what stands in the entry."""

    word: str

    def __str__(self) -> str:
        return self.word

    @classmethod
    def person(cls) -> "Actor":
        """Name the person whose case it is."""
        return cls("person")

    @classmethod
    def agent(cls) -> "Actor":
        """Name who acts for the person: a parent, a lawyer, an organisation (Art. 80)."""
        return cls("agent")

    @classmethod
    def system(cls, job: str) -> "Actor":
        """Name a part of the machine, one of `JOBS`."""
        return cls(f"system:{job}")

    @classmethod
    def staff(cls, role: str, pseudonym: UUID | str) -> "Actor":
        """Name a member of staff: one of `ROLES`, a random pseudonym of 16 to 32 hex digits."""
        return cls(f"role:{role}/{pseudonym.hex if isinstance(pseudonym, UUID) else pseudonym}")


ACTOR: Final = re.compile(
    rf"person|agent|system:(?:{'|'.join(JOBS)})|role:(?:{'|'.join(ROLES)})/[0-9a-f]{{16,32}}"
)
