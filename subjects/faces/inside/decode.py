"""From hostile bytes to pixels: few formats, few pixels, no metadata, the right way up."""

import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin, WebPImagePlugin  # noqa: F401 - registers WebP
from PIL.Image import Resampling, Transpose

from subjects.errors import PictureDamaged, PictureTooLarge, PictureTooSmall
from subjects.faces.values import Box

FORMATS = ("JPEG", "PNG", "WEBP")  # a phone's MPO is a JPEG with a second frame
PIXELS = 50_000_000
SHORTEST_SIDE, LONGEST_SIDE, ASPECT = 200, 12_000, 4
TEXT_BYTES = 4 * 1024 * 1024
ORIENTATION = 0x0112
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
SIDEWAYS = (TURNS[5], TURNS[6], TURNS[7], TURNS[8])
# What Pillow's parsers let through when bytes are broken.
BROKEN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Decoded:
    """RGB pixels, the right way up and perhaps reduced; `width` and `height` before reducing."""

    image: Image.Image
    width: int
    height: int

    def to_original(self, box: Box) -> Box:
        """Give a box of the reduced pixels as a box of the original."""
        grown = box.scaled(self.width / self.image.width, self.height / self.image.height)
        return grown.within(self.width, self.height)

    def pixels(self) -> Pixels:
        """Give height x width x 3 numbers from 0 to 255."""
        return np.array(self.image)


def prepare() -> None:
    """Set Pillow's bounds, and load what it loads late: a child can open no file."""
    Image.MAX_IMAGE_PIXELS = PIXELS
    PngImagePlugin.MAX_TEXT_CHUNK = TEXT_BYTES
    PngImagePlugin.MAX_TEXT_MEMORY = TEXT_BYTES
    warnings.simplefilter("ignore")  # a warning prints a line of source: a file to open
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.preinit()
    _decode_one_of_each()


def _decode_one_of_each() -> None:
    grey = Image.new("RGB", (SHORTEST_SIDE, SHORTEST_SIDE), (128, 128, 128))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    for kind in ("JPEG", "PNG", "WEBP", "MPO"):
        out = BytesIO()
        grey.save(out, kind, exif=exif, save_all=kind == "MPO", append_images=[grey])
        as_png(decode(out.getvalue(), longest=SHORTEST_SIDE // 2).image)


def decode(picture: bytes, *, longest: int | None = None, held: bool = False) -> Decoded:
    """Decode one picture as RGB, turned by its EXIF tag, at most `longest` pixels a side.

    A picture held by the organisation may be of any small size. Raises PictureTooLarge,
    PictureTooSmall, PictureDamaged. Of an animation or an MPO only the first frame is read.
    """
    try:
        opened = Image.open(BytesIO(picture), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge from error
    except BROKEN as error:
        raise PictureDamaged from error
    width, height = opened.size
    _check_sides(width, height, held=held)
    try:
        if longest:
            opened.draft("RGB", _fitting(width, height, longest))
        opened.load()
        turn = TURNS.get(_orientation(opened))
        image = _as_rgb(opened)
    except BROKEN as error:
        raise PictureDamaged from error
    if turn is not None:
        image = image.transpose(turn)
    if turn in SIDEWAYS:
        width, height = height, width
    if longest and max(image.size) > longest:
        image = image.resize(_fitting(width, height, longest), Resampling.LANCZOS)
    return Decoded(image, width, height)


def as_jpeg(image: Image.Image, quality: int = 92) -> bytes:
    """Encode the pixels alone: no EXIF, no comment, no colour profile, no thumbnail."""
    out = BytesIO()
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    bare.save(out, "JPEG", quality=quality, optimize=False)
    return out.getvalue()


def as_png(image: Image.Image) -> bytes:
    """Encode the pixels alone, without loss."""
    out = BytesIO()
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    bare.save(out, "PNG", compress_level=3)
    return out.getvalue()


def _check_sides(width: int, height: int, *, held: bool) -> None:
    short, long = sorted((width, height))
    if short * long > PIXELS:
        raise PictureTooLarge
    if not held and (short < SHORTEST_SIDE or long > ASPECT * short):
        raise PictureTooSmall
    if long > LONGEST_SIDE:
        raise PictureTooLarge


def _fitting(width: int, height: int, longest: int) -> tuple[int, int]:
    share = min(1.0, longest / max(width, height))
    return max(1, round(width * share)), max(1, round(height * share))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except BROKEN:
        return 1  # honest cameras write broken tags: the pixels are still good


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16 bits: convert() would clip everything above 255 to white.
        grey = np.asarray(image.convert("I"), dtype=np.int64) // 257
        return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")
