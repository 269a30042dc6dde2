"""The demonstration: what lies in its stores, and that building it twice changes nothing."""

import hashlib
import json
import tomllib

import numpy as np
import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from subjects.actions.build_demonstration import COUNTRIES, RADIUS, build_demonstration
from subjects.actions.draw_strangers import draw_strangers, nearest
from subjects.actions.make_demo_staff import STAFF, make_demo_staff
from subjects.actions.read_demonstration import read_demonstration
from subjects.faces.encoder import encode
from subjects.stores import stores
from subjects.stores.base import Scope

FOLDER = settings.BASE_DIR / "demonstration"
MEMORY = {
    alias: {"BACKEND": "subjects.stores.memory.MemoryStore", "OPTIONS": {"name": alias}}
    for alias in ("default", "archive")
}


@pytest.fixture(scope="module")
def built():
    """Build it once into stores in memory: encoding takes the most of it."""
    before = settings.FACE_TEMPLATE_STORES
    settings.FACE_TEMPLATE_STORES = MEMORY
    stores.reset()
    yield build_demonstration()
    settings.FACE_TEMPLATE_STORES = before
    stores.reset()


def finds_of(alias):
    probe = encode(read_demonstration().probe.read_bytes())[0]
    return stores[alias].search(probe.vector, within=RADIUS).candidates


def test_the_person_is_in_both_stores_and_nobody_else_answers_to_the_probe(built):
    manifest = read_demonstration()
    expected = {picture.source_url for picture in manifest.pictures_of(manifest.person)}
    found = {
        stores[alias].describe(candidate.ref).source_url
        for alias in stores
        for candidate in finds_of(alias)
    }
    assert found == expected
    assert all(finds_of(alias) for alias in stores)


def test_one_find_is_strong_and_another_needs_two_reviewers(built):
    distances = [candidate.distance for alias in stores for candidate in finds_of(alias)]
    assert min(distances) < settings.STRONG_RADIUS < max(distances)


def test_one_picture_was_collected_ten_years_before_the_first_release(built):
    oldest = min(
        stores["archive"].describe(candidate.ref).collected_at for candidate in finds_of("archive")
    )
    assert oldest.year == 2016


def test_a_bystander_shares_a_picture_with_the_person(built):
    manifest = read_demonstration()
    shared = [one for one in manifest.pictures_of(manifest.person) if len(one.people) > 1]
    assert shared
    assert all(manifest.probe != picture.path for picture in manifest.pictures)


def test_no_stranger_comes_near_a_portrait(built):
    assert [filled.strangers for filled in built] == [8000, 12000]
    assert all(filled.nearest > RADIUS for filled in built)


def test_an_order_about_one_country_finds_some_there_and_some_undetermined(built):
    for alias, pictures in (("default", 5), ("archive", 3)):
        counted = stores[alias].count(Scope(country="FR"))
        synthetic = read_demonstration().strangers[alias] // len(COUNTRIES)
        assert counted.in_scope == synthetic + pictures
        assert synthetic <= counted.undetermined < counted.total // 4


def test_building_again_leaves_the_stores_as_they_are(built):
    before = [stores[alias].census() for alias in stores]
    said = []
    assert build_demonstration(say=said.append) == []
    assert [stores[alias].census() for alias in stores] == before
    assert len(said) == 2


def test_the_same_seed_draws_the_same_strangers_and_another_seed_others():
    people = np.random.default_rng(7).normal(0, 0.12, (11, 128))
    one, two, other = (
        draw_strangers(people, people, count=200, seed=seed, keep=RADIUS) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    assert nearest(one, people).min() > RADIUS


def test_strangers_lie_as_far_apart_as_real_people():
    people = np.random.default_rng(7).normal(0, 0.12, (11, 128))
    codes = draw_strangers(people, people, count=2000, seed=3, keep=0.0)
    distances = np.linalg.norm(codes[:1000] - codes[1000:], axis=1)
    assert abs(distances.mean() - 0.85) < 0.02
    assert abs(distances.std() - 0.095) < 0.02


def test_every_picture_is_the_one_whose_provenance_is_written_down():
    provenance = tomllib.loads((FOLDER / "provenance.toml").read_text(encoding="utf-8"))
    entries = provenance["picture"] + provenance["derived"]
    sums = {entry["file"]: entry["sha256"] for entry in entries}
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (FOLDER / "pictures").iterdir()
    }
    assert files == sums
    for entry in provenance["picture"]:
        assert entry["public_domain"]
        assert entry["package"]
        assert entry["version"]


def test_pictures_carry_no_metadata():
    for path in (FOLDER / "pictures").iterdir():
        content = path.read_bytes()
        assert b"Exif\x00" not in content
        assert b"http://ns.adobe.com" not in content


@pytest.mark.django_db
def test_the_staff_can_sign_in_and_keeps_its_passwords(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    staff = make_demo_staff()
    assert make_demo_staff() == staff
    assert [name for name, _ in staff] == list(STAFF)
    for name, password in staff:
        account = authenticate(username=name, password=password)
        assert account.groups.get().name == STAFF[name]
    kept = tmp_path / "demo-staff.json"
    assert kept.stat().st_mode & 0o077 == 0
    assert [tuple(pair) for pair in json.loads(kept.read_text())] == staff


@pytest.mark.django_db
def test_production_has_neither_demonstration_nor_its_staff(settings, tmp_path):
    settings.PRODUCTION, settings.VAR_DIR = True, tmp_path
    with pytest.raises(ImproperlyConfigured):
        make_demo_staff()
    with pytest.raises(CommandError):
        call_command("build_demonstration")
    assert list(tmp_path.iterdir()) == []
