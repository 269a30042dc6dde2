"""The form every other builds on, and the consent that comes with each picture."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subjects.portal.contacts import notice


class PlainForm(forms.Form):
    """A form without the little stars and colons of Django."""

    required_css_class = ""

    def __init__(self, *positions: Any, **options: Any) -> None:  # noqa: ANN401 - as Django declares it
        super().__init__(*positions, **{"label_suffix": "", **options})
        self.use_required_attribute = False  # the page says what is missing, in its own words


class ConsentForm(PlainForm):
    """The separate consent to a search by picture (R-051), with the version that was read."""

    consent = forms.BooleanField(required=False, label=_("I agree"))
    consent_version = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, *positions: Any, **options: Any) -> None:  # noqa: ANN401 - as Django declares it
        super().__init__(*positions, **options)
        text, paragraphs = notice("consent")
        self.fields["consent"].help_text = " ".join(paragraphs)
        self.fields["consent_version"].initial = self.version = text.version

    def clean_consent_version(self) -> str:
        """Return the version that was read; another one than the present is read again."""
        read = str(self.cleaned_data["consent_version"]) or self.version
        if self.cleaned_data.get("consent") and read != self.version:
            changed = _("This text has changed since you opened the page. Please read it again.")
            self.add_error("consent", changed)
        return self.version

    def check_consent(self, *, needed: bool) -> None:
        """Ask for the tick where a picture comes without it (Art 9(2)(a))."""
        if needed and not self.cleaned_data.get("consent"):
            message = _("Please tick this box, so that we may search with your picture.")
            self.add_error("consent", message)
