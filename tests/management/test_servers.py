"""The real servers that tests and the one command run on."""

import dj_database_url
import psycopg
import pytest
import redis

from subjects.errors import ServerNeeded
from subjects.management import processes
from subjects.management.valkey import EmbeddedValkey


def test_postgres_is_real_and_django_can_read_its_address(postgres_url):
    found = dj_database_url.parse(postgres_url)
    with psycopg.connect(
        host=found["OPTIONS"]["host"], user=found["USER"], dbname=found["NAME"]
    ) as connection:
        assert connection.info.server_version >= 160000


def test_each_postgres_database_is_fresh(new_postgres, postgres_url):
    other = new_postgres()
    with psycopg.connect(postgres_url) as first, psycopg.connect(other) as second:
        first.execute("CREATE TABLE only_here (n int)")
        assert second.execute("SELECT to_regclass('only_here')").fetchone() == (None,)


def test_valkey_keeps_what_it_holds_over_an_ordered_stop(valkey):
    valkey.client().set("a", "b")
    valkey.stop()
    valkey.start()
    assert valkey.client().get("a") == b"b"


def test_a_killed_valkey_refuses_and_comes_back(valkey):
    valkey.kill()
    with pytest.raises(redis.ConnectionError):
        valkey.client().ping()
    valkey.start()
    assert valkey.client().ping()


def test_a_valkey_that_is_not_persistent_starts_empty(tmp_path):
    with EmbeddedValkey(tmp_path / "v", persistent=False) as server:
        server.client().set("a", "b")
        server.kill()
        server.start()
        assert server.client().get("a") is None


def test_valkey_listens_on_no_port_and_lets_nobody_else_in(valkey):
    assert valkey.client().config_get("port") == {"port": "0"}
    assert valkey.client().config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert valkey.directory.stat().st_mode & 0o777 == 0o700
    assert valkey.socket.stat().st_mode & 0o777 == 0o700


def test_two_valkeys_never_share_a_folder(valkey, monkeypatch):
    monkeypatch.setattr(processes, "PATIENCE", 0.1)
    with pytest.raises(ServerNeeded, match="still uses"):
        EmbeddedValkey(valkey.directory).start()
    assert valkey.client().ping()


def test_a_paused_valkey_hangs_and_can_still_be_stopped(valkey):
    valkey.pause()
    with pytest.raises(redis.TimeoutError):
        redis.Redis.from_url(valkey.url, socket_timeout=0.2).ping()
    process = valkey.process
    valkey.stop()
    assert processes.has_ended(process)


def test_a_path_too_long_for_a_socket_or_with_odd_letters_works(tmp_path):
    folder = tmp_path / ("é %#? " * 20)
    with EmbeddedValkey(folder) as server:
        assert server.client().ping()
        assert EmbeddedValkey(folder).url == server.url
    odd = tmp_path / "ö %41#?"
    with EmbeddedValkey(odd) as server:
        assert server.client().ping()
