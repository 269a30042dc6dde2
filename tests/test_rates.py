"""Rates: counted in a real Valkey, and without it."""

import time

import pytest
from django.core.cache import caches
from django.test import RequestFactory

from subjects import rates
from subjects.rates import over_limit

LONGEST = 1.5
"""Seconds a count may take, whatever has happened to Redis."""


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(rates.RatesCache, "without_redis_until", 0.0)
    caches["rates_without_redis"].clear()
    yield
    caches["rates_without_redis"].clear()


@pytest.fixture
def counted_in(settings):
    """Point the counters at a server."""

    def point(url):
        options = {**settings.CACHES["rates"], "LOCATION": f"{url}?db=1"}
        settings.CACHES = {**settings.CACHES, "rates": options}

    return point


@pytest.fixture
def redis(valkey, counted_in):
    counted_in(valkey.url)
    return valkey


def request(address="192.0.2.1", **headers):
    return RequestFactory().get("/", REMOTE_ADDR=address, headers=headers)


def count(times, *, address="192.0.2.1", group="file", key="ip"):
    began = time.monotonic()
    answers = [over_limit(request(address), group=group, rate="3/h", key=key) for _ in range(times)]
    assert time.monotonic() - began < LONGEST
    return answers


@pytest.mark.usefixtures("redis")
def test_the_one_after_the_limit_is_over_it():
    assert count(5) == [False, False, False, True, True]


@pytest.mark.usefixtures("redis")
def test_others_groups_and_keys_count_for_themselves():
    count(4)
    assert count(1, address="192.0.2.2") == [False]
    assert count(1, group="mail") == [False]
    assert count(1, key="case:1") == [False]
    assert count(3, key="case:1")[-1]


def test_no_address_can_be_read_out_of_the_counters(redis):
    count(1, address="192.0.2.77")
    client = redis.client()
    client.select(1)
    keys = client.keys()
    assert len(keys) == 1
    assert client.ttl(keys[0]) > 0
    other = request("192.0.2.77")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SECRET_KEY", "another")
        over_limit(other, group="file", rate="3/h")
    assert len(client.keys()) == 2


def test_a_killed_redis_slows_nobody_down_and_counting_goes_on(redis):
    count(4)
    redis.kill()
    assert count(5) == [False, False, False, True, True]


def test_a_hung_redis_costs_one_request_a_second_and_the_others_nothing(redis):
    redis.pause()
    assert count(5) == [False, False, False, True, True]
    began = time.monotonic()
    count(20)
    assert time.monotonic() - began < 0.5


def test_a_redis_that_hangs_between_two_counts_is_left_as_well(redis):
    count(2)
    redis.pause()
    assert count(4) == [False, False, False, True]


def test_a_redis_that_refuses_to_write_is_left(redis):
    redis.client().config_set("maxmemory", "1")
    assert count(5) == [False, False, False, True, True]


def test_an_emptied_redis_counts_from_one(redis):
    count(3)
    redis.client().flushall()
    assert count(1) == [False]


def test_redis_is_asked_again_after_a_while(redis, monkeypatch):
    redis.kill()
    count(1)
    redis.start()
    count(1)
    assert redis.client().info("keyspace") == {}
    monkeypatch.setattr(rates.RatesCache, "without_redis_until", time.monotonic())
    count(1)
    assert redis.client().info("keyspace")["db1"]["keys"] == 1


def test_no_redis_at_all_is_no_error(counted_in):
    counted_in("redis://127.0.0.1:1/0")
    assert count(4) == [False, False, False, True]


def test_a_counter_that_is_gone_begins_again(redis):
    assert caches["rates_or_process"].incr("gone") == 1
    redis.kill()
    assert caches["rates_or_process"].incr("gone") == 1
    assert caches["rates_or_process"].incr("gone") == 2


@pytest.mark.parametrize(
    ("hops", "remote", "forwarded", "network"),
    [
        (0, "192.0.2.1", None, "192.0.2.1"),
        (0, "192.0.2.1", "198.51.100.9", "192.0.2.1"),
        (1, "10.0.0.1", "198.51.100.9", "198.51.100.9"),
        (1, "10.0.0.1", "203.0.113.5, 198.51.100.9", "198.51.100.9"),
        (2, "10.0.0.1", "203.0.113.5, 198.51.100.9, 10.0.0.2", "198.51.100.9"),
        (2, "10.0.0.1", "198.51.100.9", "10.0.0.1"),
        (1, "10.0.0.1", None, "10.0.0.1"),
        (1, "10.0.0.1", "not an address", "10.0.0.1"),
        (0, "2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        (0, "2001:db8:1:2:ffff::1", None, "2001:db8:1:2::/64"),
        (0, "::ffff:192.0.2.1", None, "192.0.2.1"),
        (0, "", None, "None"),
    ],
)
def test_the_client_is_whom_the_last_trusted_proxy_saw(settings, hops, remote, forwarded, network):
    settings.PROXY_HOPS = hops
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert rates.client_network(request(remote, **headers)) == network


def test_a_forged_header_does_not_open_a_new_counter(settings, counted_in):
    counted_in("redis://127.0.0.1:1/0")
    settings.PROXY_HOPS = 1
    answers = [
        over_limit(
            request("10.0.0.1", **{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.9"}),
            group="file",
            rate="3/h",
        )
        for n in range(4)
    ]
    assert answers == [False, False, False, True]
