"""What every page says about the organisation: who it is, who answers for it, who watches it."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from subjects.law import Authority
from subjects.portal.contacts import authority_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """The organisation that holds the pictures; `dpo` is an address or a sentence."""

    name: str
    address: str
    email: str
    dpo: str
    authority: Authority | None
    """Where a person can complain (Article 77); None outside the countries that we know."""


def controller(_request: HttpRequest | None) -> dict[str, Controller]:
    """Give every template `controller`, for the header and the contacts in the footer."""
    return {
        "controller": Controller(
            name=settings.CONTROLLER_NAME,
            address=settings.CONTROLLER_ADDRESS,
            email=settings.CONTROLLER_EMAIL,
            dpo=settings.DPO_CONTACT,
            authority=authority_for(settings.CONTROLLER_COUNTRY),
        ),
    }
