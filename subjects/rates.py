"""Counts how often somebody does something; over the limit a door slows down, it never denies.

The counters live in Redis. Where it is refused, hung or full, each web process counts for itself:
filing a request is a right, so it cannot depend on a counter (GDPR Article 12(2)).
"""

import ipaddress
import logging
import time
from typing import ClassVar, Final

import redis
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django_ratelimit.core import is_ratelimited  # type: ignore[import-untyped]  # it ships none  # no types

IN_REDIS: Final = "rates"
IN_PROCESS: Final = "rates_without_redis"
SECONDS_WITHOUT_REDIS: Final = 10.0
"""How long Redis is left alone after it failed: only one request in that time waits for it."""
IPV6_NETWORK: Final = 64
"""Bits one household or phone gets: its addresses count as one."""

log = logging.getLogger(__name__)


def over_limit(request: HttpRequest, *, group: str, rate: str, key: str = "ip") -> bool:
    """Count one more and tell whether that is over `rate`, such as `20/h`.

    `key` says what is counted within `group`: `ip` for the client's network, or any other text,
    such as the id of a case. What the counters hold is keyed with SECRET_KEY, so nobody can read
    an address out of them. Never raises for the state of Redis and takes about a second at most.
    """
    counted = client_network(request) if key == "ip" else key
    digest = salted_hmac("subjects.rates", counted).hexdigest()
    return bool(
        is_ratelimited(
            request, group=group, rate=rate, key=lambda _group, _request: digest, increment=True
        )
    )


def client_network(request: HttpRequest) -> str:
    """Return the client's IPv4 address, or the /64 network of its IPv6 address."""
    address = client_address(request)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, IPV6_NETWORK), strict=False))
    return str(address)


def client_address(request: HttpRequest) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address of the client, as far as it is known.

    With PROXY_HOPS=n it is the n-th from the right of X-Forwarded-For: those to its left are
    written by the client, who may write anything. Without proxies the header is not looked at.
    """
    hops: int = settings.PROXY_HOPS
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    if hops and len(forwarded) >= hops:
        address = _parsed(forwarded[-hops])
        if address:
            return address
    return _parsed(request.META.get("REMOTE_ADDR", ""))


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped  # else every IPv4 client would share one /64
    return address


class RatesCache(BaseCache):
    """The cache that django-ratelimit counts in: Redis, or this process while Redis fails."""

    without_redis_until: ClassVar[float] = 0.0
    """On the monotonic clock, for all threads of the process."""

    def __init__(self, _location: str, params: dict[str, object]) -> None:
        super().__init__(params)

    def add(
        self,
        key: str,
        value: object,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        """Set the counter unless it is there; tell whether it was set."""
        return bool(self._ask("add", key, value, timeout, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Count on; a counter that is gone begins again."""
        try:
            return self._ask("incr", key, delta, version)
        except ValueError:  # emptied, or moved from Redis to the process, since `add`
            self._ask("add", key, delta, DEFAULT_TIMEOUT, version)
            return delta

    def _ask(self, method: str, *arguments: object) -> int:
        if time.monotonic() >= RatesCache.without_redis_until:
            try:
                return int(getattr(caches[IN_REDIS], method)(*arguments))
            except (redis.RedisError, OSError) as error:
                RatesCache.without_redis_until = time.monotonic() + SECONDS_WITHOUT_REDIS
                log.warning(
                    "Redis does not count: each process counts for itself",
                    extra={"error": type(error).__name__},
                )
        return int(getattr(caches[IN_PROCESS], method)(*arguments))
