"""Which passwords and PINs are hard enough to guess. Keeping and checking them is not here."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
PIN_DIGITS = 6
_FEWEST_CHARACTERS = 5
_FEWEST_DIGITS = 3
_ROWS = (
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
)
"""What fingers run along: digits, the alphabet, and three keyboards."""
_SIGNS = "!?.,-_*#$%&+@ "
_ADDED = f"{_SIGNS}0123456789"
_PLAIN = str.maketrans("@4301!$5", "aaeoiiss")


def password_problem(password: str, *, known: Collection[str], own: Iterable[str]) -> str | None:
    """Why a password won't do, as one sentence; None for one that does.

    `known` are passwords that stood in leaked lists, in lower case; `own` what anybody would try for this person: their
    address, their name, the clinic's. There are no rules of which kinds of characters it must hold (NIST SP 800-63B
    section 5.1.1.2).
    """
    password = normal_secret(password)
    if len(password) < SHORTEST_PASSWORD:
        return f"use at least {SHORTEST_PASSWORD} characters; three or four words that don't belong together are good"
    if len(password) > LONGEST_PASSWORD:
        return f"use at most {LONGEST_PASSWORD} characters"
    if not password.isprintable():
        return "use letters, digits, signs and spaces, nothing that can't be seen"
    if _is_run(password.casefold()) or len(set(password.casefold())) < _FEWEST_CHARACTERS:
        return "this is a run or a repetition, which is tried first; use words that don't belong together"
    if any(form in known for form in _forms(password)):
        return "this, or nearly this, is in lists of leaked passwords; use words that don't belong together"
    if _letters(password) in {_letters(part) for words in own for part in (words, words.partition("@")[0])}:
        return "this is your own name or address, or the clinic's; use words that others don't know you by"
    return None


def pin_problem(pin: str) -> str | None:
    """Why a PIN won't do, as one sentence; None for one that does."""
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        return f"use {PIN_DIGITS} digits"
    if len(set(pin)) < _FEWEST_DIGITS or _is_run(pin) or pin[::2] == pin[1::2]:
        return "this is among the first that anybody would try; use digits that follow no pattern"
    return None


def normal_secret(text: str) -> str:
    """A password in the form in which it is compared, whichever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", text)


def _is_run(text: str) -> bool:
    """Whether it runs along a row, forwards or backwards, or says one thing over and over."""
    return any(text in row or text[::-1] in row for row in _ROWS) or text in (text + text)[1:-1]


def _forms(password: str) -> set[str]:
    """The password without case, and as a word with what people add: `P@ssword2026!` is `password`."""
    plain = password.casefold()
    bare = {plain, plain.strip(_SIGNS), plain.strip(_ADDED), plain.rstrip(_ADDED)}
    return bare | {form.translate(_PLAIN) for form in bare}


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalpha()) or text
