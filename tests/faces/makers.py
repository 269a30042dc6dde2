"""How odd and hostile pictures are made, from the portrait of one person or from nothing."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from subjects.faces.encoder import encode_one
from subjects.faces.values import Box

Maker = Callable[[bytes], bytes]

PNG = b"\x89PNG\r\n\x1a\n"
GREY, TRUE_COLOUR = 0, 2
MB = 1024 * 1024
ORIENTATION, GPS_TAG, MAKER_TAG = 0x0112, 0x8825, 0x010F
PLACE, CAMERA = "48.8584N", "CanaryCamera"

# How a camera lays the pixels down when it writes this orientation.
LAID_DOWN = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def opened(picture: bytes) -> Image.Image:
    return Image.open(BytesIO(picture)).convert("RGB")


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def converted(kind: str, **options: Any) -> Maker:
    return lambda portrait: saved(opened(portrait), kind, **options)


def always(content: bytes) -> Maker:
    return lambda _portrait: content


# --- PNG by hand ----------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def header(width: int, height: int, bits: int = 8, colour: int = TRUE_COLOUR) -> bytes:
    return chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, bits, colour, 0, 0, 0))


def zeros(count: int) -> bytes:
    packer, block = zlib.compressobj(1), bytes(MB)
    parts = [packer.compress(block) for _ in range(count // MB)]
    return b"".join(parts) + packer.compress(bytes(count % MB)) + packer.flush()


def black_png(side: int) -> Maker:
    """One bit a pixel: a hundred kilobytes that unfold to hundreds of megapixels."""

    def make(_portrait: bytes) -> bytes:
        rows = zeros(side * (1 + (side + 7) // 8))
        return PNG + header(side, side, 1, GREY) + chunk(b"IDAT", rows) + chunk(b"IEND")

    return make


def claimed_png(side: int) -> Maker:
    """Write a header and next to nothing behind it."""
    body = chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND")
    return always(PNG + header(side, side) + body)


def with_chunk(kind: bytes, before: bytes, unpacked_bytes: int) -> Maker:
    def make(portrait: bytes) -> bytes:
        png, end = converted("PNG")(portrait), len(PNG) + 25  # after the header chunk
        return png[:end] + chunk(kind, before + zeros(unpacked_bytes)) + png[end:]

    return make


def wrong_checksum(portrait: bytes) -> bytes:
    png = bytearray(converted("PNG")(portrait))
    png[len(PNG) + 22] ^= 0xFF
    return bytes(png)


def sixteen_bits_grey(portrait: bytes) -> bytes:
    grey = np.asarray(opened(portrait).convert("L"), dtype=np.uint16)
    return saved(Image.fromarray(grey * 257), "PNG")


def sixteen_bits_colour(portrait: bytes) -> bytes:
    image = opened(portrait)
    deep = (np.asarray(image, dtype=np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    body = chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND")
    return PNG + header(*image.size, bits=16) + body


# --- Lies in headers --------------------------------------------------------------------------


def huge_jpeg_claim(portrait: bytes) -> bytes:
    jpeg = converted("JPEG")(portrait)
    at = jpeg.index(b"\xff\xc0")
    return jpeg[: at + 5] + struct.pack("!HH", 65_500, 65_500) + jpeg[at + 9 :]


def huge_webp_claim(_portrait: bytes) -> bytes:
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xfe\xff\xff" * 2
    return b"RIFF" + struct.pack("<I", len(extended) + 4) + b"WEBP" + extended


# --- Cut, sized, coloured ---------------------------------------------------------------------


def cut(kind: str, percent: int) -> Maker:
    def make(portrait: bytes) -> bytes:
        whole = converted(kind)(portrait)
        return whole[: len(whole) * percent // 100]

    return make


def resized(width: int, height: int, kind: str = "JPEG") -> Maker:
    return lambda portrait: saved(opened(portrait).resize((width, height)), kind)


def in_mode(mode: str, kind: str, **options: Any) -> Maker:
    return lambda portrait: saved(opened(portrait).convert(mode), kind, **options)


def wholly_transparent(portrait: bytes) -> bytes:
    image = opened(portrait)
    image.putalpha(0)
    return saved(image, "PNG")


def animated(kind: str) -> Maker:
    def make(portrait: bytes) -> bytes:
        first = opened(portrait)
        more = [ImageOps.mirror(first), ImageOps.invert(first)]
        return saved(first, kind, save_all=True, append_images=more)

    return make


# --- Tags, and files in one another --------------------------------------------------------------


def with_orientation(orientation: int, kind: str = "JPEG") -> Maker:
    def make(portrait: bytes) -> bytes:
        image, laid_down = opened(portrait), LAID_DOWN.get(orientation)
        if laid_down is not None:
            image = image.transpose(laid_down)
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        return saved(image, kind, exif=exif, quality=92)

    return make


def with_place(portrait: bytes) -> bytes:
    exif = Image.Exif()
    exif[MAKER_TAG] = CAMERA
    exif.get_ifd(GPS_TAG)[29] = PLACE
    return saved(opened(portrait), "JPEG", exif=exif, comment=PLACE.encode())


def archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("payload.txt", "CanaryPayload")
    return out.getvalue()


def followed_by(kind: str, tail: bytes) -> Maker:
    return lambda portrait: converted(kind)(portrait) + tail


# --- What is seen on them -------------------------------------------------------------------------


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (left.width + right.width, max(left.height, right.height)))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


def twice(portrait: bytes) -> bytes:
    return saved(beside(opened(portrait), ImageOps.mirror(opened(portrait))), "JPEG")


def darkened(portrait: bytes) -> bytes:
    return saved(ImageEnhance.Brightness(opened(portrait)).enhance(0.15), "PNG")


def small_on_paper(width: int) -> Maker:
    def make(portrait: bytes) -> bytes:
        paper = Image.new("RGB", (400, 500), (150, 160, 150))
        small = opened(portrait)
        paper.paste(small.resize((width, small.height * width // small.width)), (100, 100))
        return saved(paper, "JPEG", quality=95)

    return make


def upside_down(portrait: bytes) -> bytes:
    return saved(opened(portrait).transpose(Image.Transpose.ROTATE_180), "JPEG")


def landscape(_portrait: bytes) -> bytes:
    image = Image.linear_gradient("L").resize((800, 600)).convert("RGB")
    ImageDraw.Draw(image).polygon([(0, 600), (300, 200), (800, 600)], fill=(60, 90, 60))
    return saved(image, "JPEG")


def noise(_portrait: bytes) -> bytes:
    numbers = np.random.default_rng(1).integers(0, 256, (600, 600, 3), dtype=np.uint8)
    return saved(Image.fromarray(numbers), "PNG")


def blurred(radius: int) -> Maker:
    return lambda p: saved(opened(p).filter(ImageFilter.GaussianBlur(radius)), "PNG")


def leaning(degrees: int) -> Maker:
    return lambda p: saved(opened(p).rotate(degrees, fillcolor=(128, 128, 128)), "PNG")


def touching(portrait: bytes, other: bytes) -> tuple[bytes, Box]:
    """Two heads so near that their boxes overlap; the box is that of the portrait."""
    kept, beside_it = encode_one(portrait), encode_one(other)
    image = opened(portrait)
    head = beside_it.box.grown(0.1)
    cheek = opened(other).crop((head.left, head.top, head.right, head.bottom))
    cheek = cheek.resize((kept.box.width, kept.box.height))
    image.paste(cheek, (kept.box.right - kept.box.width // 8, kept.box.top))
    return saved(image, "PNG"), kept.box
