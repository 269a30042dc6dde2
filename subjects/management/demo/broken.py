"""The story with a store that is down: the case stays open and says which store it waits for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from subjects.management.demo.story import Story
from subjects.models import StoreSearch


class CaseStaysOpen(Exception):
    """The story ends here, as it must: with the case open."""


def tell_with_broken_store(story: Story, alias: str) -> None:
    """File a case while the folder of one store is away, and see that nothing pretends to be whole.

    Always ends in `CaseStaysOpen`: a case that waits is not an answered one.
    """
    with _away(alias):
        story.file()
        story.confirm()
        story.until(lambda: _failed(story, alias))
        story.step(f"Store {alias!r} does not answer.")
        for right in ("access", "erasure"):
            story.check(
                story.state(right) == "searching", f"the {right} is still open, in its search"
            )
        page = story.staff["reviewer"].case_page(story.case)
        story.check(alias in page.text.lower(), f"the desk names the failing store {alias!r}")
        answered = StoreSearch.objects.filter(search__case=story.case, result="searched")
        story.check(answered.exists(), "what the other stores answered is kept")
        message = f"store {alias!r} did not answer, so nothing was concluded"
        raise CaseStaysOpen(message)


def _failed(story: Story, alias: str) -> bool:
    rows = StoreSearch.objects.filter(search__case=story.case, store=alias)
    return rows.filter(result="failed").exists()


@contextmanager
def _away(alias: str) -> Iterator[None]:
    """Take the folder of a bundled store away for a while, as a lost disk would."""
    folder = Path(settings.FACE_TEMPLATE_STORES[alias]["OPTIONS"]["directory"])
    aside = folder.with_name(f"{folder.name}.away")
    folder.rename(aside)
    try:
        yield
    finally:
        aside.rename(folder)
