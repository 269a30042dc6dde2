"""Loads folders of pictures into a store; shows how far it is, what was refused, and why."""

import csv
import json
import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from subjects.actions.load_store import LoadReport, PictureMetadata, load_pictures
from subjects.errors import PortalError

COLUMNS = ("source_url", "page_title", "collector", "caption", "collected_at", "collected_in")


def moment(text: str) -> datetime:
    """Read a date or an instant in ISO 8601; without a zone it is in the controller's."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a date: use 2016-05-25 or 2016-05-25T14:30"
        raise ArgumentTypeError(message) from error
    return read if timezone.is_aware(read) else timezone.make_aware(read)


def country(text: str) -> str:
    """Read a country in two letters (ISO 3166-1)."""
    code = text.strip().upper()
    if not (len(code) == 2 and code.isascii() and code.isalpha()):  # noqa: PLR2004 - ISO 3166-1
        message = f"{text!r} is not a country: use two letters, such as FR"
        raise ArgumentTypeError(message)
    return code


class Command(BaseCommand):
    """`manage.py load_store PATH… --store ALIAS`: safe to stop and to run again."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take paths, a store, and what is known of all pictures or, in a table, of each."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="picture or folder")
        parser.add_argument("--store", default="default", help="alias in FACE_TEMPLATE_STORES")
        parser.add_argument("--source-url", default="", help="where the pictures come from")
        parser.add_argument("--collected-at", type=moment, help="when, as 2016-05-25")
        parser.add_argument("--collected-in", type=country, help="where, as FR")
        parser.add_argument("--collector", default="", help="which system collected them")
        parser.add_argument(
            "--manifest",
            type=Path,
            help=f"CSV with a column file, and any of {', '.join(COLUMNS)}",
        )
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Load, then print the counts; exit code 1 when a path or the store is not there."""
        console = Console(stderr=True)
        otherwise = PictureMetadata(
            source_url=options["source_url"],
            collector=options["collector"],
            collected_at=options["collected_at"],
            collected_in=options["collected_in"] or "",
        )
        try:
            with _shown(console) as progress:
                report = load_pictures(
                    options["store"],
                    options["paths"],
                    metadata=_manifest(options["manifest"]),
                    otherwise=otherwise,
                    workers=max(1, options["workers"]),
                    progress=progress,
                )
        except (FileNotFoundError, PortalError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(_counts(options["store"], report)))
            return
        self.stdout.write(
            f"{report.loaded} pictures loaded, {report.face_templates} templates, "
            f"{report.skipped} already there, {len(report.refused)} refused."
        )
        if report.refused:
            Console(file=sys.stdout).print(_table(report))


def _manifest(path: Path | None) -> dict[str, PictureMetadata]:
    if path is None:
        return {}
    known = {}
    with path.open(encoding="utf-8", newline="") as handle:
        rows = csv.DictReader(handle)
        unknown = set(rows.fieldnames or ()) - {"file", *COLUMNS}
        if unknown or "file" not in (rows.fieldnames or ()):
            message = f"{path.name}: expected a column file, and any of {', '.join(COLUMNS)}."
            raise CommandError(message)
        for row in rows:
            try:
                known[row["file"]] = _metadata(row)
            except ArgumentTypeError as error:
                message = f"{path.name}, line {rows.line_num}: {error}."
                raise CommandError(message) from error
    return known


def _metadata(row: dict[str, str]) -> PictureMetadata:
    collected, where = row.get("collected_at"), row.get("collected_in")
    return PictureMetadata(
        source_url=row.get("source_url") or "",
        page_title=row.get("page_title") or "",
        collector=row.get("collector") or "",
        caption=row.get("caption") or "",
        collected_at=moment(collected) if collected else None,
        collected_in=country(where) if where else "",
    )


@contextmanager
def _shown(console: Console) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal, and now and then a line elsewhere."""
    if not console.is_terminal:
        yield lambda done, total: console.print(f"{done} of {total} pictures", highlight=False)
        return
    columns = (
        TextColumn("Loading pictures"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _counts(store: str, report: LoadReport) -> dict[str, object]:
    return {
        "store": store,
        "loaded": report.loaded,
        "templates": report.face_templates,
        "skipped": report.skipped,
        "refused": [
            {"file": str(bad.file), "code": bad.code, "why": bad.why} for bad in report.refused
        ],
    }


def _table(report: LoadReport) -> Table:
    table = Table("File", "Code", "Why", title="Refused")
    for bad in report.refused:
        # Text from a file name is not markup.
        table.add_row(*(text.replace("[", r"\[") for text in (str(bad.file), bad.code, bad.why)))
    return table
