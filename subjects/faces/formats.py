"""What kind of file this is, told from its first bytes alone, before anything decodes it."""

from django.conf import settings

from subjects.errors import NotAPicture, PictureFormatRefused, PictureTooLarge

HELD_BYTES = 160 * 1024 * 1024
"""For a picture the organisation holds: 50 megapixels without loss. An upload may have far less."""
TAKEN = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
OTHER_PICTURES = (
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
    b"8BPS",
    b"%!PS",
    b"\xc5\xd0\xd3\xc6",  # EPS with a preview
    b"\x00\x00\x01\x00",  # ICO
    b"\xff\x0a",  # JPEG XL
    b"\x00\x00\x00\x0cJXL ",
    b"\xff\x4f\xff\x51",  # JPEG 2000
    b"\x00\x00\x00\x0cjP  ",
    b"qoif",
    b"\x8aMNG",
)
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
SVG_HEAD = 512


def upload_bytes() -> int:
    """Say how many bytes a picture may have that somebody sends in."""
    return int(getattr(settings, "UPLOAD_BYTES", 12 * 1024 * 1024))


def check(picture: bytes, *, at_most: int) -> None:
    """Refuse what is too long (bytes) or is not JPEG, PNG or WebP.

    Raises PictureTooLarge, PictureFormatRefused, NotAPicture.
    """
    if len(picture) > at_most:
        raise PictureTooLarge
    webp = picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"
    if webp or picture.startswith(TAKEN):
        return
    if picture.startswith(OTHER_PICTURES) or _is_heif(picture) or _is_svg(picture):
        raise PictureFormatRefused
    raise NotAPicture


def _is_heif(picture: bytes) -> bool:
    return picture[4:8] == b"ftyp" and picture[8:12] in HEIF_BRANDS


def _is_svg(picture: bytes) -> bool:
    head = picture[:SVG_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith(b"<svg") or (head.startswith(b"<?xml") and b"<svg" in head)
