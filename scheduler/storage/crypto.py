"""Encryption at rest: a ring of keys that seals texts, and keyed hashes by which sealed values are found.

A sealed value is `key id, nonce, ciphertext` (AES-256-GCM); its purpose is authenticated with it, so a value
can't be moved into another column. Look-ups use a key of their own, which stays when sealing keys change.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from scheduler.domain.errors import SchedulerError

_KEY_BYTES = 32
_NONCE_BYTES = 12
_LOOKUP = "lookup"
_OWNER_ONLY = 0o600
_OTHERS = 0o077


class KeyUnusable(SchedulerError):
    """The key file is missing, unreadable or not the one that the data was sealed with."""


class KeyRing:
    """Seals and opens texts, and makes the hashes by which they are found."""

    def __init__(self, *, current: str, keys: dict[str, bytes], lookup_key: bytes) -> None:
        """Seal with the key `current`; open with any of `keys`."""
        self.current = current
        self._head = bytes([len(current)]) + current.encode()
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._lookup_key = lookup_key

    def seal(self, text: str, purpose: str) -> bytes:
        """The text encrypted for a purpose (`patient.name`)."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._head + nonce + self._ciphers[self.current].encrypt(nonce, text.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """The text again. Raises KeyUnusable if it was sealed with another key or for another purpose."""
        start = 1 + sealed[0] if sealed else 0
        key_id = sealed[1:start].decode(errors="replace")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            message = f"The key file has no key {key_id}, with which stored data was sealed."
            raise KeyUnusable(message)
        nonce, body = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, purpose.encode()).decode()
        except (InvalidTag, ValueError):  # a value cut short has no whole nonce
            message = "The key file is not the one that stored data was sealed with."
            raise KeyUnusable(message) from None

    def lookup(self, text: str, purpose: str) -> str:
        """A keyed hash by which an equal text of the same purpose is found: 64 hexadecimal digits."""
        return hmac.new(self._lookup_key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def hash_secret(secret: str) -> str:
    """What is kept of a secret that this program made: 64 hexadecimal digits.

    Such a secret has 256 random bits, so a fast hash is enough; passwords and PINs need a slow one.
    """
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def new_key_ring() -> KeyRing:
    """A ring of fresh keys that are kept nowhere, for a store that ends with the process."""
    return KeyRing(current="k1", keys={"k1": _new_key()}, lookup_key=_new_key())


def make_key_file(path: Path) -> KeyRing:
    """The ring of a new key file, readable by its owner only. Raises KeyUnusable if the file can't be made."""
    lines = [f"k1 {_encode(_new_key())}", f"{_LOOKUP} {_encode(_new_key())}", ""]
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "w") as file:
            file.write("\n".join(lines))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        message = f"The key file {path} can't be made: {error.strerror}."
        raise KeyUnusable(message) from error
    return read_key_file(path)


def read_key_file(path: Path) -> KeyRing:
    """The ring that a key file holds: a line a key, the first one seals.

    Raises KeyUnusable, with the mend, if it is missing, readable by others, or not a key file.
    """
    try:
        others = path.stat().st_mode & _OTHERS
        lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        message = f"The key file {path} {_unreadable(error)}."
        raise KeyUnusable(message) from error
    if others:
        message = f"The key file {path} can be read by others: run chmod 600 {path}."
        raise KeyUnusable(message)
    keys = {line[0]: _decode(line[1], path) for line in lines if len(line) == 2}  # noqa: PLR2004  a name and its key
    lookup_key = keys.pop(_LOOKUP, None)
    if lookup_key is None or not keys or len(keys) + 1 != len(lines):
        message = f"{path} is not a key file of this program: restore it from your backup."
        raise KeyUnusable(message)
    return KeyRing(current=next(iter(keys)), keys=keys, lookup_key=lookup_key)


def _unreadable(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, FileNotFoundError):
        return "is missing: restore it from your backup, or set AFTERCARE_KEY_FILE to where it is"
    return f"can't be read: {error.strerror if isinstance(error, OSError) else 'it is not a text file'}"


def _new_key() -> bytes:
    return secrets.token_bytes(_KEY_BYTES)


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(text: str, path: Path) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        message = f"{path} is not a key file of this program: restore it from your backup."
        raise KeyUnusable(message)
    return key
