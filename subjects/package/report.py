"""The report in a package: one page of HTML without script, and the same as PDF/UA-1."""

import logging
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from subjects.charts import plots
from subjects.package.tables import grounds, summary, tables

VARIANT: Final = "pdf/ua-1"
_log = logging.getLogger(__name__)


def style() -> SafeString:
    """Give the style sheet as an element, for files that are opened without a network."""
    return mark_safe(f"<style>{_sheet()}</style>")  # noqa: S308 - two files of ours


def report(figures: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Write the report: `figures` as in figures.json, `facts` about log, keys and anchors."""
    context = {
        "style": style(),
        "controller": settings.CONTROLLER_NAME,
        "country": settings.CONTROLLER_COUNTRY,
        "figures": figures,
        "facts": facts,
        "summary": summary(figures),
        "plots": plots(figures),
        "tables": tables(figures),
        "grounds": grounds(),
    }
    return render_to_string("package/report.html", context)


def pdf(html: str) -> bytes | None:
    """Print a page of ours as a tagged PDF (PDF/UA-1); None where Pango is not installed."""
    try:
        import weasyprint  # noqa: PLC0415 - it loads Pango, which a host may lack
    except OSError:
        _log.warning("no PDF: libpango is not installed")
        return None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it tells each step of each page
    # A drawing inside a page does not see the style sheet of the page.
    drawn = html.replace("</desc>", f"</desc><style>{_charts()}</style>")
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())  # it holds all it needs
    page = weasyprint.HTML(string=drawn, url_fetcher=nothing)
    printed: bytes = page.write_pdf(pdf_variant=VARIANT)
    return printed


@cache
def _sheet() -> str:
    return render_to_string("package/style.css") + _charts()


@cache
def _charts() -> str:
    return resources.files("subjects").joinpath("static/charts.css").read_text("utf-8")
