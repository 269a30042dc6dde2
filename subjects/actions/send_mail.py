"""A mail leaves the outbox: neutral words, a link and a code, never what was found."""

from typing import Final

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from subjects import deadlines
from subjects.actions.move import lock_case
from subjects.actions.open_case import COLLECT_CODE_LIVES, LINK_LIVES
from subjects.audit.events import Actor, EventType
from subjects.audit.log import record
from subjects.models import Letter, OneTimeCode, Outbox
from subjects.notices import mail_text

ACTOR: Final = Actor.system("letters")


def send_mail(mail: Outbox) -> None:
    """Send one mail of the outbox, once; a twin finds it claimed or sent.

    Raises what the server raises.
    """
    if mail.sent_at or not mail.claim(sent_at=None):
        return
    collecting = mail.kind == Outbox.Kind.COLLECT_CODE
    purpose = OneTimeCode.Purpose.COLLECT if collecting else OneTimeCode.Purpose.OPEN
    lives = COLLECT_CODE_LIVES if collecting else LINK_LIVES
    # The code is made when the mail goes out: until then there is nothing to steal.
    secret, code = OneTimeCode.make(mail.case, purpose, lives=lives)
    subject, body = mail_text(mail, secret=secret, code=code)
    EmailMessage(subject, body, to=[mail.case.contact]).send()
    with transaction.atomic():
        case = lock_case(mail.case_id)
        mail.renew()
        Outbox.objects.filter(pk=mail.pk).update(
            sent_at=timezone.now(), lease_until=None, trouble=""
        )
        if mail.letter:
            Letter.objects.filter(pk=mail.letter.pk).update(sent_at=timezone.now())
            record(
                case.pk,
                EventType.LETTER_SENT,
                actor=ACTOR,
                letter=mail.letter.kind,
                version=mail.letter.text_version,
                language=mail.letter.language,
                channel="email",
                local_date=deadlines.received_on(timezone.now(), case.zone),
                request=mail.letter.rights_request.pk.hex if mail.letter.rights_request else None,
                right=mail.letter.rights_request.right if mail.letter.rights_request else None,
            )
