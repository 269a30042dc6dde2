"""Log lines: what is not listed cannot be logged."""

import json
import logging
import sys
from uuid import uuid4

import pytest

from rights_portal.logs import JsonFormatter

CANARY = "Maria Canary, 3 Rue du Test, maria@canary.example"


def line(logger="subjects.actions", level=logging.INFO, msg="a case was filed", args=(), **fields):
    exc_info = fields.pop("exc_info", None)
    record = logging.LogRecord(logger, level, "somewhere.py", 7, msg, args, exc_info)
    vars(record).update(fields)
    return JsonFormatter().format(record)


def test_a_line_is_json_with_the_listed_fields():
    case = uuid4()
    found = json.loads(line(case=case, store="archive", count=3, seconds=0.5))
    assert found["message"] == "a case was filed"
    assert found["at"].endswith("+00:00")
    assert (found["case"], found["store"], found["count"]) == (str(case), "archive", 3)


def test_a_field_that_is_not_listed_is_dropped():
    assert "canary" not in line(person=CANARY, email=CANARY, request=CANARY)


def test_a_listed_field_takes_no_sentence_address_secret_or_object():
    for value in (CANARY, "maria@canary.example", "k" * 43, {"canary": 1}, ["canary"], b"canary"):
        assert json.loads(line(case=value))["case"] == "left out"


def test_our_own_sentences_keep_their_arguments_to_themselves():
    assert json.loads(line(msg="filed by %s", args=(CANARY,)))["message"] == "filed by %s"


@pytest.mark.parametrize("level", [logging.WARNING, logging.ERROR, logging.CRITICAL])
def test_a_librarys_warning_keeps_its_words_without_what_it_quotes(level):
    assert "canary" not in line("django.request", level, "Bad Request: %s", (CANARY,))
    assert "canary" not in line("django.request", level, f"Bad Request: {CANARY}")
    assert "Bad Request: %s" in line("django.request", level, "Bad Request: %s", (CANARY,))


def test_a_librarys_news_is_told_whole():
    assert "worker ready" in line("celery.worker", logging.INFO, "worker %s", ("ready",))


def test_of_an_exception_only_its_type_and_place_are_logged():
    try:
        int(CANARY)
    except ValueError:
        found = line(level=logging.ERROR, exc_info=sys.exc_info())
    assert "canary" not in found
    assert json.loads(found)["error"] == "ValueError"
    assert json.loads(found)["where"][0].rpartition(":")[0] == __file__


def test_an_exception_given_as_the_message_is_named_by_its_type():
    assert json.loads(line(msg=ValueError(CANARY)))["message"] == "ValueError"
