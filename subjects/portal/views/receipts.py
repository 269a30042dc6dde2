"""The person's proofs: each receipt with its ZIP, and the certificate of an erasure."""

from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from subjects.actions.certify_erasure import Certificate, certificate_of
from subjects.actions.issue_receipt import Receipt, issue, receipt_of
from subjects.errors import NotYet
from subjects.models import Case
from subjects.package.report import pdf
from subjects.portal.access import own_case
from subjects.portal.context import controller
from subjects.portal.errors import say_what_is_wrong
from subjects.portal.receipts import certificate_page, print_style, receipt_page

GONE: Final = 410


@require_safe
@say_what_is_wrong
@own_case
def show(request: HttpRequest, case: Case, receipt_id: UUID) -> HttpResponse:
    """Show a receipt: what was recorded, where it stands, how to check it."""
    return render(
        request, "portal/receipt.html", receipt_page(case, _receipt_or_404(case, receipt_id))
    )


@require_safe
@say_what_is_wrong
@own_case
def download(request: HttpRequest, case: Case, receipt_id: UUID) -> HttpResponse:
    """Hand the receipt over as a ZIP."""
    receipt = _receipt_or_404(case, receipt_id)
    if request.method == "HEAD":
        return HttpResponse(content_type="application/zip")
    if receipt.blanked:
        page = receipt_page(case, receipt)
        return render(request, "portal/receipt.html", page, status=GONE)
    content = issue(case, receipt.id)
    return _file(content, "application/zip", f"{case.reference}-receipt-{receipt.index}.zip")


@require_safe
@say_what_is_wrong
@own_case
def certificate(request: HttpRequest, case: Case, right: str) -> HttpResponse:
    """Show the certificate of an erasure, to read and to print."""
    context = certificate_page(case, _certificate_or_404(case, right))
    return render(request, "portal/certificate.html", context)


@require_safe
@say_what_is_wrong
@own_case
def certificate_pdf(request: HttpRequest, case: Case, right: str) -> HttpResponse:
    """Hand the certificate over as a PDF; where none can be made, say that the page prints."""
    context = certificate_page(case, _certificate_or_404(case, right))
    page = {**context, **controller(request), "style": print_style()}
    printed = pdf(render_to_string("portal/certificate_print.html", page))
    if printed is None:
        return render(request, "portal/no_pdf.html", context, status=503)
    return _file(printed, "application/pdf", f"{case.reference}-certificate.pdf")


def _receipt_or_404(case: Case, receipt_id: UUID) -> Receipt:
    found = receipt_of(case, receipt_id)
    if found is None:
        raise Http404
    return found


def _certificate_or_404(case: Case, right: str) -> Certificate:
    rights_request = case.rights_requests.filter(right=right).first()
    if rights_request is None:
        raise Http404
    try:
        return certificate_of(rights_request)
    except NotYet:
        raise Http404 from None


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
