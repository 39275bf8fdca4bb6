"""A whole folder of topics, flags, messages and protocols, such as the one that ships (`config/`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from scheduler.catalog.flag_files import parse_flags
from scheduler.catalog.message_files import parse_message
from scheduler.catalog.protocol_files import parse_protocol
from scheduler.catalog.scalars import Mistake, Reader, identifier
from scheduler.catalog.toml_files import read_source
from scheduler.catalog.topic_files import language, parse_topics
from scheduler.domain.care.protocols import CareProtocol, Topic
from scheduler.domain.delivery.messages import MessageTemplate
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.people.flags import Flag

T = TypeVar("T")
Messages = dict[tuple[str, str], MessageTemplate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What a clinic's rules can build on."""

    topics: Mapping[str, Topic]
    flags: Mapping[str, Flag]
    messages: Mapping[tuple[str, str], MessageTemplate]
    """By (template, language)."""
    protocols: Mapping[str, CareProtocol]
    """By procedure."""
    sources: Mapping[str, str]
    """The text of each protocol's file, comments included, by procedure: what is published keeps it."""

    @property
    def templates(self) -> frozenset[str]:
        """The templates that have words in some language."""
        return frozenset(template for template, _ in self.messages)


class _Folder:
    """Reads files of one folder and gathers their problems."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._problems: list[Problem] = []

    def read(self, name: str, parse: Callable[[str, str], T]) -> T | None:
        """What `parse` makes of the text and name of a file; None, with problems, if it can't."""
        try:
            return parse(read_source(self._root / name, file=name), name)
        except Invalid as error:
            self._problems += error.problems
            return None

    def names(self, pattern: str) -> list[str]:
        """The files that match, as paths from the folder, in order."""
        return sorted(path.relative_to(self._root).as_posix() for path in self._root.glob(pattern))

    def allows(self, name: str, part: str, read: Reader[str]) -> bool:
        """Whether a part of a file's path can be what it stands for."""
        try:
            read(part)
        except Mistake as reason:
            self.problem(name, f"can't stay where it is: {reason}")
            return False
        return True

    def problem(self, field: str, message: str) -> None:
        """One more that isn't about the inside of a file."""
        self._problems.append(Problem(field, message))

    def stop(self) -> None:
        """Nothing, if nothing is wrong. Raises Invalid with the problems of all files otherwise."""
        if self._problems:
            raise Invalid(*self._problems)


def load_catalog(folder: Path) -> Catalog:
    """Everything in the folder. Raises Invalid with the problems of all files.

    Protocols are read once all else is sound, as they name topics, flags and templates.
    """
    return _with_protocols(_Folder(folder), load_words(folder))


def load_words(folder: Path) -> Catalog:
    """What the folder's protocols build on, without the protocols. Raises Invalid with the problems of all files."""
    files = _Folder(folder)
    topics = files.read("topics.toml", lambda text, name: parse_topics(text, file=name))
    flags = files.read("flags.toml", lambda text, name: parse_flags(text, file=name))
    messages = _load_messages(files)
    files.stop()
    return Catalog(topics=topics or {}, flags=flags or {}, messages=messages, protocols={}, sources={})


def _with_protocols(files: _Folder, catalog: Catalog) -> Catalog:
    def parse(text: str, name: str) -> tuple[CareProtocol, str]:
        protocol = parse_protocol(
            text,
            file=name,
            topics=catalog.topics,
            flags=catalog.flags,
            templates=catalog.templates,
            messages=catalog.messages,
        )
        return protocol, text

    protocols: dict[str, CareProtocol] = {}
    sources: dict[str, str] = {}
    for name in files.names("protocols/*.toml"):
        read = files.read(name, parse)
        if read is None:
            continue
        protocol, text = read
        if protocol.procedure in protocols:
            files.problem(f"{name}: procedure", "is the procedure of another file here, too; keep one of them")
        protocols[protocol.procedure], sources[protocol.procedure] = protocol, text
    files.stop()
    return Catalog(
        topics=catalog.topics, flags=catalog.flags, messages=catalog.messages, protocols=protocols, sources=sources
    )


def _load_messages(files: _Folder) -> Messages:
    messages: Messages = {}
    for name in files.names("messages/*/*.toml"):
        tag, template = Path(name).parent.name, Path(name).stem
        if files.allows(name, tag, language) and files.allows(name, template, identifier):
            message = files.read(name, _message_parser(template, tag))
            if message:
                messages[template, tag] = message
    return messages


def _message_parser(template: str, tag: str) -> Callable[[str, str], MessageTemplate]:
    return lambda text, name: parse_message(text, file=name, template=template, language=tag)
