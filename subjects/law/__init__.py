"""The law as versioned data: what a person can ask, what can stand against it, what is told."""

from subjects.law.article15 import Article15Item, article15_items
from subjects.law.authorities import Authority, authorities, authority
from subjects.law.calendars import (
    NO_CALENDAR,
    Calendar,
    Country,
    Rule,
    calendar,
    calendar_version,
    countries,
    deadline_rule,
    national_holidays,
)
from subjects.law.grounds import Ground, ground, grounds
from subjects.law.letters import (
    ExtensionReason,
    LetterKind,
    LetterPart,
    check_extension_reasons,
    check_letter,
    extension_reasons,
    letter_kinds,
    letter_parts,
)
from subjects.law.notices import LegalNotice, legal_notice, legal_notices
from subjects.law.policies import Policy, law_policies, law_policy
from subjects.law.refusals import (
    Refusal,
    check_refusal,
    check_refusal_reasons,
    refusal,
    refusals,
    refusals_for,
)
from subjects.law.rights import Right, right, rights

__all__ = [
    "NO_CALENDAR",
    "Article15Item",
    "Authority",
    "Calendar",
    "Country",
    "ExtensionReason",
    "Ground",
    "LegalNotice",
    "LetterKind",
    "LetterPart",
    "Policy",
    "Refusal",
    "Right",
    "Rule",
    "article15_items",
    "authorities",
    "authority",
    "calendar",
    "calendar_version",
    "check_extension_reasons",
    "check_letter",
    "check_refusal",
    "check_refusal_reasons",
    "countries",
    "deadline_rule",
    "extension_reasons",
    "ground",
    "grounds",
    "law_policies",
    "law_policy",
    "legal_notice",
    "legal_notices",
    "letter_kinds",
    "letter_parts",
    "national_holidays",
    "refusal",
    "refusals",
    "refusals_for",
    "right",
    "rights",
]
