"""Everything that can be wrong, named for what is wrong, each with a message that says what to do.

PortalError
├── BadPicture                  the person's turn: another picture helps
│   ├── NotAPicture             zip, HTML, text, an unknown format
│   ├── PictureFormatRefused    a picture, but not JPEG, PNG or WebP
│   ├── PictureTooLarge         too many bytes or pixels
│   ├── PictureTooSmall         a side too short
│   ├── PictureDamaged          cut off or broken inside
│   ├── PictureTooDark
│   ├── NoFaceFound
│   ├── FaceTooSmall
│   ├── SeveralFacesFound       the person chooses
│   └── PictureTooHard          the decoder needed too much time or memory
├── EncoderUnavailable          the operator's turn: models or libraries are missing
├── StoreError
│   ├── UnknownStore
│   ├── StoreMisconfigured
│   ├── StoreUnavailable        down, damaged or unreadable: the case stays open
│   ├── VectorRefused           not 128 finite numbers
│   ├── ModelMismatch           made with another model
│   ├── TemplateGone            the store no longer holds it
│   └── ErasureIncomplete       still there after the erase
├── VaultError
│   ├── VaultKeyMissing
│   ├── BlobPurged
│   └── BlobDamaged
├── AuditError
│   ├── LeafRefused             a field, word or value that the log does not take
│   └── AuditChainBroken
├── LawError
│   ├── UnknownCountry
│   ├── TooLate                 after the time limit the server refuses
│   ├── ReasonMissing           a reason, ground or text that the law asks for
│   ├── RefusalNotAvailable     this ground does not exist for this right
│   ├── ExtendedAlready         once is all the law allows
│   ├── DatesOutOfOrder         an answer before its question, a receipt in the future
│   ├── UnknownLawCode          no such right, ground, letter or notice on that day
│   └── LawDataBroken           a file of the law's data contradicts itself
├── LifecycleError
│   ├── MoveNotAllowed
│   ├── Superseded              another worker has taken over: stop
│   └── NotYet                  something must be done first
├── FourEyesNeeded              the same person decided and approved
├── IdentityNotSettled
├── ExportIncomplete            a part of the answer is empty
├── WrongSecret                 link, code or passphrase
└── ServerNeeded                a server of ours does not answer (message broker, database)
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import ClassVar


class PortalError(Exception):
    """The root. `code` is stable for programs and translations, `str()` is for people."""

    code: ClassVar[str] = "portal"


# --- Pictures -----------------------------------------------------------------------------


class BadPicture(PortalError):
    """The picture cannot be used; the message says why and one way to mend it."""

    code = "bad-picture"
    sentence: ClassVar[str] = "We could not use this picture. Please send another one."

    def __init__(self) -> None:
        super().__init__(self.sentence)


class NotAPicture(BadPicture):
    """The bytes are not a picture at all."""

    code = "not-a-picture"
    sentence = "This file is not a picture. Please choose a photo, for example one from your phone."


class PictureFormatRefused(BadPicture):
    """A picture in a format that is not decoded here."""

    code = "picture-format-refused"
    sentence = "We can read JPEG, PNG and WebP pictures. Please save the picture as JPEG and send it again."


class PictureTooLarge(BadPicture):
    """More bytes or pixels than are decoded here."""

    code = "picture-too-large"
    sentence = "This picture is too large. Please send a smaller copy, under 12 MB and 50 megapixels."


class PictureTooSmall(BadPicture):
    """A side is too short for a face, or far longer than the other."""

    code = "picture-too-small"
    sentence = "This picture is too small or too narrow. Please send one with at least 200 pixels on each side."


class PictureDamaged(BadPicture):
    """Cut off, or broken inside."""

    code = "picture-damaged"
    sentence = "This picture is damaged or incomplete. Please send it again, or choose another one."


class PictureTooDark(BadPicture):
    """Too little light on the face."""

    code = "picture-too-dark"
    sentence = "This picture is too dark. Please take one with light on your face, for example at a window."


class NoFaceFound(BadPicture):
    """The detector found no face."""

    code = "no-face-found"
    sentence = "We found no face in this picture. Please send one that shows your whole face from the front."


class FaceTooSmall(BadPicture):
    """A face, but too few pixels of it."""

    code = "face-too-small"
    sentence = "The face in this picture is too small. Please send one taken from nearer."


class SeveralFacesFound(BadPicture):
    """More than one face: the person says which one is theirs."""

    code = "several-faces-found"

    def __init__(self, count: int = 2) -> None:
        self.count = count
        PortalError.__init__(self, f"We found {count} faces in this picture. Please tell us which one is you.")


class PictureTooHard(BadPicture):
    """Decoding took more time or memory than any honest picture needs, or killed the decoder."""

    code = "picture-too-hard"
    sentence = "We could not open this picture safely. Please send another one, saved as JPEG."


class EncoderUnavailable(PortalError):
    """The face library or its models are missing or broken. An operator must act."""

    code = "encoder-unavailable"

    def __init__(self, what: str) -> None:
        super().__init__(f"Faces cannot be encoded: {what}. Install requirements.txt again.")


# --- Stores -------------------------------------------------------------------------------


class StoreError(PortalError):
    """Something is wrong with a store of face templates."""

    code = "store"


class UnknownStore(StoreError):
    """No store of that name stands in the settings."""

    code = "unknown-store"

    def __init__(self, alias: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no store {alias!r}. FACE_TEMPLATE_STORES names: {', '.join(known)}.")


class StoreMisconfigured(StoreError):
    """The settings of a store cannot work."""

    code = "store-misconfigured"

    def __init__(self, alias: str, what: str) -> None:
        super().__init__(f"Store {alias!r} is not set up rightly: {what}.")


class StoreUnavailable(StoreError):
    """A store, or a part of it, does not answer. Never treated as an empty answer."""

    code = "store-unavailable"

    def __init__(self, alias: str, what: str) -> None:
        self.alias = alias
        super().__init__(f"Store {alias!r} cannot be used: {what}.")


class VectorRefused(StoreError):
    """Not a face code: wrong shape, NaN or infinite."""

    code = "vector-refused"

    def __init__(self, what: str) -> None:
        super().__init__(f"This is not a face code: {what}. Expected 128 finite numbers.")


class ModelMismatch(StoreError):
    """A store holds codes of another model: distances would mean nothing."""

    code = "model-mismatch"

    def __init__(self, alias: str, holds: str, wanted: str) -> None:
        super().__init__(f"Store {alias!r} holds codes of {holds}, the search uses {wanted}.")


class TemplateGone(StoreError):
    """The store no longer holds this template: it was erased."""

    code = "template-gone"

    def __init__(self, alias: str) -> None:
        self.alias = alias
        super().__init__(f"Store {alias!r} no longer holds this template.")


class ErasureIncomplete(StoreError):
    """Read again after the erase, and still there."""

    code = "erasure-incomplete"

    def __init__(self, alias: str, refs: Collection[str]) -> None:
        self.alias, self.refs = alias, frozenset(refs)
        super().__init__(f"Store {alias!r} still holds {len(refs)} of the templates it was told to erase.")


# --- Vault --------------------------------------------------------------------------------


class VaultError(PortalError):
    """A sealed file cannot be sealed or opened."""

    code = "vault"


class VaultKeyMissing(VaultError):
    """The key that sealed this is not among PORTAL_VAULT_KEYS."""

    code = "vault-key-missing"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"The vault key {key_id!r} is not in PORTAL_VAULT_KEYS. Put it back after the first one.")


class BlobPurged(VaultError):
    """It was purged: its key and file are gone for good."""

    code = "blob-purged"

    def __init__(self) -> None:
        super().__init__("This file has been deleted, with its key. It cannot be brought back.")


class BlobDamaged(VaultError):
    """The file is missing, or its bytes were changed or swapped."""

    code = "blob-damaged"

    def __init__(self) -> None:
        super().__init__("This sealed file is missing or was changed. Restore it from a backup.")


# --- Log ----------------------------------------------------------------------------------


class AuditError(PortalError):
    """The log refuses, or is broken."""

    code = "audit"


class LeafRefused(AuditError):
    """An entry with a field or value outside the closed vocabulary."""

    code = "leaf-refused"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"The log does not take {field!r}: {why}.")


class AuditChainBroken(AuditError):
    """The first entry at which the log stops being what was written."""

    code = "audit-chain-broken"

    def __init__(self, case: str, step: int, why: str) -> None:
        self.case, self.step = case, step
        super().__init__(f"The log is broken at case {case}, step {step}: {why}.")


# --- Law ----------------------------------------------------------------------------------


class LawError(PortalError):
    """The law does not allow it, or asks for more."""

    code = "law"


class UnknownCountry(LawError):
    """No calendar or authority is known for this country."""

    code = "unknown-country"

    def __init__(self, country: str) -> None:
        super().__init__(f"{country!r} is not a country of the EEA: use its two letters, such as FR.")


class TooLate(LawError):
    """The time limit for this act has passed."""

    code = "too-late"

    def __init__(self, act: str, last_day: date) -> None:
        self.last_day = last_day
        super().__init__(f"It is too late to {act}: the last day was {last_day.isoformat()}.")


class ReasonMissing(LawError):
    """A reason, ground, choice or text that the law asks for is missing or empty."""

    code = "reason-missing"

    def __init__(self, what: str, article: str) -> None:
        super().__init__(f"Please give {what} ({article}).")


class RefusalNotAvailable(LawError):
    """No such ground exists for this right."""

    code = "refusal-not-available"

    def __init__(self, ground: str, right: str) -> None:
        super().__init__(f"Ground {ground} cannot be used to refuse a request for {right}.")


class ExtendedAlready(LawError):
    """A second extension of the same request."""

    code = "extended-already"

    def __init__(self) -> None:
        super().__init__("The time limit was extended once already: no more is allowed (Article 12(3)).")


class DatesOutOfOrder(LawError):
    """Two dates of one case that cannot both be true."""

    code = "dates-out-of-order"

    def __init__(self, earlier: str, later: str) -> None:
        super().__init__(f"The {later} cannot come before the {earlier}. Please correct one of the dates.")


class UnknownLawCode(LawError):
    """A code that the law's data do not know, or not on that day."""

    code = "unknown-law-code"

    def __init__(self, kind: str, wanted: str, on: date) -> None:
        super().__init__(f"There is no {kind} {wanted!r} on {on.isoformat()}. Choose one from the list.")


class LawDataBroken(LawError):
    """A file of the law's data that contradicts itself: the portal must not decide by it."""

    code = "law-data-broken"

    def __init__(self, file: str, what: str) -> None:
        super().__init__(f"subjects/law/{file} cannot be used: {what}.")


# --- Lifecycle ----------------------------------------------------------------------------


class LifecycleError(PortalError):
    """It is not the time for this."""

    code = "lifecycle"


class MoveNotAllowed(LifecycleError):
    """The lifecycle has no such move."""

    code = "move-not-allowed"

    def __init__(self, current: str, wanted: str) -> None:
        super().__init__(f"A request that is {current!r} cannot become {wanted!r}. Reload the page to see where it is.")


class Superseded(LifecycleError):
    """The row has moved on, or another worker holds it. What was being done must stop here."""

    code = "superseded"

    def __init__(self) -> None:
        super().__init__("Somebody else has already moved this on. Reload the page to see where it is.")


class NotYet(LifecycleError):
    """Something else must be done first."""

    code = "not-yet"

    def __init__(self, what: str) -> None:
        super().__init__(f"Not yet: {what}.")


class FourEyesNeeded(PortalError):
    """Nobody approves what they decided themselves."""

    code = "four-eyes-needed"

    def __init__(self) -> None:
        super().__init__("You decided this yourself. A different person must approve it.")


class IdentityNotSettled(PortalError):
    """Too little is known about who is asking."""

    code = "identity-not-settled"

    def __init__(self, needed: str) -> None:
        super().__init__(f"Settle the person's identity first: this needs tier {needed}.")


class ExportIncomplete(PortalError):
    """A part that Article 15 asks for is empty."""

    code = "export-incomplete"

    def __init__(self, parts: Collection[str]) -> None:
        self.parts = tuple(parts)
        super().__init__(f"The answer cannot be closed: {', '.join(self.parts)} would be empty.")


class WrongSecret(PortalError):
    """A link, code or passphrase that does not fit; the answer never says which."""

    code = "wrong-secret"

    def __init__(self) -> None:
        super().__init__("That code does not fit, or it has been used or has run out. You can ask for a new one.")


class ServerNeeded(PortalError):
    """A server that this command needs does not answer."""

    code = "server-needed"
