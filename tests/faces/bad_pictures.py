"""Pictures as attackers, old programs and odd cameras make them, and what must become of each.

`CASES`: name -> (maker, error expected of `encode_one`, or None where it must be accepted).
"""

from collections.abc import Iterator

from subjects.errors import (
    BadPicture,
    FaceTooSmall,
    NoFaceFound,
    NotAPicture,
    PictureDamaged,
    PictureFormatRefused,
    PictureTooDark,
    PictureTooLarge,
    PictureTooSmall,
    SeveralFacesFound,
)
from tests.faces import makers as m

Expected = type[BadPicture] | None
Cases = Iterator[tuple[str, m.Maker, Expected]]
WEB_PAGE = b"<!doctype html><script>alert('CanaryPayload')</script>"


def bombs() -> Cases:
    yield "png of 20000 squared", m.black_png(20_000), PictureTooLarge
    yield "png of 30000 squared", m.black_png(30_000), PictureTooLarge
    yield "header claims 12000 squared", m.claimed_png(12_000), PictureTooLarge
    yield "header claims two billion squared", m.claimed_png(2**31 - 1), PictureTooLarge
    yield "header claims nothing", m.claimed_png(0), PictureDamaged
    yield "jpeg claims 65500 squared", m.huge_jpeg_claim, PictureTooLarge
    yield "webp claims 16 million squared", m.huge_webp_claim, PictureTooLarge
    yield "200 MB of zTXt", m.with_chunk(b"zTXt", b"note\0\0", 200 * m.MB), PictureDamaged
    yield "200 MB of iTXt", m.with_chunk(b"iTXt", b"note\0\1\0\0\0", 200 * m.MB), PictureDamaged
    yield "200 MB of iCCP", m.with_chunk(b"iCCP", b"profile\0\0", 200 * m.MB), PictureDamaged
    yield "too many bytes", m.followed_by("JPEG", bytes(12 * m.MB)), PictureTooLarge


def cut_short() -> Cases:
    for percent in range(5, 100, 10):
        yield f"jpeg cut at {percent} percent", m.cut("JPEG", percent), PictureDamaged
    for kind in ("PNG", "WEBP"):
        for percent in (10, 50, 99):
            yield f"{kind} cut at {percent} percent", m.cut(kind, percent), PictureDamaged
    yield "only the first bytes", lambda portrait: portrait[:3], PictureDamaged
    bare = m.PNG + m.header(300, 300) + m.chunk(b"IEND")
    yield "png without pixels", m.always(bare), PictureDamaged
    yield "png with a wrong checksum", m.wrong_checksum, PictureDamaged


def other_files() -> Cases:
    for kind in ("GIF", "TIFF", "BMP", "ICO", "JPEG2000", "EPS"):
        yield f"{kind} renamed", m.converted(kind), PictureFormatRefused
    for name, content in (
        ("svg", b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("avif", b"\0\0\0\x18ftypavif\0\0\0\0mif1avif"),
        ("photoshop", b"8BPS\0\1" + bytes(40)),
    ):
        yield f"{name} renamed", m.always(content), PictureFormatRefused
    for name, content in (
        ("zip", m.archive()),
        ("html", WEB_PAGE),
        ("pdf", b"%PDF-1.7\n1 0 obj\n"),
        ("program", b"\x7fELF" + bytes(60)),
        ("video", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
        ("sound", b"RIFF\x24\0\0\0WAVEfmt "),
        ("text", b"not a picture"),
        ("nothing", b""),
    ):
        yield f"{name} renamed", m.always(content), NotAPicture


def sizes() -> Cases:
    for kind in ("JPEG", "PNG", "WEBP"):
        yield f"one pixel of {kind}", m.resized(1, 1, kind), PictureTooSmall
    yield "a line of 65500", m.resized(65_500, 1), PictureTooSmall
    yield "a side of 199", m.resized(199, 249), PictureTooSmall
    yield "sides of 200 and 250", m.resized(200, 250), None
    yield "five times as high as wide", m.resized(300, 1500), PictureTooSmall
    yield "a side of 12001", m.resized(12_001, 3_100), PictureTooLarge
    yield "25 megapixels", m.resized(4_472, 5_590), None
    yield "just under 50 megapixels", m.resized(6_320, 7_900), None
    yield "just over 50 megapixels", m.resized(6_325, 7_906), PictureTooLarge


def colours() -> Cases:
    yield "CMYK", m.in_mode("CMYK", "JPEG"), None
    yield "grey jpeg", m.in_mode("L", "JPEG"), None
    yield "grey png", m.in_mode("L", "PNG"), None
    yield "grey with opacity", m.in_mode("LA", "PNG"), None
    yield "png with opacity", m.in_mode("RGBA", "PNG"), None
    yield "webp with opacity", m.in_mode("RGBA", "WEBP"), None
    yield "palette", m.in_mode("P", "PNG"), None
    yield "palette with a transparent entry", m.in_mode("P", "PNG", transparency=0), None
    yield "16 bits grey", m.sixteen_bits_grey, None
    yield "16 bits colour", m.sixteen_bits_colour, None
    yield "wholly transparent", m.wholly_transparent, NoFaceFound
    yield "progressive", m.converted("JPEG", progressive=True), None
    yield "webp without loss", m.converted("WEBP", lossless=True, method=0), None


def frames() -> Cases:
    yield "two frames of a phone (MPO)", m.animated("MPO"), None
    yield "animated png", m.animated("PNG"), None
    yield "animated webp", m.animated("WEBP"), None


def tags() -> Cases:
    for orientation in m.LAID_DOWN:
        yield f"turned by exif {orientation}", m.with_orientation(orientation), None
    yield "png turned by exif", m.with_orientation(6, "PNG"), None
    yield "webp turned by exif", m.with_orientation(8, "WEBP"), None
    yield "an orientation that does not exist", m.with_orientation(99), None
    yield "place and camera", m.with_place, None
    yield "broken exif", m.converted("JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"), None
    yield "a megabyte of text", m.with_chunk(b"zTXt", b"note\0\0", m.MB), None


def doubles() -> Cases:
    yield "jpeg and zip", m.followed_by("JPEG", m.archive()), None
    yield "png and web page", m.followed_by("PNG", WEB_PAGE), None
    yield "webp and web page", m.followed_by("WEBP", WEB_PAGE), None
    yield "web page in a comment", m.converted("JPEG", comment=WEB_PAGE), None


def contents() -> Cases:
    yield "two faces", m.twice, SeveralFacesFound
    yield "no face", m.landscape, NoFaceFound
    yield "noise", m.noise, NoFaceFound
    yield "upside down", m.upside_down, NoFaceFound
    yield "dark", m.darkened, PictureTooDark
    yield "a face of 36 pixels", m.small_on_paper(128), FaceTooSmall
    yield "a face of 10 pixels", m.small_on_paper(36), NoFaceFound


GROUPS = (bombs, cut_short, other_files, sizes, colours, frames, tags, doubles, contents)
CASES = {name: (maker, expected) for group in GROUPS for name, maker, expected in group()}
