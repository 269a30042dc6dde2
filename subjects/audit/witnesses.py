"""Witnesses of C2SP tlog-witness: they remember the log, and sign only what continues it."""

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from subjects.audit import outcomes
from subjects.audit.asking import Answer, NoAnswer, ask
from subjects.audit.models import AuditAnchor, AuditCheckpoint
from subjects.audit.publish import log_tiles
from subjects.audit.standalone.merkle import consistency_proof
from subjects.audit.standalone.notes import (
    NoteRefused,
    cosigned_at,
    parse_note,
    parse_signature,
    read_number,
    verified_by,
    write_note,
)
from subjects.audit.witness_policy import Policy, Witness, parse_policy
from subjects.errors import (
    WitnessAhead,
    WitnessPolicyBroken,
    WitnessRefused,
    WitnessUnavailable,
)

KIND: Final = "cosignature"
QUESTION: Final = "text/plain; charset=utf-8"
SIGNED, FORBIDDEN, UNKNOWN, CONFLICT, NO_PROOF = 200, 403, 404, 409, 422
_WORDS: Final = 160
_REFUSALS: Final = {
    FORBIDDEN: "it does not know the key that this log signs with",
    UNKNOWN: "it does not know PORTAL_LOG_ORIGIN",
}


def policy() -> Policy | None:
    """Read PORTAL_WITNESS_POLICY_FILE; None without one. Raises WitnessPolicyBroken."""
    if not settings.WITNESS_POLICY_FILE:
        return None
    try:
        data = Path(settings.WITNESS_POLICY_FILE).read_bytes()
    except OSError as error:
        raise WitnessPolicyBroken(0, f"it cannot be read ({error.strerror})") from None
    return parse_policy(data)


def is_ahead() -> int | None:
    """Give the size that a witness has seen when that was more than ours: nothing may be signed.

    It stands until that witness signs again, or is no longer in the policy. While the policy
    cannot be read, whoever was ahead counts.
    """
    sizes = [last.ahead for last in _ahead() if last.ahead is not None]
    return max(sizes, default=None)


def check_nobody_is_ahead(ours: int) -> None:
    """Raise WitnessAhead while a witness is known to have seen more than these `ours` entries."""
    for last in _ahead():
        raise WitnessAhead(last.name, last.ahead or 0, ours)


def _ahead() -> list[outcomes.Outcome]:
    marked = [last for last in outcomes.every(KIND) if last.ahead is not None]
    if not marked:
        return []
    try:
        now = policy()
    except WitnessPolicyBroken:
        return marked
    return [last for last in marked if now and last.name in now.witnesses]


def cosign(checkpoint: AuditCheckpoint, witness: Witness, *, again: bool = False) -> AuditAnchor:
    """Have `witness` sign the checkpoint, and keep its line once it verifies.

    The checkpoint must be published: the proof is read from the tiles. What is kept already is
    asked for only `again`, to hear whether the witness has seen more. Call it outside a
    transaction. Raises WitnessAhead, WitnessRefused, WitnessUnavailable, TileMissing.
    """
    kept = AuditAnchor.objects.filter(kind=KIND, name=witness.name).order_by("-size")
    known = kept.filter(size__lte=checkpoint.size).first()
    if known and known.size == checkpoint.size and not again:
        return known
    old = known.size if known else 0
    answer = _add_checkpoint(checkpoint, witness, old)
    if answer.status == CONFLICT:
        old = _their_size(answer, checkpoint, witness, old)
        answer = _add_checkpoint(checkpoint, witness, old)
        if answer.status == CONFLICT:
            _their_size(answer, checkpoint, witness, old)
            raise WitnessUnavailable(witness.name, "it has seen another size at each question")
    if answer.status != SIGNED:
        raise _refusal(answer, witness)
    line, at = _verified(answer, bytes(checkpoint.note), witness)
    kept_line, _ = AuditAnchor.objects.get_or_create(
        kind=KIND, size=checkpoint.size, name=witness.name, defaults={"proof": line, "at": at}
    )
    return kept_line


def _add_checkpoint(checkpoint: AuditCheckpoint, witness: Witness, old: int) -> Answer:
    if not witness.url:
        raise WitnessUnavailable(witness.name, "the policy file gives no address to ask it at")
    proof = consistency_proof(old, checkpoint.size, log_tiles().subtree) if old else []
    lines = [f"old {old}", *(b64encode(one).decode() for one in proof), "", ""]
    question = "\n".join(lines).encode() + bytes(checkpoint.note)
    try:
        return ask(f"{witness.url}/add-checkpoint", question, QUESTION)
    except NoAnswer as none:
        raise WitnessUnavailable(witness.name, str(none)) from None


def _their_size(answer: Answer, checkpoint: AuditCheckpoint, witness: Witness, old: int) -> int:
    """Read how much the witness has seen. Raises when it cannot be gone on from."""
    try:
        theirs = read_number(answer.body.decode("ascii").removesuffix("\n"))
    except (NoteRefused, UnicodeDecodeError):
        raise WitnessUnavailable(witness.name, "it answers 409 without a size") from None
    if theirs > checkpoint.size:
        raise WitnessAhead(witness.name, theirs, checkpoint.size)
    if theirs == old:
        why = f"it has signed another root for {theirs} entries: this log has forked"
        raise WitnessRefused(witness.name, why)
    return theirs


def _refusal(answer: Answer, witness: Witness) -> WitnessRefused | WitnessUnavailable:
    if answer.status == NO_PROOF:
        why = "this log does not continue what it has signed before, it says"
    elif answer.status in _REFUSALS:
        why = _REFUSALS[answer.status]
    elif 400 <= answer.status < 500:  # noqa: PLR2004 - the class of statuses that blame the asker
        why = f"it refuses with status {answer.status}"
    else:
        return WitnessUnavailable(witness.name, f"it answers with status {answer.status}")
    said = "".join(
        one if one.isprintable() else " " for one in answer.body.decode("ascii", "replace")
    )
    return WitnessRefused(witness.name, f"{why}: “{said[:_WORDS].strip()}”" if said else why)


def _verified(answer: Answer, note: bytes, witness: Witness) -> tuple[bytes, datetime]:
    """Give the witness's own line and its time; lines of unknown keys are passed over."""
    try:
        lines = answer.body.decode("utf-8").removesuffix("\n").split("\n")
        mine = [
            line
            for line in map(parse_signature, lines)
            if (line.name, line.key_hash) == (witness.vkey.name, witness.vkey.key_hash)
        ]
        signed = parse_note(write_note(parse_note(note).text, *(one.line() for one in mine[:1])))
    except (NoteRefused, UnicodeDecodeError):
        raise WitnessUnavailable(witness.name, "it answers without its signature") from None
    at = cosigned_at(signed, witness.vkey)
    if not at or not verified_by(signed, [witness.vkey]):
        raise WitnessRefused(witness.name, "its signature does not verify with the policy's key")
    return mine[0].line(), datetime.fromtimestamp(at, UTC)
