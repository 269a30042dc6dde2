"""The page of a case, and what a person can do on it."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from subjects import law
from subjects.actions.add_picture import add_picture, choose_face
from subjects.actions.choose_passphrase import choose_passphrase
from subjects.actions.withdraw import withdraw
from subjects.actions.withdraw_consent import withdraw_consent
from subjects.errors import SeveralFacesFound
from subjects.models import Case, RightsRequest
from subjects.portal.access import only_posted, own_case
from subjects.portal.case_page import case_page
from subjects.portal.consent_form import PlainForm
from subjects.portal.errors import say_what_is_wrong, told_in
from subjects.portal.forms import FaceForm, PassphraseForm, PictureForm
from subjects.portal.uploads import takes_pictures
from subjects.portal.words import LETTER_TITLES
from subjects.tasks import nudge_on_commit


@require_safe
@say_what_is_wrong
@own_case
def show(request: HttpRequest, case: Case) -> HttpResponse:
    """Show where the case stands."""
    return _page(request, case)


@require_safe
@say_what_is_wrong
@own_case
def letter(request: HttpRequest, case: Case, letter_id: UUID) -> HttpResponse:
    """Show a letter as it was written."""
    found = get_object_or_404(case.letters, pk=letter_id)
    title = LETTER_TITLES.get(found.kind, found.kind)
    return render(request, "portal/letter.html", {"case": case, "letter": found, "title": title})


@takes_pictures
@say_what_is_wrong
@own_case
@only_posted
def picture(request: HttpRequest, case: Case) -> HttpResponse:
    """Add a picture."""
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        with told_in(form, "picture"):
            add_picture(
                case,
                form.cleaned_data["picture"],
                consent_version=form.cleaned_data["consent_version"],
                limit=settings.UPLOAD_BYTES,
            )
            nudge_on_commit(case)
            messages.success(request, _("We have your picture."))
            return _back(case)
    return _page(request, case, form)


@say_what_is_wrong
@own_case
@only_posted
def face(request: HttpRequest, case: Case, probe_id: UUID) -> HttpResponse:
    """Note which of several faces is the person's."""
    probe = get_object_or_404(case.probes, pk=probe_id)
    form = FaceForm(probe, request.POST)
    if form.is_valid():
        with told_in(form, "face"):
            choose_face(probe, form.cleaned_data["face"])
            nudge_on_commit(case)
            messages.success(request, _("Thank you. We search with this face."))
            return _back(case)
    return _page(request, case, form)


@say_what_is_wrong
@own_case
@only_posted
def passphrase(request: HttpRequest, case: Case) -> HttpResponse:
    """Keep a passphrase that was not chosen when the case was filed."""
    form = PassphraseForm(request.POST)
    if form.is_valid():
        with told_in(form, "passphrase"):
            choose_passphrase(case, form.cleaned_data["passphrase"])
            messages.success(request, _("Your passphrase is kept. Please write it down."))
            return _back(case)
    return _page(request, case, form)


@require_http_methods(["GET", "HEAD", "POST"])
@say_what_is_wrong
@own_case
def take_back(request: HttpRequest, case: Case, right: str) -> HttpResponse:
    """Ask once, on one page, and take one right back; on hold this stops the erasure."""
    rights_request = _request_for(case, right)
    if request.method == "POST":
        withdraw(rights_request)
        nudge_on_commit(case)
        messages.success(request, _("You have taken this request back."))
        return _back(case)
    context = {"case": case, "right": law.right(right), "request_for": rights_request}
    return render(request, "portal/withdraw.html", context)


@say_what_is_wrong
@own_case
@only_posted
def consent(request: HttpRequest, case: Case) -> HttpResponse:
    """Take the consent back, with one click (R-051)."""
    withdraw_consent(case)
    nudge_on_commit(case)
    messages.success(
        request, _("Your pictures are destroyed. Your request goes on in another way.")
    )
    return _back(case)


def _request_for(case: Case, right: str) -> RightsRequest:
    found: RightsRequest | None = case.rights_requests.filter(right=right).first()
    if found is None:
        raise Http404
    return found


def _back(case: Case) -> HttpResponse:
    return redirect("portal:case", reference=case.reference)


def _page(request: HttpRequest, case: Case, wrong: PlainForm | None = None) -> HttpResponse:
    """Render the page with its forms; the one that is `wrong` keeps what was filled in."""
    several = case.probes.filter(refusal=SeveralFacesFound.code, blob__purged_at=None)
    context = case_page(case) | {
        "wrong": wrong,
        "picture_form": wrong if isinstance(wrong, PictureForm) else PictureForm(),
        "passphrase_form": wrong if isinstance(wrong, PassphraseForm) else PassphraseForm(),
        "face_forms": [
            wrong if isinstance(wrong, FaceForm) and wrong.probe == probe else FaceForm(probe)
            for probe in several
        ],
    }
    return render(request, "portal/case.html", context, status=422 if wrong else 200)
