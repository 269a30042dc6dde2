"""Rows and the constraints that the database holds for us."""

from subjects.models.audit_package import AuditPackage
from subjects.models.authority_order import AuthorityOrder, OrderCount
from subjects.models.case import Case, OneTimeCode, Probe, keyed_digest
from subjects.models.case_number import CaseNumber
from subjects.models.erasure_item import ErasureItem
from subjects.models.leased import RELEASED, Leased
from subjects.models.letter import Delivery, Letter, Outbox
from subjects.models.penalty import Penalty
from subjects.models.regulator_access import RegulatorAccess, RegulatorVisit
from subjects.models.rights_request import (
    ERASES,
    RESTRICTS,
    Proposal,
    Right,
    RightsRequest,
)
from subjects.models.sealed_blob import SealedBlob
from subjects.models.search import Decision, FoundTemplate, Search, StoreSearch
from subjects.stores import tables as bundled_tables

__all__ = [
    "ERASES",
    "RELEASED",
    "RESTRICTS",
    "AuditPackage",
    "AuthorityOrder",
    "Case",
    "CaseNumber",
    "Decision",
    "Delivery",
    "ErasureItem",
    "FoundTemplate",
    "Leased",
    "Letter",
    "OneTimeCode",
    "OrderCount",
    "Outbox",
    "Penalty",
    "Probe",
    "Proposal",
    "RegulatorAccess",
    "RegulatorVisit",
    "Right",
    "RightsRequest",
    "SealedBlob",
    "Search",
    "StoreSearch",
    "bundled_tables",
    "keyed_digest",
]
