"""How many parts a text is sent and paid as, and which of its characters make it dearer.

The count is that of Twilio's calculator; what a provider later reports for a sent message is the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM_7 = _BASIC | _EXTENSION
_LAST_OF_PLANE_0 = "\uffff"


class Encoding(StrEnum):
    """The alphabet that a text goes in."""

    GSM_7 = "gsm-7"
    """160 units in one part, 153 in each of several; `^ { } \\ [ ~ ] |`, the euro and form feed take two."""
    UCS_2 = "ucs-2"
    """70 units in one part, 67 in each of several; a character beyond plane 0 (most emoji) takes two."""


_ROOM = {Encoding.GSM_7: (160, 153), Encoding.UCS_2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Parts:
    """The size of a text."""

    encoding: Encoding
    units: int
    """Septets of GSM-7 or UTF-16 units of UCS-2, without the headers of several parts."""
    parts: int
    """0 for the empty text: there is nothing to send (Twilio's calculator says 1)."""


def parts(text: str) -> Parts:
    """The size of the text as sent.

    A character that takes two units is never split. A sign of several characters (a flag, a skin tone) may be,
    where Twilio's calculator keeps it whole and may count one part more.
    """
    encoding = Encoding.GSM_7 if _GSM_7.issuperset(text) else Encoding.UCS_2
    alone, each = _ROOM[encoding]
    if _has_dear(text, encoding):
        costs = [_units(character, encoding) for character in text]
        return Parts(encoding, sum(costs), _count(costs, alone, each))
    return Parts(encoding, len(text), min(len(text), 1) if len(text) <= alone else -(-len(text) // each))


def _has_dear(text: str, encoding: Encoding) -> bool:
    """Whether a character takes two units."""
    if encoding is Encoding.GSM_7:
        return not _EXTENSION.isdisjoint(text)
    return max(text) > _LAST_OF_PLANE_0


def foreign(text: str) -> tuple[str, ...]:
    """The characters that force UCS-2, each once, in the order in which they first stand in the text."""
    return tuple(dict.fromkeys(character for character in text if character not in _GSM_7))


def _units(character: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return 2 if character in _EXTENSION else 1
    return 2 if character > _LAST_OF_PLANE_0 else 1


def _count(costs: list[int], alone: int, each: int) -> int:
    if sum(costs) <= alone:
        return 1
    count, used = 1, 0
    for cost in costs:
        if used + cost > each:
            count, used = count + 1, 0
        used += cost
    return count
