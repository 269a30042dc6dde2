"""Signing in and out: the same words for a wrong name and a wrong password, slower after many."""

from typing import Final

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from subjects.desk.entrance import begin_session, lets_everybody_in
from subjects.rates import client_network, over_limit

TRIES: Final = "10/m"
"""For one name from one network: nobody elsewhere can keep a colleague out by trying."""
TRIES_FROM_ONE_PLACE: Final = "60/m"
WAIT_SECONDS: Final = 60


class SignInForm(AuthenticationForm):
    """Name and password."""

    def __init__(self, request: HttpRequest | None = None, **options: object) -> None:
        super().__init__(request, **options)
        self.error_messages = dict.fromkeys(
            ("invalid_login", "inactive"),
            _("This name and password do not fit together. Please try again."),
        )
        self.fields["username"].label = _("Name")
        self.fields["username"].widget.attrs["class"] = "govuk-input--width-20"
        self.fields["password"].widget.attrs["class"] = "govuk-input--width-20"


def too_many_tries(request: HttpRequest, name: str) -> bool:
    """Count a try at a password and tell whether it is one too many for this minute."""
    name_here = f"{name.strip().casefold()} from {client_network(request)}"
    own = over_limit(request, group="desk-password", rate=TRIES, key=name_here)
    place = over_limit(request, group="desk-place", rate=TRIES_FROM_ONE_PLACE)
    return own or place


@method_decorator(never_cache, name="dispatch")
class SignIn(LoginView):
    """The desk's door."""

    template_name = "desk/sign_in.html"
    authentication_form = SignInForm

    def post(self, request: HttpRequest, *args: object, **options: object) -> HttpResponse:
        """Look at name and password, unless there were too many tries in this minute."""
        if too_many_tries(request, request.POST.get("username", "")):
            page = self.get_context_data(form=SignInForm(request), wait=WAIT_SECONDS)
            response: HttpResponse = self.render_to_response(page, status=429)
            response["Retry-After"] = str(WAIT_SECONDS)
            return response
        return super().post(request, *args, **options)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let in, with a session whose clocks start now."""
        response = super().form_valid(form)
        begin_session(self.request)
        return response


sign_in = lets_everybody_in(SignIn.as_view())
sign_out = lets_everybody_in(LogoutView.as_view())
