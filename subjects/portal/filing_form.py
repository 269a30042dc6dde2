"""The whole request on one page, with the words beside its fields."""

from typing import Any, Final
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from subjects import law
from subjects.actions.file_case import MAX_PROBES, Filing
from subjects.models import Right
from subjects.portal.consent_form import ConsentForm
from subjects.portal.contacts import countries
from subjects.portal.fields import ACCEPTED, NewPassphrase, Picture, Pictures, Words

NOTES: Final = 5000
"""Characters; R-008 allows no limit below."""


class FilingForm(ConsentForm):
    """The whole request on one page. Only an e-mail address and one right are needed (R-001)."""

    idempotency_key = forms.CharField(
        required=False, widget=forms.HiddenInput(attrs={"autocomplete": "off"})
    )
    rights = forms.MultipleChoiceField(
        label=_("What do you want?"),
        help_text=_("Choose one or several. You need not give a reason."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose at least one thing that you want.")},
    )
    photo = Picture(
        required=False,
        label=_("Take a photo now"),
        help_text=_("Your face from the front, in good light. On a phone this opens the camera."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED, "capture": "user"}),
    )
    pictures = Pictures(
        required=False,
        label=_("Choose pictures I already have"),
        help_text=_("Several pictures find more than one. JPEG, PNG or WebP."),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("We write there when there is news. No picture and no result is sent by mail."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": _("Please give your e-mail address, or write to us by post."),
            "invalid": _("Please check the e-mail address, for example name@example.org."),
        },
    )
    country = forms.ChoiceField(
        required=False,
        label=_("Where do you live?"),
        help_text=_("So that we can name the authority where you can complain."),
    )
    notes = Words(
        required=False,
        label=_("Is there anything else we should know?"),
        help_text=_(
            "For example the address of a page with your picture, an earlier reference, or that you"
            " act for somebody else. Up to 5,000 characters. You can leave it empty."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    passphrase = NewPassphrase(
        required=False,
        label=_("A passphrase for your copy"),
        help_text=_(
            "Only if you ask for a copy. Nobody can open the copy without it, not even somebody who"
            " reads your mails. At least 12 characters. Write it down: we cannot tell you later."
        ),
    )

    field_order = ("rights", "photo", "pictures", "consent", "email", "country", "notes")

    def __init__(self, *positions: Any, **options: Any) -> None:  # noqa: ANN401 - as Django declares it
        super().__init__(*positions, **options)
        rights = law.rights()
        chosen: Any = self.fields["rights"]
        chosen.choices = [(right.code, right.name) for right in rights]
        self.choice_hints = {"rights": {right.code: right.sentence for right in rights}}
        place: Any = self.fields["country"]
        place.choices, place.initial = countries(), settings.CONTROLLER_COUNTRY
        self.fields["pictures"].widget.attrs.update(accept=ACCEPTED)
        self.fields["idempotency_key"].initial = str(uuid4())
        self.fields["notes"].validators.append(
            MaxLengthValidator(
                NOTES, _("Please shorten this to 5,000 characters, or send it by e-mail.")
            )
        )

    def clean_idempotency_key(self) -> UUID:
        """Return the key of this form; one that was tampered with is only a new form."""
        try:
            return UUID(self.cleaned_data["idempotency_key"])
        except ValueError:
            return uuid4()

    def clean(self) -> dict[str, Any]:
        """Check what concerns several fields; say that a browser keeps no files."""
        pictures = self._pictures()
        if len(pictures) > MAX_PROBES:
            message = _("Please send at most %(most)s pictures: more do not improve the search.")
            self.add_error("pictures", forms.ValidationError(message, params={"most": MAX_PROBES}))
        self.check_consent(needed=bool(pictures))
        if self.errors and self.files and "pictures" not in self.errors:
            message = _("Please choose your pictures again: a browser does not keep them.")
            self.add_error("pictures", message)
        return self.cleaned_data

    def filing(self, *, language: str, slow_lane: bool) -> Filing:
        """Return what was filled in."""
        given = self.cleaned_data
        pictures = self._pictures()
        return Filing(
            idempotency_key=given["idempotency_key"],
            rights=tuple(Right(code) for code in given["rights"]),
            contact=given["email"],
            country=given["country"] or settings.CONTROLLER_COUNTRY,
            language=language,
            pictures=tuple(pictures),
            notes=given["notes"],
            passphrase=given["passphrase"],
            consent_version=given["consent_version"] if pictures else "",
            slow_lane=slow_lane,
        )

    def _pictures(self) -> list[bytes]:
        photo = self.cleaned_data.get("photo")
        return ([photo] if photo else []) + (self.cleaned_data.get("pictures") or [])
