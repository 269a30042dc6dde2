"""Registers the app, and its checks."""

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    """The cases, their rights, the stores and the doors."""

    name = "subjects"
    verbose_name = "Rights of the people in the pictures"
    default_auto_field = "django.db.models.BigAutoField"
