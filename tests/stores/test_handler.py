"""Stores are named in the settings, and a wrong name or option is said clearly."""

import pytest

from subjects.errors import StoreMisconfigured, UnknownStore
from subjects.stores import stores
from subjects.stores.memory import MemoryStore

MEMORY = "subjects.stores.memory.MemoryStore"


@pytest.fixture
def named(settings):
    def name(**backends):
        settings.FACE_TEMPLATE_STORES = backends

    return name


def test_stores_come_in_the_order_of_the_settings(named):
    named(live={"BACKEND": MEMORY, "OPTIONS": {"name": "Live"}}, archive={"BACKEND": MEMORY})
    assert list(stores) == ["live", "archive"]
    assert [store.name for store in stores.all()] == ["Live", "Memory"]
    assert (len(stores), "archive" in stores, "attic" in stores) == (2, True, False)


def test_a_store_is_built_once(named):
    named(live={"BACKEND": MEMORY})
    assert stores["live"] is stores["live"]


def test_an_unknown_store_is_named_with_those_that_exist(named):
    named(live={"BACKEND": MEMORY}, archive={"BACKEND": MEMORY})
    with pytest.raises(UnknownStore, match=r"'attic'.*live, archive"):
        stores["attic"]


@pytest.mark.parametrize(
    ("backend", "says"),
    [
        ({}, "BACKEND is missing"),
        ({"BACKEND": "subjects.stores.nowhere.Store"}, "cannot be imported"),
        ({"BACKEND": "subjects.stores.memory.NoSuchStore"}, "cannot be imported"),
        ({"BACKEND": MEMORY, "OPTIONS": {"colour": "red"}}, "OPTIONS do not fit"),
        ({"BACKEND": MEMORY, "OPTIONS": {"redactor": "nowhere.blank"}}, "redactor 'nowhere.blank'"),
        ({"BACKEND": "builtins.dict"}, "is not a FaceTemplateStore"),
        (
            {
                "BACKEND": "subjects.stores.bundled.BundledStore",
                "OPTIONS": {"name": "Live", "directory": "x", "redactor": "nowhere.blank"},
            },
            "redactor 'nowhere.blank'",
        ),
    ],
)
def test_what_cannot_work_is_said(named, backend, says):
    named(live=backend)
    with pytest.raises(StoreMisconfigured, match=says):
        stores["live"]


def test_the_memory_store_refuses_to_serve_in_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(StoreMisconfigured, match="production"):
        MemoryStore("live")


def test_the_memory_store_warns_loudly(caplog):
    MemoryStore("live")
    assert "in memory" in caplog.text
