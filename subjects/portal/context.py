"""What every page says about the organisation: who it is, who answers for it, who watches it."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from subjects.errors import UnknownCountry
from subjects.law import Authority, authority


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """The organisation that holds the pictures; `dpo` is an address or a sentence."""

    name: str
    address: str
    email: str
    dpo: str
    authority: Authority | None
    """Where a person can complain (Article 77); None outside the countries that we know."""


def controller(_request: HttpRequest) -> dict[str, Controller]:
    """Give every template `controller`, for the header and the contacts in the footer."""
    return {
        "controller": Controller(
            name=settings.CONTROLLER_NAME,
            address=settings.CONTROLLER_ADDRESS,
            email=settings.CONTROLLER_EMAIL,
            dpo=settings.DPO_CONTACT,
            authority=_authority(settings.CONTROLLER_COUNTRY),
        ),
    }


def _authority(country: str) -> Authority | None:
    try:
        return authority(country)
    except UnknownCountry:
        return None
