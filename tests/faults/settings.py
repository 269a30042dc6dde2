"""The settings of a stage: those of the portal, with stores that can be told to fail."""

import os

from kombu import Exchange, Queue

from rights_portal.settings import *  # noqa: F403 - all of them, and then what differs
from rights_portal.settings import FACE_TEMPLATE_STORES

for _store in FACE_TEMPLATE_STORES.values():
    _store["BACKEND"] = "tests.faults.stores.UnreliableStore"
# Staff and passphrases of a stage are nobody's: their hashes need not be slow.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if os.environ.get("FAULTS_COPIES"):
    # Queues that are bound to one key each get their copy of every message.
    _exchange = Exchange("copies", type="topic")
    CELERY_TASK_QUEUES = [
        Queue(f"copy{number}", _exchange, routing_key="copies")
        for number in range(int(os.environ["FAULTS_COPIES"]))
    ]
    CELERY_TASK_DEFAULT_QUEUE = "copy0"
    CELERY_TASK_DEFAULT_EXCHANGE = "copies"
    CELERY_TASK_DEFAULT_EXCHANGE_TYPE = "topic"
    CELERY_TASK_DEFAULT_ROUTING_KEY = "copies"
