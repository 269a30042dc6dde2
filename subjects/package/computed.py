"""The parts of a package that are made from the entries: tables, figures, report, explanations."""

import json
import platform
from importlib import resources
from importlib.metadata import version
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string

from subjects.audit.publish import log_tiles
from subjects.audit.standalone.assemble import assemble
from subjects.audit.standalone.parts import VERIFIER
from subjects.audit.standalone.problems import Blank
from subjects.audit.standalone.reading import Book, read_log
from subjects.audit.standalone.views import (
    DEADLINE_COLUMNS,
    EVENT_COLUMNS,
    REQUEST_COLUMNS,
    SAMPLE_COLUMNS,
    event_rows,
    small_views,
)
from subjects.package.bag import Bag
from subjects.package.contents import STAMP, Evidence, Leaves, fingerprints
from subjects.package.orders import Order, Progress
from subjects.package.processing import processing_record
from subjects.package.report import pdf, report, style
from subjects.package.schema import data_dictionary, event_schema
from subjects.package.sign import identity
from subjects.package.texts import calendar

COLUMNS: Final = {
    "events.csv": list(EVENT_COLUMNS),
    "requests.csv": list(REQUEST_COLUMNS),
    "deadlines.csv": list(DEADLINE_COLUMNS),
    "sample.csv": list(SAMPLE_COLUMNS),
}
SHOWN: Final = 20


def pack_computed(bag: Bag, order: Order, found: Evidence, progress: Progress) -> None:
    """Read the log once, and write everything that follows from it."""
    book = _read(order, found, progress)
    progress("tables", 0, 1)
    start, end = order.start.isoformat(), order.end.isoformat()
    bag.stream("views/events.csv", event_rows(book, salt=order.salt, start=start, end=end))
    views = small_views(book, salt=order.salt, start=start, end=end, calendar=calendar())
    for name, content in views.items():
        bag.write(f"views/{name}", content)
    progress("tables", 1, 1)
    progress("report", 0, 1)
    facts = _facts(order, found, book)
    html = report(json.loads(views["figures.json"]), facts)
    printed = pdf(html)
    facts["no_pdf"] = printed is None
    if printed:
        bag.write("report.pdf", printed)
    else:
        html = report(json.loads(views["figures.json"]), facts)
    bag.write("report.html", html.encode())
    _explain(bag, order, facts)
    progress("report", 1, 1)


def bag_info(order: Order) -> dict[str, str]:
    """Give what bag-info.txt says, without the sums."""
    return {
        "Bag-Software-Agent": software(),
        "Bagging-Date": order.made[:10],
        "Source-Organization": settings.CONTROLLER_NAME,
        "External-Identifier": order.export,
        "External-Description": (
            f"Log {settings.LOG_ORIGIN} up to {order.size} entries, figures for"
            f" {order.start} to {order.end}"
        ),
    }


def software() -> str:
    """Name what made the package."""
    return f"rights portal; Python {platform.python_version()}; Django {version('django')}"


def _read(order: Order, found: Evidence, progress: Progress) -> Book:
    blanks = {
        one.index: Blank(bytes.fromhex(one.target), one.reason, bytes.fromhex(one.prev), one.step)
        for one in found.blanks
    }
    leaves = Leaves(log_tiles(), order.size, progress)
    return read_log(leaves, blanks=blanks, until=order.made)


def _facts(order: Order, found: Evidence, book: Book) -> dict[str, Any]:
    said = {
        kind: [
            f"{one.name}: {one.size} entries, on {one.at:%Y-%m-%d %H:%M:%S} UTC"
            for one in found.anchors
            if (one.kind == STAMP) == (kind == "stamps")
        ]
        for kind in ("stamps", "witnesses")
    }
    problems = [str(problem) for problem in book.in_order()]
    return {
        "origin": settings.LOG_ORIGIN,
        "identity": identity(settings.LOG_ORIGIN),
        "size": order.size,
        "root": order.root.hex(),
        "from": order.start.isoformat(),
        "to": order.end.isoformat(),
        "made": order.made,
        "keys": fingerprints(),
        "stamps": said["stamps"][-SHOWN:],
        "witnesses": said["witnesses"][-SHOWN:],
        "redacted": len(found.blanks),
        "pruned_below": found.pruned_below,
        "problems": problems[:SHOWN],
        "more_problems": max(len(problems) - SHOWN, 0),
        "software": software(),
    }


def _explain(bag: Bag, order: Order, facts: dict[str, Any]) -> None:
    context = {"facts": facts, "controller": settings.CONTROLLER_NAME, "style": style()}
    bag.write("README.html", render_to_string("package/readme.html", context).encode())
    bag.write("VERIFY.txt", render_to_string("package/verify.txt", context).encode())
    bag.write("verify.py", assemble(VERIFIER).encode())
    shell = resources.files("subjects.package").joinpath("verify.sh")
    bag.write("verify.sh", shell.read_bytes())
    bag.write("processing-record.html", processing_record(style()))
    bag.write("schema/event.schema.json", event_schema())
    bag.write("schema/DATA-DICTIONARY.html", data_dictionary(COLUMNS, style()))
    about = {
        "v": 1,
        "export": order.export,
        "salt": order.salt.hex(),
        "from": order.start.isoformat(),
        "to": order.end.isoformat(),
        "made": order.made,
        "origin": settings.LOG_ORIGIN,
        "size": order.size,
        "root": order.root.hex(),
        "pruned_below": facts["pruned_below"],
        "software": software(),
    }
    bag.write("export.json", (json.dumps(about, indent=1) + "\n").encode())
