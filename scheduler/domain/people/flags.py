"""What a clinician may record about a patient, and what for; which patient has which flag is not here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something in a patient's history that rules may ask for; texts never explain or decide about it."""

    id: str
    label: str
    """As staff read it beside the box they tick."""
    why: str = ""
    """What the service does when it is set."""
    source: str = ""
    sign_off: str = "M"
    """Who must sign what hangs on it: a value of `SignOff`, which is care's, and care builds on people."""
