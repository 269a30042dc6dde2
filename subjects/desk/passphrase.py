"""The page on which the desk makes a passphrase and reads it out once."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from subjects.actions.issue_passphrase import issue_passphrase
from subjects.desk.doing import CONFLICT
from subjects.desk.entrance import StaffRequest, lets_in
from subjects.desk.forms import ButtonForm
from subjects.errors import IdentityNotSettled
from subjects.models import Case
from subjects.policies import check_can_review


@lets_in(check_can_review)
@require_http_methods(["GET", "POST"])
def passphrase(request: StaffRequest, reference: str) -> HttpResponse:
    """Make a passphrase and show it; a redirect would have to keep it somewhere."""
    case = get_object_or_404(Case, reference=reference)
    posted = request.POST if request.method == "POST" else None
    form, made, status = ButtonForm(posted), "", 200
    if form.is_valid():
        try:
            made = issue_passphrase(case, by=request.user)
        except IdentityNotSettled as error:
            form.add_error(None, str(error))
            status = CONFLICT
    context = {"case": case, "form": form, "passphrase": made}
    return render(request, "desk/passphrase.html", context, status=status)
