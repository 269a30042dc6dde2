"""Whom a person can turn to, and what they read before they send a picture."""

from typing import Final

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subjects import law
from subjects.law import Authority, LegalNotice
from subjects.portal.words import Words

ELSEWHERE: Final = "ZZ"
"""A country outside the lists: ISO 3166 leaves these two letters to its users."""


def countries() -> list[tuple[str, Words]]:
    """List the countries a person can choose from: the EEA, then the others."""
    listed: list[tuple[str, Words]] = [(state.code, state.name) for state in law.countries()]
    return [
        *listed,
        ("CH", _("Switzerland")),
        ("GB", _("United Kingdom")),
        (ELSEWHERE, _("Another country")),
    ]


def authority_for(country: str) -> Authority | None:
    """Return the authority of a country, else of the controller's; in Germany the federal one."""
    for place in (country, settings.CONTROLLER_COUNTRY):
        known = law.authorities(place) if place else ()
        if known:
            return next((each for each in known if each.code == place), known[0])
    return None


def notice(code: str) -> tuple[LegalNotice, list[str]]:
    """Return a notice of the law's data and its paragraphs, filled in for this organisation."""
    found = law.legal_notice(code, language=get_language() or "en")
    authority = authority_for(settings.CONTROLLER_COUNTRY)
    text = found.fill(
        controller=settings.CONTROLLER_NAME,
        address=settings.CONTROLLER_ADDRESS,
        email=settings.CONTROLLER_EMAIL,
        officer=settings.DPO_CONTACT,
        representative=settings.CONTROLLER_REPRESENTATIVE
        or str(_("not needed, we are established in the Union")),
        authority=_name_of(authority),
        probe_days=str(settings.PROBE_DAYS),
        case_file_days=str(settings.CASE_FILE_DAYS),
    )
    return found, [paragraph.strip() for paragraph in text.strip().split("\n\n")]


def _name_of(authority: Authority | None) -> str:
    if authority is None:
        return str(_("the authority where you live"))
    return f"{authority.name}, {authority.website}"
