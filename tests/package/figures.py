"""Figures as `figures.json` has them: a busy year, and nothing at all."""

from typing import Any


def busy_figures() -> dict[str, Any]:
    months = [
        {
            "month": f"2026-{month:02}",
            "received": 20 + month * 3 % 7,
            "answered": 18 + month * 5 % 9,
            "closed": 17,
            "open_at_end": 12 + month,
            "extended": month % 3,
            "overdue": month % 2,
        }
        for month in range(1, 13)
    ]
    return {
        "v": 1,
        "from": "2026-01-01",
        "to": "2026-12-31",
        "entries": 4321,
        "root": "ab" * 32,
        "received": 260,
        "open_at_start": 4,
        "closed": 204,
        "open_at_end": 60,
        "by_month": months,
        "by_right": {"art15": _group(160), "art17": _group(100)},
        "by_country": {"FR": _group(200), "ES": _group(60)},
        "by_channel": {"web": _group(250), "post": _group(10)},
        "outcomes": {"granted": 150, "nothing_found": 40, "refused": 8},
        "refusals": {"F-12-6": 5, "F-17-3-e": 2, "F-11": 1},
        **_answers(),
        **_work(),
    }


def _answers() -> dict[str, Any]:
    return {
        "days_to_answer": {
            "count": 212,
            "median": 12,
            "p75": 19,
            "p90": 27,
            "p95": 30,
            "p99": 61,
            "max": 95,
            "days": [[day, 9, 0] for day in range(5, 28)] + [[31, 0, 3], [60, 1, 0], [95, 0, 1]],
        },
        "within": {
            "one_month": {"count": 207, "of": 212},
            "three_months": {"count": 211, "of": 212},
        },
        "overdue": {"count": 4, "median_days": 2, "max_days": 4},
        "extended": {
            "count": 6,
            "of": 260,
            "letters_in_time": 6,
            "reasons": {"complexity": 4, "number-of-requests": 2},
        },
        "suspended": {"count": 3, "median_days": 6, "max_days": 11},
    }


def _work() -> dict[str, Any]:
    return {
        "identity": {"tiers": {"T1": 80, "T2": 120}, "methods": {"selfie": 150}, "requested": 9},
        "search": {
            "completed": 240,
            "failed": 3,
            "stores": {
                "archive": {"searched": 240, "failed": 3, "skipped": 0, "compared": 960_000},
                "default": {"searched": 243, "failed": 0, "skipped": 0, "compared": 2_430_000},
            },
            "bands": {"strong": 400, "review": 90, "set_aside": 30},
        },
        "erasure": {
            "stores": {"default": 310, "archive": 95},
            "verified": 99,
            "rechecks_failed": 1,
            "backups_outstanding": 12,
        },
        "recipients": {"told": 7},
        "letters": {"acknowledgement": 260, "access_answer": 120},
        "access": {"reviewer": 900, "approver": 220, "dpo": 31},
        "cases_opened_by_staff": 251,
        "numbers": {"2026": {"first": 1, "last": 260, "count": 260}},
    }


def _group(received: int) -> dict[str, int]:
    return {
        "received": received,
        "answered": received - 5,
        "within_one_month": received - 8,
        "within_three_months": received - 5,
        "extended": 3,
        "overdue": 1,
    }


def no_figures() -> dict[str, Any]:
    """Give what a log says in which no request stands yet."""
    none = dict.fromkeys(("median", "p75", "p90", "p95", "p99", "max"), 0)
    return busy_figures() | {
        **dict.fromkeys(("received", "open_at_start", "closed", "open_at_end"), 0),
        **{key: {} for key in ("by_right", "by_country", "by_channel", "outcomes", "refusals")},
        **{key: {} for key in ("letters", "access", "numbers")},
        "by_month": [],
        "days_to_answer": {"count": 0, **none, "days": []},
        "within": {
            "one_month": {"count": 0, "of": 0},
            "three_months": {"count": 0, "of": 0},
        },
        "overdue": {"count": 0, "median_days": 0, "max_days": 0},
        "extended": {"count": 0, "of": 0, "reasons": {}, "letters_in_time": 0},
        "suspended": {"count": 0, "median_days": 0, "max_days": 0},
        "identity": {"tiers": {}, "methods": {}, "requested": 0},
        "search": {"completed": 0, "failed": 0, "stores": {}, "bands": {}},
        "erasure": {"stores": {}, "verified": 0, "rechecks_failed": 0, "backups_outstanding": 0},
        "recipients": {"told": 0},
        "cases_opened_by_staff": 0,
    }
