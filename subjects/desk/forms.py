"""What the desk sends: what law and case allow can be chosen, and nothing is chosen before."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from subjects import law
from subjects.actions.decide import confirmed, undecided
from subjects.actions.settle_identity import METHODS
from subjects.desk import words
from subjects.models import Case, Decision, FoundTemplate, Proposal, Right, RightsRequest
from subjects.policies import Staff, role_of

Choices = Sequence[tuple[str, Any]]
Data = Mapping[str, Any] | None


class DecisionForm(forms.Form):
    """What a reviewer sees in one candidate."""

    decision = forms.ChoiceField(
        label=_("Is this the same person?"),
        choices=[(one.value, text) for one, text in words.DECISION.items()],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the three.")},
    )

    def __init__(self, data: Data = None, *, found: FoundTemplate) -> None:
        # Each candidate has its own ids on the page; the field's name stays `decision`.
        super().__init__(data, auto_id=f"id_{found.pk.hex}_%s")
        self.found = found

    @property
    def chosen(self) -> Decision:
        """What a valid form says."""
        return Decision(self.cleaned_data["decision"])


class IdentityForm(forms.Form):
    """How the desk knows who is asking."""

    tier = forms.ChoiceField(
        label=_("How sure are you?"),
        choices=[
            (Case.Tier.T1.value, _("T1: it is the person whose contact and picture we have")),
            (Case.Tier.T2.value, _("T2: it is the person in the picture")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how sure you are.")},
    )
    method = forms.ChoiceField(
        label=_("How do you know?"),
        choices=list(METHODS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how you know.")},
    )


class ProposalForm(forms.Form):
    """An answer to put before a second person."""

    proposal = forms.ChoiceField(
        label=_("What do you propose?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you propose.")},
    )
    ground = forms.ChoiceField(
        label=_("Ground"),
        required=False,
        help_text=_("An erasure needs one of Article 17(1), a refusal one of the list."),
    )
    reasons = forms.CharField(
        label=_("Reasons, about this case"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The person reads them in the letter. A refusal must have them."),
    )

    def __init__(self, data: Data = None, *, rights_request: RightsRequest, user: Staff) -> None:
        super().__init__(data)
        _offer(self, "proposal", lawful_proposals(rights_request))
        _offer(self, "ground", lawful_grounds(rights_request, user))


def lawful_proposals(rights_request: RightsRequest) -> Choices:
    """List the answers that the review allows so far; what is not listed, the server refuses."""
    case = rights_request.case
    same, left = confirmed(case), undecided(case)
    lawful = [Proposal.REFUSE]
    if not left:
        if same or rights_request.right == Right.RECTIFICATION:
            lawful.insert(0, Proposal.GRANT)
        if not same:
            lawful.insert(0, Proposal.NOTHING_FOUND)
    return [(one.value, words.PROPOSAL[one]) for one in lawful]


def lawful_grounds(rights_request: RightsRequest, user: Staff) -> Choices:
    """List the grounds that exist for this right, for this role, and for the request as a whole."""
    officer = role_of(user) == "dpo"
    refusals = [
        (one.code, f"{one.article}: {one.text}")
        for one in law.refusals_for(rights_request.right)
        if one.whole and (officer or not one.officer_only)
    ]
    groups: list[tuple[str, Any]] = [("", _("None"))]
    if rights_request.erases:
        erasing = [(one.code, f"{one.article}: {one.text}") for one in law.grounds()]
        groups.append((str(_("To erase")), erasing))
    return [*groups, (str(_("To refuse")), refusals)]


class ApprovalForm(forms.Form):
    """Whoever approves shows once more that it is them."""

    password = forms.CharField(
        label=_("Your password, once more"),
        strip=False,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "class": "govuk-input--width-20"}
        ),
        help_text=_("So that nobody approves from a desk that was left open."),
        error_messages={"required": _("Give your password.")},
    )


class ExtensionForm(forms.Form):
    """Why two further months are needed."""

    reasons = forms.MultipleChoiceField(
        label=_("Why is more time needed?"),
        choices=lambda: [(one.code, one.text) for one in law.extension_reasons()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one reason.")},
    )
    text = forms.CharField(
        label=_("What makes it so in this case"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The person reads this in the letter."),
        error_messages={"required": _("Write what makes it so in this case.")},
    )

    def __init__(self, data: Data = None) -> None:
        super().__init__(data)
        weak = [one.code for one in law.extension_reasons() if not one.enough]
        hint = _("Not enough by itself (Article 12(3)).")
        cast("Any", self.fields["reasons"]).choice_hints = dict.fromkeys(weak, hint)


class NoteForm(forms.Form):
    """How the desk was told."""

    note = forms.CharField(
        label=_("How and when did the person tell you?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write how and when the person told you.")},
    )


class ButtonForm(forms.Form):
    """A button that says it all: nothing to fill in."""


def _offer(form: forms.Form, field: str, choices: Choices) -> None:
    cast("forms.ChoiceField", form.fields[field]).choices = choices
