"""What can be wrong with a picture, and with what decodes it."""

from typing import ClassVar

from subjects.errors.root import PortalError


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
    sentence = "We can read JPEG, PNG and WebP pictures. Please save it as JPEG and send it again."


class PictureTooLarge(BadPicture):
    """More bytes or pixels than are decoded here."""

    code = "picture-too-large"
    sentence = (
        "This picture is too large. Please send a smaller copy, under 12 MB and 50 megapixels."
    )


class PictureTooSmall(BadPicture):
    """A side is too short for a face, or far longer than the other."""

    code = "picture-too-small"
    sentence = (
        "This picture is too small or too narrow. Please send one of at least 200 by 200 pixels."
    )


class PictureDamaged(BadPicture):
    """Cut off, or broken inside."""

    code = "picture-damaged"
    sentence = "This picture is damaged or incomplete. Please send it again, or choose another one."


class PictureTooDark(BadPicture):
    """Too little light on the face."""

    code = "picture-too-dark"
    sentence = "This picture is too dark. Please take one with light on your face, as at a window."


class NoFaceFound(BadPicture):
    """The detector found no face."""

    code = "no-face-found"
    sentence = (
        "We found no face in this picture. Please send one of your whole face from the front."
    )


class FaceTooSmall(BadPicture):
    """A face, but too few pixels of it."""

    code = "face-too-small"
    sentence = "The face in this picture is too small. Please send one taken from nearer."


class SeveralFacesFound(BadPicture):
    """More than one face: the person says which one is theirs."""

    code = "several-faces-found"

    def __init__(self, count: int = 2) -> None:
        self.count = count
        PortalError.__init__(
            self, f"We found {count} faces in this picture. Please tell us which one is you."
        )


class PictureTooHard(BadPicture):
    """Decoding took more time or memory than any honest picture needs, or killed the decoder."""

    code = "picture-too-hard"
    sentence = "We could not open this picture safely. Please send another one, saved as JPEG."


class EncoderUnavailable(PortalError):
    """The face library or its models are missing or broken. An operator must act."""

    code = "encoder-unavailable"

    def __init__(self, what: str) -> None:
        super().__init__(f"Faces cannot be encoded: {what}. Install requirements.txt again.")
