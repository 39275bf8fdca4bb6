"""Names as they are compared and searched, and as lists show them."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_SEARCHED_LETTERS = 3
_PLAIN: dict[int, int | str] = {
    **str.maketrans("łøđðħŧ\u0131", "loddhti"),  # the last is the dotless i
    **str.maketrans("\u02bc\u02bb", "  "),  # the letters that stand for an apostrophe in some names
    ord("þ"): "th",
    ord("æ"): "ae",
    ord("œ"): "oe",
}
"""Letters that Unicode doesn't take apart into a plain one and an accent, but that are often typed as plain ones."""
_FIRST_ACCENT = 200
"""From this combining class on, a mark is an accent over, under or on a letter. Those below make another letter of
it (the voicing of kana, vowel signs of Indic scripts and Thai) and stay."""


def normal_name(name: str) -> str:
    """The name in the form in which two spellings of one name are equal: `José  O’Brien-Łuc` is `jose o brien luc`.

    Case, accents and doubled space don't count; punctuation, hyphens too, separate words. Empty where no letter or
    digit is left. An umlaut loses its dots and isn't spelt out (`Müller` is `muller`, not `mueller`).
    """
    taken_apart = _take_apart(_take_apart(name).casefold()).translate(_PLAIN)
    letters = (_letter(character) for character in taken_apart)
    return unicodedata.normalize("NFC", " ".join("".join(letters).split()))


def compared_name(name: str) -> str:
    """The normal name without its spaces: what must be equal for two people to be the same patient.

    `O'Brien` and `OBrien`, `Anne-Marie` and `Annemarie` are typed for one another at a desk.
    """
    return normal_name(name).replace(" ", "")


def name_beginnings(name: str) -> frozenset[str]:
    """The first three letters of each word of the normal name, and of the name from each word on, without spaces.

    So `Jo O'Brien` is found by `bri`, `obr` and `joo`. A shorter word is its own beginning.
    """
    words = normal_name(name).split()
    rests = ("".join(words[place:]) for place in range(len(words)))
    return frozenset(text[:_SEARCHED_LETTERS] for text in (*words, *rests))


def listed_name(name: str) -> str:
    """The name as lists show it, which others at the desk may see: the first word and the last one's first letter."""
    words = name.split()
    return " ".join((*words[:1], *(word[:1].upper() for word in words[1:][-1:])))


def name_fits(name: str, typed: str) -> bool:
    """Whether each word that was typed begins a word of the name, or all of it together does."""
    joined, wanted = _typed_words(typed)
    words = normal_name(name).split()
    rests = ["".join(words[place:]) for place in range(len(words))]
    return any(rest.startswith(joined) for rest in rests) or all(
        any(rest.startswith(word) for rest in rests) for word in wanted
    )


@lru_cache(maxsize=64)
def _typed_words(typed: str) -> tuple[str, tuple[str, ...]]:
    """What was typed without its spaces, and its words: the same for each of thousands of names."""
    return compared_name(typed), tuple(normal_name(typed).split())


def _take_apart(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def _letter(character: str) -> str:
    """The character; nothing for an accent or what can't be seen; a space for what separates words."""
    if unicodedata.combining(character) >= _FIRST_ACCENT:
        return ""
    category = unicodedata.category(character)
    if category[0] in "LMN":
        return character
    return "" if category == "Cf" else " "
