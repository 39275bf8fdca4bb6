"""Help with a name that isn't known: the nearest one that is."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MOST_LISTED = 30
_FEWEST_LETTERS = 4


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The mend for an unknown name: the nearest known one, else the list of all."""
    names = sorted(known)
    near = get_close_matches(name[:100], names, n=1, cutoff=0.7) or _holding(name, names)
    if near:
        return f"did you mean {near[0]}?"
    if not names:
        return "leave it out"
    listed = ", ".join(names[:_MOST_LISTED])
    return f"use one of: {listed}{', and others' if len(names) > _MOST_LISTED else ''}"


def _holding(name: str, names: list[str]) -> list[str]:
    """The first name that has this one inside, as `Europe/London` has London."""
    wanted = name.casefold()
    return [known for known in names if len(wanted) >= _FEWEST_LETTERS and wanted in known.casefold()][:1]
