"""Names in sentences: the nearest known one, a name in quotes, and what the rules of a file are called."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

_MOST_LISTED = 30
_FEWEST_LETTERS = 4
_QUOTED = 40
_MOST_COMPARED = 700


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The mend for an unknown name: the nearest known one, else the list of all."""
    names = sorted(known)
    near = get_close_matches(name[:100], _neighbours(name, names), n=1, cutoff=0.7) or _holding(name, names)
    if near:
        return f"did you mean {near[0]}?"
    if not names:
        return "leave it out"
    listed = ", ".join(names[:_MOST_LISTED])
    return f"use one of: {listed}{', and others' if len(names) > _MOST_LISTED else ''}"


def _neighbours(name: str, names: list[str]) -> list[str]:
    """Names to compare with: all, or of very many those that begin alike, as each comparison takes its time."""
    if len(names) <= _MOST_COMPARED:
        return names
    place = bisect(names, name)
    return names[max(0, place - _MOST_COMPARED // 2) : place + _MOST_COMPARED // 2]


def _holding(name: str, names: list[str]) -> list[str]:
    """The first name that has this one inside, as `Europe/London` has London."""
    wanted = name.casefold()
    return [known for known in names if len(wanted) >= _FEWEST_LETTERS and wanted in known.casefold()][:1]


def quoted(words: str) -> str:
    """The words in quotes, cut to what fits in a sentence."""
    return f'"{words}"' if len(words) <= _QUOTED else f'"{words[:_QUOTED]}…"'


def labels(names: Iterable[object], *, noun: str) -> Iterator[str]:
    """What each of several rules is called: `window "makeup"`, a repeat also with its count, one without by place."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        if not isinstance(name, str):
            yield f"{noun} number {place}"
            continue
        seen[name] = seen.get(name, 0) + 1
        yield f"{noun} {quoted(name)}" + (f" ({seen[name]})" if seen[name] > 1 else "")
