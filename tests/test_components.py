"""The components and pages that every door shares: markup, safety, contrast."""

import re
import subprocess
import sys
from typing import ClassVar

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.template.loader import render_to_string
from django.views import csrf, defaults

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
STATIC = settings.BASE_DIR / "subjects" / "static"
CANARY = "canary-7f31"


class EveryField(forms.Form):
    choice_hints: ClassVar = {"rights": {"access": "With where it came from."}}

    email = forms.EmailField(label="Your e-mail address", help_text="For this case <only>.")
    notes = forms.CharField(widget=forms.Textarea(attrs={"class": "wide"}))
    country = forms.ChoiceField(choices=[("FR", "France")])
    who = forms.ChoiceField(
        choices=[("me", "Myself"), ("child", "My child")], widget=forms.RadioSelect
    )
    rights = forms.MultipleChoiceField(
        choices=[("access", "A copy"), ("erasure", "Erase it")], widget=forms.CheckboxSelectMultiple
    )
    picture = forms.FileField()
    agree = forms.BooleanField(label="I have read it")
    step = forms.CharField(widget=forms.HiddenInput)


def rendered(name, form=None, **options):
    form = form or EveryField()
    html = render_to_string("components/field.html", {"field": form[name], **options})
    return " ".join(html.split())


@pytest.mark.parametrize(
    ("name", "markup"),
    [
        ("email", '<input type="email" name="email"'),
        ("email", 'class="govuk-input"'),
        ("notes", 'class="govuk-textarea wide"'),
        ("country", 'class="govuk-select"'),
        ("who", '<input class="govuk-radios__input" id="id_who_1" name="who" type="radio"'),
        ("rights", '<input class="govuk-checkboxes__input" id="id_rights_0" name="rights"'),
        ("picture", 'class="govuk-file-upload"'),
        ("agree", '<input class="govuk-checkboxes__input" id="id_agree" name="agree"'),
        ("step", '<input type="hidden" name="step"'),
    ],
)
def test_each_kind_of_field_gets_the_markup_of_its_component(name, markup):
    assert markup in rendered(name)


@pytest.mark.parametrize("name", ["email", "notes", "country", "picture", "agree", "who", "rights"])
def test_an_error_is_shown_and_named_by_its_field(name):
    html = rendered(name, EveryField({}))
    assert f'<div id="id_{name}_error">' in html
    assert re.search(rf'aria-describedby="[^"]*id_{name}_error"', html)
    assert "govuk-form-group--error" in html


def test_a_hint_is_named_by_its_field_and_escaped():
    html = rendered("email")
    assert (
        '<div id="id_email_helptext" class="govuk-hint">For this case &lt;only&gt;.</div>' in html
    )
    assert 'aria-describedby="id_email_helptext"' in html


def test_the_hint_of_one_choice_is_named_by_that_choice():
    html = rendered("rights")
    assert 'aria-describedby="id_rights_0_hint"' in html
    assert "With where it came from." in html
    assert "id_rights_1_hint" not in html


def test_nothing_is_ticked_before_the_person_does_it():
    assert not any("checked" in rendered(name) for name in ("who", "rights", "agree"))


def test_what_the_person_chose_comes_back():
    form = EveryField({"who": "child", "rights": ["access", "erasure"], "agree": "on"})
    assert rendered("who", form).count(" checked") == 1
    assert rendered("rights", form).count(" checked") == 2
    assert rendered("agree", form).count(" checked") == 1


def test_the_label_can_be_the_heading_of_the_page():
    assert '<h1 class="govuk-label-wrapper">' in rendered("email", heading=True)
    assert '<h1 class="govuk-fieldset__heading">' in rendered("who", heading=True)


def test_the_summary_of_errors_leads_to_each_field():
    html = render_to_string("components/error_summary.html", {"form": EveryField({})})
    for target in ("id_email", "id_who_0", "id_rights_0", "id_agree", "id_picture"):
        assert f'href="#{target}"' in html
    assert render_to_string("components/error_summary.html", {"form": EveryField()}).strip() == ""


def test_text_in_a_component_is_escaped():
    for name in ("inset", "warning", "badge", "button", "notification_banner"):
        html = render_to_string(f"components/{name}.html", {"text": "<b>bold</b>"})
        assert "<b>" not in html


def answers(rf):
    request = rf.get(f"/{CANARY}", {"name": CANARY})
    yield 404, defaults.page_not_found(request, Http404(CANARY))
    yield 403, defaults.permission_denied(request, PermissionDenied(CANARY))
    yield 400, defaults.bad_request(request, SuspiciousOperation(CANARY))
    yield 500, defaults.server_error(request)
    yield 403, csrf.csrf_failure(request, reason=REASON_NO_CSRF_COOKIE)


def test_no_page_about_an_error_repeats_what_was_sent(rf):
    for status, answer in answers(rf):
        page = answer.content.decode()
        assert answer.status_code == status
        assert CANARY not in page
        assert page.count("<h1") == 1
        assert "portal.css" in page


def test_every_page_names_whom_to_contact_and_where_to_complain(rf):
    page = defaults.page_not_found(rf.get("/"), Http404()).content.decode()
    assert settings.DPO_CONTACT in page
    assert "cnil.fr" in page


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_what_the_policy_for_content_forbids(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "<style" not in text
    markup = re.sub(r"{%.*?%}", "", text, flags=re.DOTALL)  # `with one=one` is no handler
    assert not re.search(r"\s(style|on[a-z]+)=", markup)
    assert not re.search(r'(src|href)="(https?:)?//', text)


def test_the_base_page_names_only_files_that_exist():
    text = (settings.BASE_DIR / "templates" / "base.html").read_text(encoding="utf-8")
    named = re.findall(r"{% static '([^']+)' %}", text)
    assert len(named) == 5
    assert all(finders.find(name) for name in named)


def test_no_style_sheet_fetches_anything():
    for path in STATIC.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"url\(|@import|@font-face|sourceMappingURL|GDS Transport", text)


def test_the_vendored_files_are_those_that_are_written_down():
    script = settings.BASE_DIR / ".ci" / "vendor_front_end.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, check=False)  # noqa: S603  # our own script
    assert done.returncode == 0, done.stdout.decode()


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_our_colours_can_be_read():
    css = (STATIC / "portal.css").read_text(encoding="utf-8")
    colour = dict(re.findall(r"--govuk-([a-z-]+): (#[0-9a-f]{6});", css))
    surface = colour["surface-background-colour"]
    for name in ("link-colour", "link-visited-colour", "link-hover-colour", "brand-colour"):
        assert contrast(colour[name], "#ffffff") >= 4.5
        assert contrast(colour[name], surface) >= 4.5
    assert contrast("#ffffff", colour["success-colour"]) >= 4.5
    assert contrast("#0b0c0c", colour["focus-colour"]) >= 4.5
