"""Registers the log as an app of its own: its rows must outlive all others."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The append-only log."""

    name = "subjects.audit"
    label = "audit"
    verbose_name = "Log"
    default_auto_field = "django.db.models.BigAutoField"
