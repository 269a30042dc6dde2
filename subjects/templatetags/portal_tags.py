"""What templates ask: about a form field its kind, widget and hints; about staff their role."""

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

from subjects.policies import Staff, can_see_log, is_officer

register = template.Library()

KINDS: tuple[tuple[type[forms.Widget], str], ...] = (
    # The first that fits wins: to Django many checkboxes are radios, and radios a select.
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.Select, "select"),
    (forms.CheckboxInput, "checkbox"),
    (forms.Textarea, "textarea"),
    (forms.FileInput, "file-upload"),
)


@register.filter
def kind(field: BoundField) -> str:
    """Name the component for a field: radios, checkboxes, checkbox, select, …, or input."""
    if field.is_hidden:
        return "hidden"
    widget = field.field.widget
    return next((name for widget_class, name in KINDS if isinstance(widget, widget_class)), "input")


@register.simple_tag
def govuk_widget(field: BoundField) -> SafeString:
    """Render the widget of a field with the classes of its kind, beside those of the form."""
    base = f"govuk-{kind(field)}"
    classes = [base, str(field.field.widget.attrs.get("class", ""))]
    if field.errors:
        classes.append(f"{base}--error")
    return field.as_widget(attrs={"class": " ".join(filter(None, classes))})


@register.filter
def choice_hint(field: BoundField, value: object) -> str:
    """Read the hint of one choice from `choice_hints` of the form: field name -> value -> text."""
    hints: dict[str, dict[str, str]] = getattr(field.form, "choice_hints", {})
    return hints.get(field.name, {}).get(str(value), "")


@register.filter
def first_input_id(field: BoundField) -> str:
    """Give the id to which an error leads: of a group of choices the first choice."""
    if kind(field) in {"radios", "checkboxes"}:
        return f"{field.auto_id}_0"
    return str(field.auto_id)


@register.filter
def is_dpo(user: Staff) -> bool:
    """Ask whether somebody is the data protection officer: some links of the desk are theirs."""
    return is_officer(user)


@register.filter
def sees_log(user: Staff) -> bool:
    """Ask whether somebody looks after the log."""
    return can_see_log(user)
