"""Hashing passwords and PINs slowly (argon2id), and the leaked passwords that nobody may use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from scheduler.domain.people.secrecy import normal_secret

_AT_ONCE = BoundedSemaphore(4)
"""Each hash takes its memory for itself: without a bound, many sign-ins at once would take the machine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashing:
    """How dear a hash is."""

    memory_kib: int
    passes: int
    lanes: int = 1

    def hash(self, secret: str) -> str:
        """A salted hash of a password or PIN, which names its own parameters."""
        with _AT_ONCE:
            return self._hasher().hash(_bytes(secret))

    def fits(self, kept: str | None, secret: str) -> bool:
        """Whether the secret is the one that was hashed; without a hash never, after the same work."""
        try:
            with _AT_ONCE:
                self._hasher().verify(kept or _nobodys(self), _bytes(secret))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than these."""
        return self._hasher().check_needs_rehash(kept)

    def _hasher(self) -> PasswordHasher:
        return PasswordHasher(time_cost=self.passes, memory_cost=self.memory_kib, parallelism=self.lanes)


STRONG = Hashing(memory_kib=47104, passes=1)
"""The first of the equal choices for argon2id in OWASP's Password Storage Cheat Sheet: 46 MiB, one pass, one lane."""


@cache
def leaked_passwords() -> frozenset[str]:
    """Passwords that are tried first, in lower case; the file says where they are from."""
    text = files("scheduler.services").joinpath("leaked_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("# "))


@cache
def _nobodys(hashing: Hashing) -> str:
    return hashing.hash("nobody has this password")


def _bytes(secret: str) -> bytes:
    return normal_secret(secret).encode(errors="replace")
