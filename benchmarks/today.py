"""A day like today for what runs by the real clock: sessions of yesterday, somewhere where it is about noon."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from benchmarks.clinic import Day

_NOON = 13
_ZONES = (
    "Pacific/Auckland",
    "Australia/Sydney",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Asia/Bangkok",
    "Asia/Dhaka",
    "Asia/Karachi",
    "Asia/Dubai",
    "Europe/Istanbul",
    "Africa/Cairo",
    "Europe/Berlin",
    "Europe/London",
    "Atlantic/Cape_Verde",
    "America/Noronha",
    "America/Sao_Paulo",
    "America/Halifax",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Pago_Pago",
)


def yesterday(now: datetime) -> Day:
    """Sessions that ended at half past two, in the zone where it is nearest to one o'clock now.

    Texts may go there for hours still, wherever the machine stands.
    """
    zone = min(_ZONES, key=lambda name: abs(now.astimezone(ZoneInfo(name)).hour - _NOON))
    local = now.astimezone(ZoneInfo(zone)) - timedelta(days=1)
    ended = local.replace(hour=14, minute=30, second=0, microsecond=0)
    return Day(ended=ended.astimezone(now.tzinfo), zone=zone)
