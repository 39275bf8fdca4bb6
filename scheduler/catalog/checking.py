"""Everything that is wrong with one protocol file: what can't be read, and what only shows when it is tried out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scheduler.catalog.document import Publishable, publishable
from scheduler.catalog.shipped import Catalog
from scheduler.catalog.toml_files import MAX_BYTES, decode
from scheduler.domain.care.checks import RuleFinding, Severity, check_version
from scheduler.domain.errors import Invalid, Problem

_RULE = re.compile(r'(?:line|\w+ number) \d+|\w+ "[^"]*"(?: \(\d+\))?')


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFinding:
    """One finding, and the file in which it is to be mended."""

    file: str
    rule: str
    """`reminder "start"`, or `line 7` of what isn't TOML; empty where it is about no single rule."""
    key: str
    fault: str
    mend: str
    severity: Severity

    def __str__(self) -> str:
        """The finding on one line."""
        note = "note" if self.severity is Severity.NOTE else ""
        told = "; ".join(part for part in (self.fault, self.mend) if part)
        where = ": ".join(part for part in (self.file, self.rule, self.key, note, told) if part)
        return " ".join(where.split())


def check_file(path: Path, catalog: Catalog) -> tuple[FileFinding, ...]:
    """What is wrong with a protocol file, or worth knowing: errors first, none raised."""
    file = str(path)
    try:
        read = read_protocol(path, catalog)
    except Invalid as error:
        return tuple(problem_findings(error.problems, file=file))
    languages = {language for _, language in catalog.messages}
    return tuple(_found(finding, file) for finding in check_version(read.version(1), languages=languages))


def read_protocol(path: Path, catalog: Catalog) -> Publishable:
    """The protocol in a file on disk. Raises Invalid with every problem."""
    file = str(path)
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise Invalid.of(file, f"can't be read: {error.strerror}") from None
    return publishable(decode(data, file=file), file=file, catalog=catalog)


def problem_findings(problems: Iterable[Problem], *, file: str | None = None) -> Iterator[FileFinding]:
    """Problems of reading as findings; `file` is the one that was read, None where it was a folder of them."""
    for problem in problems:
        named = file if file is not None else problem.field.partition(": ")[0]
        where = problem.field.removeprefix(named).removeprefix(": ")
        found = _RULE.match(where)
        fault, _, mend = problem.message.rpartition("; ")
        yield FileFinding(
            file=named,
            rule=found[0] if found else "",
            key=where[found.end() :].removeprefix(": ") if found else where,
            fault=fault or mend,
            mend=mend if fault else "",
            severity=Severity.ERROR,
        )


def _found(finding: RuleFinding, file: str) -> FileFinding:
    if finding.message is not None:
        template, language = finding.message
        file = f"messages/{language}/{template}.toml"
    return FileFinding(
        file=file,
        rule=finding.rule,
        key=finding.key,
        fault=finding.fault,
        mend=finding.mend,
        severity=finding.severity,
    )
