"""What the officer fills in about an order of an authority."""

from datetime import date
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from subjects.actions.record_order import Received
from subjects.desk.day_input import DayInput
from subjects.models import AuditPackage, AuthorityOrder, OrderCount


class _Euro(forms.IntegerField):
    def __init__(self, label: Any, help_text: Any = "") -> None:  # noqa: ANN401 - lazy texts
        widget = forms.TextInput(
            attrs={"class": "govuk-input--width-10", "inputmode": "numeric", "autocomplete": "off"}
        )
        super().__init__(
            label=label,
            help_text=help_text,
            required=False,
            min_value=0,
            max_value=10**12,
            widget=widget,
        )


class OrderForm(forms.Form):
    """A letter of an authority. `key` makes a second click the same order."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    authority = forms.CharField(
        label=_("Authority"),
        max_length=120,
        help_text=_("As its account here is called, so that it sees this order at its door."),
        error_messages={"required": _("Name the authority.")},
    )
    reference = forms.CharField(
        label=_("Its file number"),
        max_length=120,
        error_messages={"required": _("Write the authority's file number.")},
    )
    kind = forms.ChoiceField(
        label=_("What is wanted"),
        choices=AuthorityOrder.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wanted.")},
    )
    legal_basis = forms.CharField(
        label=_("Legal basis"),
        max_length=200,
        help_text=_("As the letter names it, such as Article 58(2)(g) GDPR."),
        error_messages={"required": _("Write the legal basis that the letter names.")},
    )
    received_on = forms.DateField(
        label=_("Received on"),
        widget=DayInput(),
        error_messages={"required": _("Give the day on which it arrived.")},
    )
    due_on = forms.DateField(
        label=_("Answer due on"),
        widget=DayInput(),
        help_text=_("The day that the authority set. Nothing here computes it."),
        error_messages={"required": _("Give the day that the authority set.")},
    )
    asked = forms.CharField(
        label=_("What is asked"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Kept sealed, for you alone. It stands in no log and no pack."),
    )
    country = forms.CharField(
        label=_("Country of collection"),
        required=False,
        max_length=2,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-2"}),
        help_text=_("Two letters, such as FR. Empty: all."),
    )
    source_suffix = forms.CharField(
        label=_("Host it came from ends in"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
        help_text=_("Such as example.fr. Empty: all."),
    )
    collected_from = forms.DateField(label=_("Collected from"), required=False, widget=DayInput())
    collected_to = forms.DateField(label=_("Collected to"), required=False, widget=DayInput())
    penalty_a_day = _Euro(_("Penalty for each day, in euro"), _("Empty: none is set."))
    penalty_from = forms.DateField(
        label=_("Penalty runs from"),
        required=False,
        widget=DayInput(),
        help_text=_("This day is not counted. Empty: from the day the answer is due."),
    )
    penalty_most = _Euro(_("Penalty at most, in euro"), _("Empty: no most is set."))

    def __init__(self, data: Any = None) -> None:  # noqa: ANN401 - what was posted
        super().__init__(data, initial={"key": uuid4()})

    def clean_country(self) -> str:
        """Read `fr` as FR."""
        return str(self.cleaned_data["country"]).strip().upper()

    def received(self) -> Received:
        """Give what was filled in. The form must be valid."""
        return Received(**self.cleaned_data)


class CountForm(forms.Form):
    """When the stores are counted. `key` makes a second click the same count."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    moment = forms.ChoiceField(
        label=_("When is this?"),
        choices=OrderCount.Moment.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the moment.")},
    )

    def __init__(self, data: Any = None, *, order: AuthorityOrder) -> None:  # noqa: ANN401 - as above
        super().__init__(data, auto_id="id_count_%s", initial={"key": uuid4()})
        # A second click of the first count is the same count: the action knows it by its key.
        if data is None and order.counts.exists():
            field = cast("forms.ChoiceField", self.fields["moment"])
            before = OrderCount.Moment.BEFORE.value
            field.choices = [one for one in OrderCount.Moment.choices if one[0] != before]


class ProveForm(forms.Form):
    """How the order was carried out."""

    method = forms.CharField(
        label=_("How was it carried out?"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The authority reads this in the pack. Name nobody."),
        error_messages={"required": _("Write how the order was carried out.")},
    )

    def __init__(self, data: Any = None, *, order: AuthorityOrder) -> None:  # noqa: ANN401 - as above
        super().__init__(data, auto_id="id_prove_%s", initial={"method": order.method})


class AnswerForm(forms.Form):
    """When the answer was sent."""

    sent_on = forms.DateField(
        label=_("Sent on"),
        widget=DayInput(),
        error_messages={"required": _("Give the day on which it was sent.")},
    )
    reason = forms.CharField(
        label=_("Why without a count"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only where no count shows that the order was carried out."),
    )

    def __init__(self, data: Any = None, *, today: date, asks_why: bool) -> None:  # noqa: ANN401 - as above
        super().__init__(data, auto_id="id_answer_%s", initial={"sent_on": today})
        if not asks_why:
            del self.fields["reason"]


class _Packages(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own is not generic
    def label_from_instance(self, obj: AuditPackage) -> str:
        """Name a package by its period and the beginning of its id."""
        return f"{obj.start} – {obj.end}, {obj.export[:8]}"  # noqa: RUF001 - from one day to another


class DiscloseForm(forms.Form):
    """Which case is named, and in which package the authority found it."""

    reference = forms.CharField(
        label=_("Reference of the case"),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
        help_text=_("Such as FR-7K3Q-92MX"),
        error_messages={"required": _("Write the reference of the case.")},
    )
    package = _Packages(
        label=_("Package in which the authority found it"),
        queryset=AuditPackage.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose a package.")},
    )

    def __init__(self, data: Any = None) -> None:  # noqa: ANN401 - as above
        super().__init__(data, auto_id="id_disclose_%s")
        field = cast("_Packages", self.fields["package"])
        field.queryset = AuditPackage.objects.filter(made_at__isnull=False)
