"""What every page says about the organisation: who it is and who answers for it."""

from django.conf import settings
from django.http import HttpRequest


def controller(_request: HttpRequest) -> dict[str, dict[str, str]]:
    """Give the templates `controller`: name, address, email and the data protection officer."""
    return {
        "controller": {
            "name": settings.CONTROLLER_NAME,
            "address": settings.CONTROLLER_ADDRESS,
            "email": settings.CONTROLLER_EMAIL,
            "dpo": settings.DPO_CONTACT,
        },
    }
