"""A file of the law that contradicts itself is refused when it is read."""

from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from importlib.metadata import version

import pytest

from subjects import law
from subjects.errors import LawDataBroken, UnknownLawCode
from subjects.law import versions

HEAD = "[defaults]\nvalid_from = 2018-05-25\n"


@dataclass(frozen=True, kw_only=True)
class Sample(versions.Entry):
    text: str
    parts: tuple[str, ...] = ()
    whole: bool = True


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read a table from the given words, with the real reader and a real file."""
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)

    def read_words(words):
        (tmp_path / "sample.toml").write_text(words, "utf-8")
        versions._content.cache_clear()  # noqa: SLF001 - the file has changed under it
        return versions.read_table("sample.toml", "sample", Sample)

    yield read_words
    versions._content.cache_clear()  # noqa: SLF001 - nothing of it may stay


def row(code="a", text="words", **dates):
    days = "".join(f"{key} = {day}\n" for key, day in dates.items())
    return f'[[sample]]\ncode = "{code}"\ntext = "{text}"\n{days}'


def test_each_day_has_the_version_of_that_day(read):
    table = read(
        HEAD + row(text="old", valid_to="2026-03-18") + row(text="new", valid_from="2026-03-19")
    )
    assert table.one("a", date(2026, 3, 18)).text == "old"
    assert table.one("a", date(2026, 3, 19)).text == "new"
    assert [entry.text for entry in table.on(date(2030, 1, 1))] == ["new"]
    with pytest.raises(UnknownLawCode):
        table.one("a", date(2018, 5, 24))


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(row() + row(), id="twice without dates"),
        pytest.param(row() + row(valid_from="2026-01-01"), id="the old one not closed"),
        pytest.param(
            row(valid_to="2026-01-01") + row(valid_from="2026-01-01"), id="one day in both"
        ),
        pytest.param(
            row(valid_to="2025-12-30") + row(valid_from="2026-01-01"), id="one day in none"
        ),
        pytest.param(row(valid_to="2017-01-01"), id="ends before it begins"),
        pytest.param(row(text="  "), id="an empty text"),
        pytest.param(row() + "txt = 'typo'\n", id="an unknown key"),
        pytest.param("[[sample]]\ncode = 'a'\n", id="a missing key"),
        pytest.param(row() + "whole = 'yes'\n", id="a word for a truth"),
        pytest.param(row() + "whole = 1\n", id="a number for a truth"),
        pytest.param(row() + "parts = [1]\n", id="a number in a list of words"),
        pytest.param(row(valid_from="2018-05-25T00:00:00"), id="an instant for a day"),
        pytest.param("[[other]]\ncode = 'a'\n", id="no entry of that kind"),
    ],
)
def test_contradictory_or_broken_data_are_refused(read, words):
    with pytest.raises(LawDataBroken, match=r"sample\.toml"):
        read(HEAD + words)


def test_today_is_used_when_no_day_is_given(read):
    tomorrow = versions.today() + timedelta(days=1)
    table = read(HEAD + row() + row(code="b", valid_from=tomorrow))
    assert [entry.code for entry in table.on(None)] == ["a"]


def test_every_file_is_read_by_the_package():
    for listing in (
        law.rights, law.grounds, law.refusals, law.authorities, law.letter_kinds,
        law.extension_reasons, law.article15_items, law.countries, law.law_policies,
        law.legal_notices,
    ):  # fmt: skip
        assert listing()
    found = {file.name for file in resources.files(law).iterdir() if file.name.endswith(".toml")}
    assert found == {
        "article15.toml", "authorities.toml", "calendars.toml", "grounds.toml", "letters.toml",
        "notices.toml", "policies.toml", "refusals.toml", "rights.toml",
    }  # fmt: skip


def test_the_installed_calendar_is_the_one_on_record():
    assert law.calendar().library_version == version("holidays")
