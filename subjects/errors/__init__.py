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
│   ├── CannotCount             counted by hand: never taken as none
│   └── ErasureIncomplete       still there after the erase
├── VaultError
│   ├── VaultKeyMissing
│   ├── BlobPurged
│   └── BlobDamaged
├── AuditError
│   ├── LeafRefused             a field, word or value that the log does not take
│   ├── AuditChainBroken
│   ├── AuditTreeBroken
│   ├── LogKeyMissing           the operator's turn: the ceremony, or the copy of the key
│   ├── LogKeyDamaged
│   ├── LogKeyInPlace           a key in use is never written over
│   ├── LogBusy                 another process works on the log
│   ├── LogBehind               a restored database: recover before anything is signed
│   ├── LogForked               two stories: never signed
│   ├── LogNotPublished         no room, no right to write: caught up later
│   ├── TileForked              a published file never changes
│   ├── TileMissing
│   ├── RedactionRefused        other entries rest on it, or there is nothing to blank
│   ├── LogOwnerNeeded          the operator's turn: the portal's role may not blank
│   ├── AnchorError             somebody outside did not hold the log: it is asked again
│   │   ├── StampUnavailable
│   │   ├── StampRefused        a stamp that does not prove what it must
│   │   ├── WitnessUnavailable
│   │   ├── WitnessRefused      the witness does not sign this checkpoint
│   │   └── WitnessAhead        it has seen a longer log: nothing is signed
│   └── WitnessPolicyBroken
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
├── RegulatorError
│   ├── AdmissionRefused        the officer's turn: too far, too long, or not a scope
│   └── NotAdmitted             `reason` is the log's word
│       ├── WrongPassword
│       ├── WrongFactor         or used before
│       ├── TooManyWrongCodes
│       ├── AdmissionExpired
│       ├── AdmissionRevoked
│       └── OutOfScope          or nothing there: nobody is told which
├── PackageError
│   ├── PeriodRefused           ends before it begins, or is not over
│   ├── PackageFolderRefused    never mixed with what is there
│   ├── PackageTooLarge         no room: nothing is left behind
│   ├── NothingToPack           no checkpoint yet
│   ├── PackageGone             its days are over
│   └── CaseUnknownToLog        a case without a numbered entry
├── OrderError                  the officer's turn, about an order of an authority
│   ├── OrderRefused            a part is missing, or contradicts another
│   └── CountIncomplete         a store did not answer: nothing was recorded
├── FourEyesNeeded              the same person decided and approved
├── IdentityNotSettled
├── ExportIncomplete            a part of the answer is empty
├── WrongSecret                 link, code or passphrase
└── ServerNeeded                a server of ours does not answer (message broker, database)
"""

from subjects.errors.anchors import (
    AnchorError,
    StampRefused,
    StampUnavailable,
    WitnessAhead,
    WitnessPolicyBroken,
    WitnessRefused,
    WitnessUnavailable,
)
from subjects.errors.audit import (
    AuditChainBroken,
    AuditError,
    AuditTreeBroken,
    LeafRefused,
    LogBehind,
    LogBusy,
    LogForked,
    LogKeyDamaged,
    LogKeyInPlace,
    LogKeyMissing,
    LogNotPublished,
    LogOwnerNeeded,
    RedactionRefused,
    TileForked,
    TileMissing,
)
from subjects.errors.law import (
    DatesOutOfOrder,
    ExtendedAlready,
    LawDataBroken,
    LawError,
    ReasonMissing,
    RefusalNotAvailable,
    TooLate,
    UnknownCountry,
    UnknownLawCode,
)
from subjects.errors.lifecycle import (
    ExportIncomplete,
    FourEyesNeeded,
    IdentityNotSettled,
    LifecycleError,
    MoveNotAllowed,
    NotYet,
    ServerNeeded,
    Superseded,
    WrongSecret,
)
from subjects.errors.orders import (
    CountIncomplete,
    OrderError,
    OrderRefused,
)
from subjects.errors.package import (
    CaseUnknownToLog,
    NothingToPack,
    PackageError,
    PackageFolderRefused,
    PackageGone,
    PackageTooLarge,
    PeriodRefused,
)
from subjects.errors.pictures import (
    BadPicture,
    EncoderUnavailable,
    FaceTooSmall,
    NoFaceFound,
    NotAPicture,
    PictureDamaged,
    PictureFormatRefused,
    PictureTooDark,
    PictureTooHard,
    PictureTooLarge,
    PictureTooSmall,
    SeveralFacesFound,
)
from subjects.errors.regulator import (
    AdmissionExpired,
    AdmissionRefused,
    AdmissionRevoked,
    NotAdmitted,
    OutOfScope,
    RegulatorError,
    TooManyWrongCodes,
    WrongFactor,
    WrongPassword,
)
from subjects.errors.root import (
    PortalError,
)
from subjects.errors.stores import (
    CannotCount,
    ErasureIncomplete,
    ModelMismatch,
    StoreError,
    StoreMisconfigured,
    StoreUnavailable,
    TemplateGone,
    UnknownStore,
    VectorRefused,
)
from subjects.errors.vault import (
    BlobDamaged,
    BlobPurged,
    VaultError,
    VaultKeyMissing,
)

__all__ = [
    "AdmissionExpired",
    "AdmissionRefused",
    "AdmissionRevoked",
    "AnchorError",
    "AuditChainBroken",
    "AuditError",
    "AuditTreeBroken",
    "BadPicture",
    "BlobDamaged",
    "BlobPurged",
    "CannotCount",
    "CaseUnknownToLog",
    "CountIncomplete",
    "DatesOutOfOrder",
    "EncoderUnavailable",
    "ErasureIncomplete",
    "ExportIncomplete",
    "ExtendedAlready",
    "FaceTooSmall",
    "FourEyesNeeded",
    "IdentityNotSettled",
    "LawDataBroken",
    "LawError",
    "LeafRefused",
    "LifecycleError",
    "LogBehind",
    "LogBusy",
    "LogForked",
    "LogKeyDamaged",
    "LogKeyInPlace",
    "LogKeyMissing",
    "LogNotPublished",
    "LogOwnerNeeded",
    "ModelMismatch",
    "MoveNotAllowed",
    "NoFaceFound",
    "NotAPicture",
    "NotAdmitted",
    "NotYet",
    "NothingToPack",
    "OrderError",
    "OrderRefused",
    "OutOfScope",
    "PackageError",
    "PackageFolderRefused",
    "PackageGone",
    "PackageTooLarge",
    "PeriodRefused",
    "PictureDamaged",
    "PictureFormatRefused",
    "PictureTooDark",
    "PictureTooHard",
    "PictureTooLarge",
    "PictureTooSmall",
    "PortalError",
    "ReasonMissing",
    "RedactionRefused",
    "RefusalNotAvailable",
    "RegulatorError",
    "ServerNeeded",
    "SeveralFacesFound",
    "StampRefused",
    "StampUnavailable",
    "StoreError",
    "StoreMisconfigured",
    "StoreUnavailable",
    "Superseded",
    "TemplateGone",
    "TileForked",
    "TileMissing",
    "TooLate",
    "TooManyWrongCodes",
    "UnknownCountry",
    "UnknownLawCode",
    "UnknownStore",
    "VaultError",
    "VaultKeyMissing",
    "VectorRefused",
    "WitnessAhead",
    "WitnessPolicyBroken",
    "WitnessRefused",
    "WitnessUnavailable",
    "WrongFactor",
    "WrongPassword",
    "WrongSecret",
]
