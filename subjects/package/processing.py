"""The record of processing (Article 30) for the portal itself, filled in from the settings."""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString


def processing_record(style: SafeString) -> bytes:
    """Write the record as a page of its own (law: R-129)."""
    context = {
        "style": style,
        "controller": settings.CONTROLLER_NAME,
        "address": settings.CONTROLLER_ADDRESS,
        "email": settings.CONTROLLER_EMAIL,
        "representative": settings.CONTROLLER_REPRESENTATIVE,
        "officer": settings.DPO_CONTACT,
        "probe_days": settings.PROBE_DAYS,
        "delivery_days": settings.DELIVERY_DAYS,
        "case_file_days": settings.CASE_FILE_DAYS,
        "log_days": settings.LOG_DAYS,
        "package_days": settings.PACKAGE_DAYS,
        "stores": sorted(settings.FACE_TEMPLATE_STORES),
    }
    return render_to_string("package/processing_record.html", context).encode()
