"""Of which modules the stand-alone programs are made. This module is part of none of them."""

from __future__ import annotations

from typing import Final

VERIFIER: Final = (
    *("ed25519", "merkle", "notes", "proofs", "paths", "receipts", "problems", "days"),
    *(
        "requests",
        "happenings",
        "chains",
        "completeness",
        "canonical",
        "reading",
        "period",
        "figures",
        "cells",
    ),
    *(
        "deadlines",
        "views",
        "findings",
        "bounded",
        "sshsig",
        "bagit",
        "logfolder",
        "anchors",
        "package",
    ),
    *("signatures", "outside", "tables", "judging", "main"),
)
"""The parts of `verify.py`, as `assemble` takes them."""
ORDER_VERIFIER: Final = (
    *("ed25519", "merkle", "notes", "proofs", "receipts", "findings", "bounded"),
    *("sshsig", "bagit"),
    "order_main",
)
"""The parts of the `verify.py` in a pack for an order."""
