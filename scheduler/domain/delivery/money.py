"""Amounts of money as whole millionths of the provider's currency: read, told, and never rounded on the way."""

from __future__ import annotations

import re

UNIT = 1_000_000
"""Millionths in one: a part of a text costs a few hundredths, with up to five digits behind the point."""
_WRITTEN = re.compile(r"(?P<whole>[0-9]{1,9})(?:\.(?P<behind>[0-9]{1,6}))?")


def read_money(written: str) -> int | None:
    """The millionths of an amount such as `50`, `50.00` or `0.0395`; None for anything else."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    return int(found["whole"]) * UNIT + int((found["behind"] or "").ljust(6, "0"))


def money_told(millionths: int) -> str:
    """An amount with two digits behind the point, or as many as it takes: `50.00`, `0.0395`, `-0.04`."""
    whole, behind = divmod(abs(millionths), UNIT)
    return f"{'-' if millionths < 0 else ''}{whole}.{f'{behind:06}'.rstrip('0').ljust(2, '0')}"
