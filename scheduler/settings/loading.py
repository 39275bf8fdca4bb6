"""Reads the settings from an environment and a folder of secrets, and says in plain lines what is wrong."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from scheduler.settings.contradictions import contradictions
from scheduler.settings.model import PREFIX, Settings
from scheduler.settings.variables import VARIABLES, takes, variable

# Variables of the test suite may stand in a developer's shell while the program runs.
_TESTS = f"{PREFIX}TEST_"


class SettingsInvalid(Exception):
    """The environment can't be used; `problems` holds one plain line for each thing to mend."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in `environ` (the process's own if None) and in the secrets folder that it names.

    A variable wins over a secret file, and an empty one counts as unset.

    Raises SettingsInvalid with every problem found; no line shows a value of a secret.
    """
    variables = _ours(os.environ if environ is None else environ)
    given = _secret_files(variables.get("AFTERCARE_SECRETS_DIR")) | variables
    problems = [_unknown(name) for name in given if name not in VARIABLES]
    try:
        settings = _settings(given)
    except ValidationError as error:
        raise SettingsInvalid((*problems, *_wrong_values(error))) from None
    problems += contradictions(settings)
    if problems:
        raise SettingsInvalid(tuple(problems))
    return settings


def _ours(environ: Mapping[str, str]) -> dict[str, str]:
    ours = {name.upper(): value for name, value in environ.items() if value}
    return {n: value for n, value in ours.items() if n.startswith(PREFIX) and not n.startswith(_TESTS)}


def _secret_files(folder: str | None) -> dict[str, str]:
    """What the folder's files hold, by the name of their variable; files with other names aren't ours."""
    if folder is None:
        return {}
    try:
        files = [file for file in Path(folder).iterdir() if file.name.upper().startswith(PREFIX)]
        return _ours({file.name: file.read_text().strip() for file in files})
    except (OSError, UnicodeDecodeError):
        raise SettingsInvalid(
            ("AFTERCARE_SECRETS_DIR must be a folder of text files that this process may read.",)
        ) from None


def _unknown(name: str) -> str:
    # Compared without the prefix that all have, or everything would be near.
    known = [known_name.removeprefix(PREFIX) for known_name in VARIABLES]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
    return f"{name} is not a setting.{f' Did you mean {PREFIX}{near[0]}?' if near else ''}"


def _settings(given: Mapping[str, str]) -> Settings:
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in given.items() if name in VARIABLES}
    return Settings(**source())


def _wrong_values(error: ValidationError) -> Iterator[str]:
    wrong = {variable(*(str(step) for step in detail["loc"])) for detail in error.errors()}
    return (f"{name} must be {takes(field)}." for name, field in VARIABLES.items() if name in wrong)
