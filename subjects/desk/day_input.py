"""The field for a day, as every form of the officer has it."""

from django import forms


class DayInput(forms.DateInput):
    """A day as the browser asks for it; in the page it stands as 2026-12-23."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "govuk-input--width-10"}, format="%Y-%m-%d")
