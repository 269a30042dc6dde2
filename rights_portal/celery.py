"""The Celery application. Its messages only wake workers up: the database row is the queue."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rights_portal.settings")

app = Celery("rights_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
