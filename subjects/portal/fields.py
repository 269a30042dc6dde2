"""The form fields that Django has not: several pictures at once, and a passphrase."""

import unicodedata
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from subjects.errors import PictureTooLarge

ACCEPTED: Final = "image/jpeg,image/png,image/webp"
"""Asked of the browser only: an iPhone then sends JPEG. What came is found out in the sandbox."""
LEAST_PASSPHRASE: Final = 12


class ManyFiles(forms.FileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class Picture(forms.FileField):
    """One picture as bytes, of at most UPLOAD_BYTES; None without one. It is not decoded here."""

    default_error_messages = {  # noqa: RUF012 - Django's own name and shape
        "empty": _("This file is empty. Please choose another picture."),
    }

    def clean(self, data: Any, initial: Any = None) -> Any:  # noqa: ANN401 - as Django declares it
        """Return the bytes."""
        file = super().clean(data, initial)
        if not isinstance(file, UploadedFile):
            return None
        if (file.size or 0) > settings.UPLOAD_BYTES:
            raise forms.ValidationError(str(PictureTooLarge()))
        return file.read()


class Pictures(Picture):
    """Several pictures, as a list of bytes."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:  # noqa: ANN401 - as Django declares it
        """Return a list of bytes, empty without a picture."""
        files = data if isinstance(data, list) else [data]
        found = [super(Pictures, self).clean(file, initial) for file in files]
        return [content for content in found if content is not None]


class Words(forms.CharField):
    """Some lines. A browser sends each end of line as two characters; it counts as one."""

    def to_python(self, value: Any) -> str:  # noqa: ANN401 - as Django declares it
        """Return it with plain ends of lines."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class Passphrase(forms.CharField):
    """A passphrase in one form of Unicode (NFKC): it may be typed on another device.

    Shown while it is typed: a mistake that nobody sees would lock the person out of their copy.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Django's options of a field
        super().__init__(max_length=200, **options)
        self.widget.attrs.update(
            autocomplete="off", autocapitalize="none", autocorrect="off", spellcheck="false"
        )

    def to_python(self, value: Any) -> str:  # noqa: ANN401 - as Django declares it
        """Return it normalised."""
        return unicodedata.normalize("NFKC", super().to_python(value) or "")


class NewPassphrase(Passphrase):
    """A passphrase that is chosen now, so it must be long enough."""

    def clean(self, value: Any) -> str:  # noqa: ANN401 - as Django declares it
        """Return it, or say that it is too short."""
        passphrase: str = super().clean(value)
        if passphrase and len(passphrase) < LEAST_PASSPHRASE:
            message = _("Please take at least %(least)s characters, for example four words.")
            raise forms.ValidationError(message, params={"least": LEAST_PASSPHRASE})
        return passphrase
