"""The two files about settings: a page to read and an environment file to copy, made from their model."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from scheduler.settings.variables import VARIABLES, takes

_SOURCE = "Made by `make docs` from scheduler/settings/model.py: change that file, not this one."
_PAGE = """\
# Settings

<!-- {source} -->

Every setting is an environment variable. All have defaults that run: an SQLite file, a key file made at the
first start, and a sandbox in place of the senders. An empty variable counts as unset. A variable that begins
with `AFTERCARE_` and isn't listed here stops the program, since it is most likely a slip of the pen; so do
settings that contradict each other. Each such problem is one line on stderr, and the exit code is 2.

A secret may stand in a file instead, in the folder that `AFTERCARE_SECRETS_DIR` names.

To start from a file with all of them: `config/aftercare.example.env`.

| variable | takes | default | meaning |
| --- | --- | --- | --- |
{rows}
"""


def pages() -> Mapping[str, str]:
    """The text of docs/settings.md and of config/aftercare.example.env."""
    rows = (_row(name, field) for name, field in VARIABLES.items())
    return {
        "docs/settings.md": _PAGE.format(source=_SOURCE, rows="\n".join(rows)),
        "config/aftercare.example.env": "\n".join([f"# {_SOURCE}\n", *map(_entry, VARIABLES, VARIABLES.values())]),
    }


def _row(name: str, field: FieldInfo) -> str:
    default = _default(field)
    shown = f"`{default}`" if default else "unset"
    return f"| `{name}` | {_takes(field)} | {shown} | {field.description} |"


def _entry(name: str, field: FieldInfo) -> str:
    about = f"{field.description} ({_takes(field)})"
    comment = textwrap.fill(about, width=100, break_on_hyphens=False, initial_indent="# ", subsequent_indent="# ")
    return f"{comment}\n#{name}={_default(field)}\n"


def _takes(field: FieldInfo) -> str:
    secret = SecretStr in (field.annotation, *get_args(field.annotation))
    return f"{takes(field)}, secret" if secret else takes(field)


def _default(field: FieldInfo) -> str:
    """As it would stand in an environment; empty for None and for what depends on the installation."""
    value = field.default
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | Path) else ""
