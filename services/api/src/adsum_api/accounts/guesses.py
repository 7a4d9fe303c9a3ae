"""How often a password may be guessed: counted in Redis, for all processes together."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Final

from redis import Redis

from adsum_api.errors import TooMany


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in `window_s` seconds from the first."""

    most: int
    window_s: int


HERE: Final = Limit(10, 15 * 60)
"""Of one account from one address; a right guess begins anew."""
ADDRESS: Final = Limit(100, 15 * 60)
"""From one address, which a whole school may share, whatever the accounts."""
ACCOUNT: Final = Limit(200, 24 * 3600)
"""Of one account, whatever the addresses: high, as a stranger could otherwise lock somebody out."""


class TooManyGuesses(TooMany):
    """Somebody is guessing; said for accounts that do not exist as well."""

    def __init__(self) -> None:
        super().__init__("too many tries to sign in: wait a quarter of an hour, or ask an administrator")


class Guesses:
    """Counts tries to sign in; what they name is kept as a hash, for as long as it counts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def count(self, username: str, address: str) -> None:
        """Count one more try; raise `TooManyGuesses` or `redis.RedisError`."""
        account, place = username.strip().lower(), network_of(address)
        asked = ((HERE, (account, place)), (ADDRESS, ("", place)), (ACCOUNT, (account, "")))
        if any(self._next(_key(*named), limit) > limit.most for limit, named in asked):
            raise TooManyGuesses

    def forget(self, username: str, address: str) -> None:
        """Begin anew: the account's password was right at this address."""
        self._redis.delete(_key(username.strip().lower(), network_of(address)))

    def _next(self, key: str, limit: Limit) -> int:
        with self._redis.pipeline() as both:
            both.set(key, 0, ex=limit.window_s, nx=True)
            both.incr(key)
            return int(both.execute()[1])


def network_of(address: str) -> str:
    """Return what one machine can call from: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, 64), strict=False)) if known.version == 6 else str(known)


def _key(account: str, place: str) -> str:
    return "adsum:guesses:" + sha256(f"{account}\0{place}".encode("utf-8", "surrogateescape")).hexdigest()
