"""What the person is told.

Letters with the parts that the law makes mandatory, and mails without content.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Count
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format

from subjects import law, vault
from subjects.models import Case, Decision, Letter, Outbox, RightsRequest
from subjects.stores import stores

TEXT_VERSION: Final = "letter-1"
LAW_KIND: Final = {
    "extension": "extension",
    "refusal": "refusal",
    "cannot_identify": "cannot_identify",
    "access_answer": "access_answer",
    "nothing_found": "not_found_answer",
    "erasure_answer": "erasure_answer",
    "objection_answer": "erasure_answer",
}
"""Letters whose mandatory parts the law lists; the others have none."""


STANDING_TEXTS: Final = {
    "remedy": "You can also go to court (Articles 78 and 79 GDPR).",
    "what_would_help": (
        "Other pictures of you, taken from the front and in good light, improve the search. You"
        " can send them on the page of your case or in a new request, as often as you like, at no"
        " cost."
    ),
    "copy": (
        "Your copy is on the page of your case. It opens with a code that we mail you and with"
        " your passphrase."
    ),
    "information": (
        "The copy holds, for each picture, what Article 15(1) and (2) ask us to tell you."
    ),
}
UNSURE: Final = (
    "Pictures of which nobody could say whether they show you: {}. They were left as they are."
)
NOTHING_KEPT: Final = "Nothing of what we found of you was kept."
BACKUPS: Final = "Backups in which it may still stand end within {} days, on {}."
RECIPIENTS: Final = (
    "Our records name these recipients, who must be told of it (Article 19 GDPR): {}."
)


def write_letter(
    rights_request: RightsRequest,
    kind: str,
    *,
    reasons: str = "",
) -> Letter:
    """Write a letter and put its mail into the outbox, in the caller's transaction.

    Raises `ReasonMissing` where a mandatory part would be empty: such a letter cannot be sent
    (R-110).
    """
    case = rights_request.case
    parts = _parts(rights_request, reasons or rights_request.reasons)
    if kind in LAW_KIND:
        law.check_letter(LAW_KIND[kind], parts)
    letter = Letter(
        case=case,
        rights_request=rights_request,
        kind=kind,
        text_version=TEXT_VERSION,
        language=case.language,
    )
    body = render_to_string(
        f"letters/{kind}.txt", {**_frame(case), "request": rights_request, **parts}
    )
    letter.body_sealed = vault.seal_text(_tidy(body), context=f"letter:{letter.pk.hex}")
    letter.save(force_insert=True)
    Outbox.objects.create(case=case, letter=letter, kind=Outbox.Kind.NEWS)
    return letter


def announce(case: Case) -> None:
    """Put a mail into the outbox that says only that there is news."""
    Outbox.objects.create(case=case, kind=Outbox.Kind.NEWS)


def mail_text(mail: Outbox, *, secret: str, code: str) -> tuple[str, str]:
    """Return subject and text of a mail.

    The link carries its secret in the fragment, which no server logs.
    """
    case = mail.case
    context = _frame(case) | {
        "link": f"{settings.PUBLIC_URL}/cases/{case.reference}/open/#{secret}",
        "code": code,
        "page": f"{settings.PUBLIC_URL}/cases/{case.reference}/open/",
    }
    body = _tidy(render_to_string(f"emails/{mail.kind}.txt", context))
    subject, _, text = body.partition("\n")
    return subject.strip(), text.lstrip()


def _frame(case: Case) -> dict[str, Any]:
    first = case.rights_requests.first()
    return {
        "case": case,
        "reference": case.reference,
        "controller": settings.CONTROLLER_NAME,
        "address": settings.CONTROLLER_ADDRESS,
        "email": settings.CONTROLLER_EMAIL,
        "officer": settings.DPO_CONTACT,
        "today": _day(timezone.localdate()),
        "received_on": _day(case.received_on),
        "due_on": _day(first.answer_due_on) if first else "",
    }


def _parts(rights_request: RightsRequest, reasons: str) -> Mapping[str, str]:
    """Return the text of every part a letter may need, by the codes of the law's data."""
    case = rights_request.case
    verdicts = [item.verdict for item in case.found.all()]
    same, unsure = verdicts.count(Decision.SAME), verdicts.count(Decision.CANNOT_TELL)
    backups_end = timezone.localdate() + timedelta(days=settings.BACKUP_DAYS)
    hold_until = rights_request.hold_until
    return {
        **STANDING_TEXTS,
        **_searched(case),
        "reasons": reasons,
        "delay_reasons": reasons,
        "cannot_identify": reasons,
        "new_due_on": _day(rights_request.extended_to),
        "ground": _ground(rights_request),
        "authority": _authority(case),
        "officer": settings.DPO_CONTACT,
        "confirmation": _confirmation(same, unsure),
        "action_taken": _action_taken(rights_request),
        "kept": UNSURE.format(unsure) if unsure else NOTHING_KEPT,
        "recipients_told": _recipients(rights_request),
        "backups_end_on": BACKUPS.format(settings.BACKUP_DAYS, _day(backups_end)),
        "hold_until": _day(timezone.localdate(hold_until)) if hold_until else "",
    }


def _searched(case: Case) -> dict[str, str]:
    search = case.searches.filter(kind="intake", finished_at__isnull=False).last()
    answers = list(search.stores.all()) if search else []
    return {
        "searched": ", ".join(stores[row.store].name for row in answers),
        "searched_on": _day(search.finished_at.date()) if search and search.finished_at else "",
        "compared": f"{sum(row.compared for row in answers):,}".replace(",", " "),
    }


def _confirmation(found: int, unsure: int) -> str:
    if found:
        return f"Yes: we hold {found} face code{'s' * (found > 1)} of you."
    if unsure:
        return f"We found nothing that we can say is you. Of {unsure} pictures nobody could tell."
    return "No: in this search we found no picture or face code of you."


def _ground(rights_request: RightsRequest) -> str:
    if not rights_request.ground:
        return ""
    entry = (law.refusal if rights_request.proposal == "refuse" else law.ground)(
        rights_request.ground
    )
    return f"{entry.text} ({entry.article})"


def _authority(case: Case) -> str:
    known = law.authorities(case.country) or law.authorities(settings.CONTROLLER_COUNTRY)
    return (
        f"You can complain to {known[0].name}, {known[0].website}, or to the authority where you"
        " work or where the matter took place (Article 77 GDPR)."
    )


def _action_taken(rights_request: RightsRequest) -> str:
    rows = rights_request.erasure_items.values("store", "depth").annotate(number=Count("id"))
    lines = [
        f"{row['number']} face code{'s' * (row['number'] > 1)} with the pictures in"
        f" {stores[row['store']].name}. {row['depth']}"
        for row in rows.order_by("store")
    ]
    return "\n".join(f"- {line}" for line in lines)


def _recipients(rights_request: RightsRequest) -> str:
    told = rights_request.erasure_items.exclude(recipients=[]).values_list("recipients", flat=True)
    names = sorted({name for line in told for name in line})
    if not names:
        return "Our records name nobody who was given these pictures."
    return (
        "Our records name these recipients, who are told of the erasure: " + ", ".join(names) + "."
    )


def _day(day: date | None) -> str:
    return date_format(day, "j F Y") if day else ""


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(lines) + "\n"
