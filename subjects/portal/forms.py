"""What a person fills in on the pages of a case, each form with the words beside its fields."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from subjects.errors import SeveralFacesFound
from subjects.models import Probe
from subjects.models.reference import normalise
from subjects.portal.consent_form import ConsentForm, PlainForm
from subjects.portal.fields import ACCEPTED, NewPassphrase, Passphrase, Picture

LONGEST_SECRET: Final = 100
SIX_DIGITS: Final = {
    "class": "govuk-input--width-5",
    "inputmode": "numeric",
    "autocomplete": "one-time-code",
}


class ReferenceForm(PlainForm):
    """The way back into a case."""

    reference = forms.CharField(
        max_length=40,
        label=_("Reference of your case"),
        help_text=_("It stands in our mails, for example FR-7K3Q-92MX."),
        widget=forms.TextInput(
            attrs={"class": "govuk-input--width-10", "autocapitalize": "characters"}
        ),
        error_messages={"required": _("Please type the reference.")},
    )

    def clean_reference(self) -> str:
        """Return it as we write it; its check symbol finds most typing errors."""
        reference = normalise(self.cleaned_data["reference"])
        if reference is None:
            message = _("This reference has a typing error. Please compare it with our mail.")
            raise forms.ValidationError(message)
        return reference


class SecretForm(PlainForm):
    """A form that takes a secret."""

    def refuse(self, message: str) -> None:
        """Come back with `message` and empty: nothing of a wrong secret stands on the page."""
        self.add_error("code", message)
        self.data = {}


class OpenForm(SecretForm):
    """The link's secret, which a script fills in, or the six digits from the same mail."""

    secret = forms.CharField(required=False, max_length=LONGEST_SECRET, widget=forms.HiddenInput)
    code = forms.CharField(
        required=False,
        max_length=LONGEST_SECRET,
        label=_("Code from our mail"),
        help_text=_("Six digits."),
        widget=forms.TextInput(attrs=SIX_DIGITS),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the code where there is neither."""
        if not self.errors and not self.given():
            self.add_error("code", _("Please type the six digits from our mail."))
        return self.cleaned_data

    def given(self) -> str:
        """Return the secret that is to be tried."""
        return str(self.cleaned_data.get("secret") or self.cleaned_data.get("code") or "")


class PictureForm(ConsentForm):
    """One more picture for a case."""

    picture = Picture(
        label=_("A picture of your face"),
        help_text=_("From the front, in good light, only you in it. JPEG, PNG or WebP."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={"required": _("Please choose a picture.")},
    )

    field_order = ("picture", "consent")

    def clean(self) -> dict[str, Any]:
        """Ask for the consent."""
        self.check_consent(needed=True)
        return self.cleaned_data


class FaceForm(PlainForm):
    """Which of several faces is the person's; 0 is the first from the left."""

    face = forms.TypedChoiceField(
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one of the faces.")},
    )

    def __init__(self, probe: Probe, *positions: Any, **options: Any) -> None:  # noqa: ANN401 - as Django declares it
        super().__init__(*positions, auto_id=f"id_{probe.pk.hex}_%s", **options)
        self.probe = probe
        count = probe.faces_found or SeveralFacesFound().count
        field: Any = self.fields["face"]
        field.label = _(
            "We found %(count)s faces in picture %(number)s. Counting from left to right, which one"
            " is you?"
        ) % {"count": count, "number": probe.position}
        field.choices = [(place, _face_name(place, count)) for place in range(count)]


def _face_name(place: int, count: int) -> str:
    if place == 0:
        return str(_("The first from the left"))
    if place == count - 1:
        return str(_("The last, farthest to the right"))
    return str(_("Number %(number)s from the left") % {"number": place + 1})


class PassphraseForm(PlainForm):
    """The passphrase, chosen after filing."""

    passphrase = NewPassphrase(
        label=_("Choose a passphrase"),
        help_text=_("At least 12 characters. Write it down: we cannot tell you later."),
        error_messages={"required": _("Please type a passphrase.")},
    )


class CollectForm(SecretForm):
    """Code and passphrase, for the copy."""

    code = forms.CharField(
        max_length=LONGEST_SECRET,
        label=_("Code from our mail"),
        help_text=_("Six digits. It works for 30 minutes."),
        widget=forms.TextInput(attrs=SIX_DIGITS),
        error_messages={"required": _("Please type the code from our mail.")},
    )
    passphrase = Passphrase(
        label=_("Your passphrase"),
        help_text=_("The one you chose for this case."),
        error_messages={"required": _("Please type your passphrase.")},
    )
