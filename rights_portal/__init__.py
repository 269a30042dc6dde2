"""The project: settings, routes and the Celery application. No domain code."""

from rights_portal.celery import app as celery_app

__all__ = ["celery_app"]
