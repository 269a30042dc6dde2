"""Asks the servers that the portal needs whether they are there, and says what to do if not."""

import errno
import http.client
import socket
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from subjects.errors import ServerNeeded

HIGHEST_PORT = 65535
LOOPBACK = "127.0.0.1"


def check_port(port: int) -> None:
    """Raise `ServerNeeded` unless the web part can listen on this port of this machine."""
    if not 0 < port <= HIGHEST_PORT:
        message = f"{port} is not a port: give one between 1 and {HIGHEST_PORT}."
        raise ServerNeeded(message)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            raise ServerNeeded(_about_port(port, error)) from None


def _about_port(port: int, error: OSError) -> str:
    other = port + 1 if port < HIGHEST_PORT else 8000
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken. Stop the other program or use PORT={other} make run."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved by this machine. Use PORT=8000 make run."
    return f"Port {port} cannot be used ({error.strerror}). Use PORT={other} make run."


def check_database() -> None:
    """Raise `ServerNeeded` unless the database answers."""
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        message = (
            f"The database does not answer: {said.rstrip('.')}. "
            "Start it or correct DATABASE_URL; without DATABASE_URL the portal uses SQLite."
        )
        raise ServerNeeded(message) from None


def check_migrated() -> None:
    """Raise `ServerNeeded` unless the database has every migration."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        message = f"The database misses {len(missing)} migrations. Run `manage.py migrate`."
        raise ServerNeeded(message)


def check_broker() -> None:
    """Raise `ServerNeeded` unless the message broker answers."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=None
    )
    try:
        with client:
            client.ping()
    except redis.RedisError as error:
        # Only the kind: the address in an error's text may hold the password.
        message = (
            f"The message broker does not answer ({type(error).__name__}). Start it or correct "
            "REDIS_URL; without REDIS_URL, `manage.py up` starts one of its own."
        )
        raise ServerNeeded(message) from None


def answer_of_web(port: int) -> int | None:
    """Return the status that the web part on this machine gives for /healthz, if it answers."""
    public = urlsplit(settings.PUBLIC_URL)
    headers = {"Host": public.netloc, "X-Forwarded-Proto": public.scheme}
    web = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        web.request("GET", "/healthz", headers=headers)
        return web.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        web.close()
