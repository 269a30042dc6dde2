"""The routes of the person's door."""

from django.urls import path, register_converter

from subjects.portal.views import (
    case,
    collecting,
    filing,
    health,
    mailbox,
    opening,
    receipts,
    start,
)


class ReferenceConverter:
    """A reference as people type it into an address."""

    regex = "[0-9A-Za-z-]{1,20}"

    def to_python(self, value: str) -> str:
        """Take it as it is; the views write it as we do."""
        return value

    def to_url(self, value: str) -> str:
        """Give it as it is."""
        return value


register_converter(ReferenceConverter, "reference")

_CASE = "cases/<reference:reference>"

app_name = "portal"
urlpatterns = [
    path("", start.start, name="start"),
    path("cases/", start.find, name="find"),
    path("cases/new/", filing.new, name="new"),
    path(f"{_CASE}/", case.show, name="case"),
    path(f"{_CASE}/open/", opening.open_case, name="open"),
    path(f"{_CASE}/send-link/", opening.send, name="send-link"),
    path(f"{_CASE}/letters/<uuid:letter_id>/", case.letter, name="letter"),
    path(f"{_CASE}/pictures/", case.picture, name="picture"),
    path(f"{_CASE}/pictures/<uuid:probe_id>/face/", case.face, name="face"),
    path(f"{_CASE}/consent/", case.consent, name="consent"),
    path(f"{_CASE}/passphrase/", case.passphrase, name="passphrase"),
    path(f"{_CASE}/withdraw/<slug:right>/", case.take_back, name="withdraw"),
    path(f"{_CASE}/copy/", collecting.collect, name="copy"),
    path(f"{_CASE}/copy/code/", collecting.send_code, name="copy-code"),
    path(f"{_CASE}/receipts/<uuid:receipt_id>/", receipts.show, name="receipt"),
    path(f"{_CASE}/receipts/<uuid:receipt_id>/zip/", receipts.download, name="receipt-zip"),
    path(f"{_CASE}/certificate/<slug:right>/", receipts.certificate, name="certificate"),
    path(f"{_CASE}/certificate/<slug:right>.pdf", receipts.certificate_pdf, name="certificate-pdf"),
    path("privacy/", start.privacy, name="privacy"),
    path("accessibility/", start.accessibility, name="accessibility"),
    path("dev/mail/", mailbox.mailbox, name="mailbox"),
    path("healthz", health.health, name="health"),
]
