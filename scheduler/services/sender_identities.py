"""Reading whom a sender's messages come from: which keys each provider takes, and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr

from scheduler.domain.delivery.senders import Provider, SenderIdentity
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.naming import did_you_mean
from scheduler.domain.people.patients import Channel
from scheduler.services.contact_points import read_email

_CARRIES = {
    Provider.TWILIO: (Channel.SMS,),
    Provider.SMTP: (Channel.EMAIL,),
    Provider.SANDBOX: (Channel.SMS, Channel.EMAIL),
}
_KEYS: dict[Provider, tuple[str, ...]] = {
    Provider.TWILIO: ("messaging_service_sid", "from_number"),
    Provider.SMTP: ("from_address",),
    Provider.SANDBOX: (),
}
"""One of these is needed, and only one."""
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}|[1-9]\d{2,7}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSender:
    """A sender as somebody wrote it."""

    channel: str
    provider: str
    identity: Mapping[str, str]


def read_identity(given: GivenSender) -> tuple[Channel, Provider, SenderIdentity, list[Problem]]:
    """What was meant, and every problem of it; with a problem, the rest stands for nothing."""
    problems = [
        *_unknown("channel", given.channel, [channel.value for channel in Channel]),
        *_unknown("provider", given.provider, [provider.value for provider in _CARRIES]),
    ]
    if problems:
        return Channel.SMS, Provider.SANDBOX, SenderIdentity(), problems
    channel, provider = Channel(given.channel), Provider(given.provider)
    if channel not in _CARRIES[provider]:
        problems.append(Problem("provider", f"{provider} carries no {channel}; {_who_carries(channel)}"))
    problems += _identity_problems(provider, given.identity)
    identity = SenderIdentity() if problems else SenderIdentity(**given.identity)
    return channel, provider, identity, problems


def _unknown(field: str, word: str, known: list[str]) -> list[Problem]:
    return [] if word in known else [Problem(field, f"there is no {field} {word}; {did_you_mean(word, known)}")]


def _who_carries(channel: Channel) -> str:
    return f"use one of: {', '.join(sorted(provider for provider in _CARRIES if channel in _CARRIES[provider]))}"


def _identity_problems(provider: Provider, identity: Mapping[str, str]) -> list[Problem]:
    keys = _KEYS[provider]
    strange = [key for key in identity if key not in keys]
    if strange:
        mend = f"it takes {' or '.join(keys)}" if keys else "leave it out"
        return [Problem("identity", f"{provider} takes no {key}; {mend}") for key in strange]
    if keys and len(identity) != 1:
        return [
            Problem("identity", f"{provider} needs {' or '.join(f'{key}=…' for key in keys)}, and one of them only")
        ]
    return [Problem(f"identity.{key}", mend) for key, value in identity.items() for mend in _READ[key](value)]


def _service_problems(value: str) -> list[str]:
    return [] if _SERVICE.fullmatch(value) else ["write the service's SID: MG and 32 hexadecimal digits"]


def _number_problems(value: str) -> list[str]:
    if _NUMBER.fullmatch(value):
        return []
    return ["write a number with + and its country code, a short code, or a name of up to 11 letters and digits"]


def _address_problems(value: str) -> list[str]:
    mend = "write an address like care@willow.example, or Willow Skin <care@willow.example>"
    if not value.isprintable():
        return [mend]
    name, address = parseaddr(value)
    if not address or (not name and address != value.strip().strip("<>")):
        return [mend]
    try:
        read_email(address, strict=False)
    except Invalid:
        return [mend]
    return []


_READ: Mapping[str, Callable[[str], list[str]]] = {
    "messaging_service_sid": _service_problems,
    "from_number": _number_problems,
    "from_address": _address_problems,
}
