"""Signing in: name and password, then a code. The same words for a wrong name and password."""

import time
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from subjects.actions.sign_in_regulator import check_code, check_name_and_password
from subjects.errors import NotAdmitted, WrongFactor, WrongPassword
from subjects.models import RegulatorAccess
from subjects.rates import client_network, over_limit
from subjects.regulator.entrance import admits_everybody, begin_session
from subjects.regulator.showing import show, show_shut

TRIES: Final = "10/m"
TRIES_FROM_ONE_PLACE: Final = "60/m"
CODES: Final = "5/m"
"""For one account, wherever they come from: only who knows the password gets here."""
WAIT_SECONDS: Final = 60
KNOWN, KNOWN_AT = "regulator_known", "regulator_known_at"
CODE_SECONDS: Final = 5 * 60
"""From the password to the code."""
TOO_MANY: Final = 429


class NameForm(forms.Form):
    """Name and password."""

    name = forms.CharField(label=_("Name"), max_length=40)
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, data: Any = None) -> None:  # noqa: ANN401 - a QueryDict or None
        super().__init__(data)
        for field in self.fields.values():
            field.widget.attrs["class"] = "govuk-input--width-20"


class CodeForm(forms.Form):
    """The code of the second factor."""

    code = forms.CharField(
        label=_("Code of your authenticator program"),
        max_length=16,
        help_text=_("Six digits. Each code counts once."),
        widget=forms.TextInput(
            attrs={
                "class": "govuk-input--width-5",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
            }
        ),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def _sign_in(request: HttpRequest) -> HttpResponse:
    """Look at name and password, unless there were too many tries in this minute."""
    if request.method == "GET":
        return show(request, "sign_in.html", {"form": NameForm()})
    form = NameForm(request.POST)
    if _too_many_names(request):
        return _slower(request, "sign_in.html", NameForm())
    if form.is_valid():
        try:
            access = check_name_and_password(**form.cleaned_data)
        except WrongPassword as error:
            form.add_error(None, str(error))
        except NotAdmitted as refusal:
            return show_shut(request, refusal)
        else:
            request.session.cycle_key()
            request.session[KNOWN], request.session[KNOWN_AT] = access.pk.hex, int(time.time())
            return redirect("regulator:code")
    return show(request, "sign_in.html", {"form": form})


@never_cache
@require_http_methods(["GET", "POST"])
def _code(request: HttpRequest) -> HttpResponse:
    """Take the code, and let in with a session whose clocks start now."""
    access = _known(request)
    if access is None:
        return redirect("regulator:sign_in")
    if request.method == "GET":
        return show(request, "code.html", {"form": CodeForm()})
    form = CodeForm(request.POST)
    if over_limit(request, group="regulator-code", rate=CODES, key=access.pk.hex):
        return _slower(request, "code.html", CodeForm())
    if form.is_valid():
        try:
            check_code(access, form.cleaned_data["code"])
        except WrongFactor as error:
            form.add_error("code", str(error))
        except NotAdmitted as refusal:
            request.session.flush()
            return show_shut(request, refusal)
        else:
            begin_session(request, access)
            return redirect("regulator:start")
    return show(request, "code.html", {"form": form})


@require_POST
def _sign_out(request: HttpRequest) -> HttpResponse:
    """Throw the session away."""
    request.session.flush()
    return redirect("regulator:sign_in")


def _known(request: HttpRequest) -> RegulatorAccess | None:
    """Return the account whose password was right a moment ago."""
    at = request.session.get(KNOWN_AT)
    if at is None or int(time.time()) - at > CODE_SECONDS:
        return None
    return RegulatorAccess.objects.filter(pk=str(request.session[KNOWN])).first()


def _too_many_names(request: HttpRequest) -> bool:
    name = request.POST.get("name", "").strip().casefold()
    key = f"{name} from {client_network(request)}"
    own = over_limit(request, group="regulator-password", rate=TRIES, key=key)
    place = over_limit(request, group="regulator-place", rate=TRIES_FROM_ONE_PLACE)
    return own or place


def _slower(request: HttpRequest, page: str, form: forms.Form) -> HttpResponse:
    answer = show(request, page, {"form": form, "wait": WAIT_SECONDS}, status=TOO_MANY)
    answer["Retry-After"] = str(WAIT_SECONDS)
    return answer


sign_in = admits_everybody(_sign_in)
code = admits_everybody(_code)
sign_out = admits_everybody(_sign_out)
