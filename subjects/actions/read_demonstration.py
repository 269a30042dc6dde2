"""Read what the demonstration consists of: pictures, people, and what is said about them."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from subjects.stores.base import Disclosure


@dataclass(frozen=True, slots=True)
class DemonstrationPicture:
    """One picture of a store; `people` are the faces from left to right.

    `collected_in` is a country (ISO 3166-1, two letters); empty where none was noted.
    """

    path: Path
    store: str
    people: tuple[str, ...]
    collected_at: datetime
    collected_in: str
    source_url: str
    page_title: str
    collector: str
    caption: str
    recipients: tuple[Disclosure, ...]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The whole manifest. `probe` shows `person` and lies in no store."""

    person: str
    probe: Path
    pictures: tuple[DemonstrationPicture, ...]
    seed: int
    strangers: dict[str, int]
    """How many synthetic codes go into each store."""

    def pictures_of(self, person: str) -> tuple[DemonstrationPicture, ...]:
        """Give the pictures that show a person, in whatever store."""
        return tuple(picture for picture in self.pictures if person in picture.people)


def read_demonstration() -> Demonstration:
    """Read `demonstration/stores.toml` of the project."""
    folder = Path(settings.BASE_DIR) / "demonstration"
    manifest = tomllib.loads((folder / "stores.toml").read_text(encoding="utf-8"))
    synthetic: dict[str, int] = manifest["synthetic"]
    return Demonstration(
        person=manifest["person"]["name"],
        probe=folder / "pictures" / manifest["person"]["probe"],
        pictures=tuple(_picture(folder / "pictures", entry) for entry in manifest["picture"]),
        seed=synthetic["seed"],
        strangers={alias: count for alias, count in synthetic.items() if alias != "seed"},
    )


def _picture(folder: Path, entry: dict[str, Any]) -> DemonstrationPicture:
    return DemonstrationPicture(
        path=folder / entry["file"],
        store=entry["store"],
        people=tuple(entry["people"]),
        collected_at=entry["collected_at"],
        collected_in=entry.get("collected_in", ""),
        source_url=entry["source_url"],
        page_title=entry["page_title"],
        collector=entry["collector"],
        caption=entry["caption"],
        recipients=tuple(Disclosure(**shown) for shown in entry.get("recipients", [])),
    )
