"""TOML as people write it: a header for each rule, a line for each key, small tables inside their line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import tomli_w


def block(header: str, table: Mapping[str, object]) -> str:
    """The lines of a table under its header, such as `[[window]]`; without a header, those of the file's top."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items()]
    return "\n".join(([header] if header else []) + lines)


def document(blocks: Iterable[str]) -> str:
    """The text of a file, with an empty line between its tables."""
    return "\n\n".join(blocks) + "\n"


def dotted(*names: str) -> str:
    """The header of a table with these names, `[facts.needle_mm]`."""
    return f"[{'.'.join(_key(name) for name in names)}]"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    # The library knows how to quote; it has no door to a single value but this one.
    return tomli_w.dumps({"x": value}).removeprefix("x = ").removesuffix("\n")


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0}).removesuffix(" = 0\n")
