"""What can't be true together in settings that are each right by themselves, as one plain line each."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from scheduler.settings.model import Settings, Smtp, Twilio

_TWILIO = Twilio().base_url


def contradictions(settings: Settings) -> Iterator[str]:
    """One line for each thing to mend; none shows a secret."""
    yield from _database(settings)
    yield from _address("AFTERCARE_PUBLIC_URL", settings.public_url)
    if settings.sms == "twilio":
        yield from _twilio(settings.twilio)
        if settings.public_url and not settings.twilio.auth_token:
            yield (
                "AFTERCARE_PUBLIC_URL with AFTERCARE_SMS=twilio needs AFTERCARE_TWILIO__AUTH_TOKEN, which callbacks "
                "are signed with, also beside an API key."
            )
    if settings.email == "smtp":
        yield from _smtp(settings.smtp)


def _database(settings: Settings) -> Iterator[str]:
    scheme = settings.database_url.split("://", 1)[0].split("+", 1)[0]
    if scheme not in {"sqlite", "postgresql"}:
        yield "AFTERCARE_DATABASE_URL must begin with sqlite:/// or postgresql://."
    elif scheme == "sqlite" and settings.database_url.partition("://")[2].strip("/") in {"", ":memory:"}:
        yield "AFTERCARE_DATABASE_URL must name a file, as in sqlite:///aftercare.db."
    elif settings.engine == "cluster" and scheme == "sqlite":
        yield "AFTERCARE_ENGINE=cluster needs PostgreSQL, but AFTERCARE_DATABASE_URL names SQLite."


def _twilio(twilio: Twilio) -> Iterator[str]:
    if not twilio.account_sid:
        yield "AFTERCARE_SMS=twilio needs AFTERCARE_TWILIO__ACCOUNT_SID."
    if bool(twilio.api_key) != bool(twilio.api_secret):
        yield "AFTERCARE_TWILIO__API_KEY and AFTERCARE_TWILIO__API_SECRET go together: set both or neither."
    elif not (twilio.auth_token or twilio.api_key):
        yield (
            "AFTERCARE_SMS=twilio needs AFTERCARE_TWILIO__AUTH_TOKEN, "
            "or AFTERCARE_TWILIO__API_KEY with AFTERCARE_TWILIO__API_SECRET."
        )
    if bool(twilio.messaging_service_sid) == bool(twilio.from_number):
        yield (
            "AFTERCARE_SMS=twilio needs one of AFTERCARE_TWILIO__MESSAGING_SERVICE_SID "
            "and AFTERCARE_TWILIO__FROM_NUMBER, and not both."
        )
    yield from _address("AFTERCARE_TWILIO__BASE_URL", twilio.base_url)
    if bool(twilio.region) != bool(twilio.edge):
        yield "AFTERCARE_TWILIO__REGION and AFTERCARE_TWILIO__EDGE go together: set both or neither."
    if twilio.region and twilio.base_url != _TWILIO:
        yield "AFTERCARE_TWILIO__REGION and AFTERCARE_TWILIO__BASE_URL can't both be set: unset one."


def _smtp(smtp: Smtp) -> Iterator[str]:
    if not smtp.host:
        yield "AFTERCARE_EMAIL=smtp needs AFTERCARE_SMTP__HOST."
    if not smtp.sender:
        yield "AFTERCARE_EMAIL=smtp needs AFTERCARE_SMTP__SENDER."
    if bool(smtp.username) != bool(smtp.password):
        yield "AFTERCARE_SMTP__USERNAME and AFTERCARE_SMTP__PASSWORD go together: set both or neither."
    if smtp.username and not (smtp.starttls or smtp.implicit_tls):
        yield (
            "AFTERCARE_SMTP__PASSWORD is never sent unencrypted: set AFTERCARE_SMTP__STARTTLS "
            "or AFTERCARE_SMTP__IMPLICIT_TLS to true."
        )


def _address(name: str, address: str | None) -> Iterator[str]:
    """A line if `address` isn't https, or http on this machine, with nothing after its path."""
    if address is None:
        return
    parts = _parts(address)
    if parts is None:
        yield f"{name} must be an address like https://aftercare.example.org."
    elif parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        yield f"{name} must begin with https:// (http:// only on this machine)."


def _parts(address: str) -> SplitResult | None:
    """The parts of a scheme, a host, perhaps a port and a path; None if it isn't that, or is more."""
    try:
        parts = urlsplit(address)
        usable = parts.hostname and parts.port != 0  # reading a port that is none raises
    except ValueError:
        return None
    return parts if usable and not (parts.query or parts.fragment or parts.username) else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
