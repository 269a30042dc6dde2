"""Every bad picture ends in its named error, and the next person's picture works."""

import resource
from pathlib import Path

import pytest

from subjects.errors import BadPicture
from subjects.faces import sandbox
from subjects.faces.encoder import encode_one
from subjects.faces.pictures import clean
from tests.faces import makers
from tests.faces.bad_pictures import CASES
from tests.faces.processes import resident_bytes

ENOUGH = 60
HIDDEN = (b"CanaryPayload", b"CanaryCamera", b"48.8584", b"Exif", b"<script", b"PK\x03\x04")


def test_there_are_enough_bad_pictures():
    assert len(CASES) >= ENOUGH


@pytest.mark.parametrize("name", CASES)
def test_a_bad_picture_is_named_or_accepted(name, portrait):
    maker, expected = CASES[name]
    picture = maker(portrait)
    if expected is None:
        assert encode_one(picture).vector.shape == (128,)
    else:
        with pytest.raises(expected) as refused:
            encode_one(picture)
        assert refused.type is expected


@pytest.mark.parametrize("name", [name for name, (_, expected) in CASES.items() if not expected])
def test_a_cleaned_picture_carries_nothing_but_its_pixels(name, portrait):
    cleaned = clean(CASES[name][0](portrait))
    assert cleaned.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    assert cleaned.endswith(b"\xff\xd9")
    assert not any(word in cleaned for word in HIDDEN)
    assert makers.opened(cleaned).getexif() == {}


def test_a_bomb_costs_this_process_and_the_zygote_nothing(portrait):
    encode_one(portrait)
    zygote = sandbox.current().pid
    bombs = [
        maker(portrait) for maker, _ in (CASES["png of 30000 squared"], CASES["200 MB of iCCP"])
    ]
    before, ours = resident_bytes(zygote), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for bomb in bombs:
        with pytest.raises(BadPicture):
            encode_one(bomb)
    assert resident_bytes(zygote) - before < 5 * makers.MB
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - ours < 5 * 1024
    assert Path(f"/proc/{zygote}").exists()
