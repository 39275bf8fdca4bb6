"""Twilio's signature of what it posts to us, written from the text of its security page and not with its SDK."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping


def signature(url: str, form: Mapping[str, str], auth_token: str) -> str:
    """What goes into `X-Twilio-Signature`.

    The address as it was given to Twilio, with its query and without its fragment; then every field, sorted by name,
    name and value with nothing between; HMAC-SHA1 with the account's auth token; base64.
    """
    signed = url.partition("#")[0] + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
