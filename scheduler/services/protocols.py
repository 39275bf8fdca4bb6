"""Protocols of a clinic: published from files, exported again as the same files."""

from __future__ import annotations

import json
from datetime import datetime

from scheduler.catalog.document import publishable, to_document
from scheduler.catalog.shipped import Catalog
from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.domain.errors import Invalid, NotFound
from scheduler.services.documents import read_version
from scheduler.storage import audit, protocols
from scheduler.storage.database import Db

_LONGEST_NAME = 100


def check_signer(name: str) -> str:
    """The name of the clinician who signs, without blanks around it. Raises Invalid, on field `signed_by`."""
    signer = name.strip()
    if not signer or len(signer) > _LONGEST_NAME or not signer.isprintable():
        raise Invalid.of(
            "signed_by", f"give the name of the clinician who signs the protocols off, in 1 to {_LONGEST_NAME} letters"
        )
    return signer


def publish_source(
    db: Db, source: str, *, file: str, catalog: Catalog, by: str, signed_by: str | None, now: datetime
) -> tuple[str, int]:
    """Publish a protocol file as the next version of its procedure, for new sessions only; its procedure and number.

    Raises Invalid with every problem of the file, or of the signer's name; then nothing is stored.
    """
    signer = None if signed_by is None else check_signer(signed_by)
    checked = publishable(source, file=file, catalog=catalog)
    procedure = checked.protocol.procedure
    number = protocols.publish(
        db,
        procedure=procedure,
        title=checked.protocol.title,
        document=json.dumps(to_document(checked.version(0), source), ensure_ascii=False),
        by=by,
        signed_by=signer,
        at=now,
    )
    signed = f", signed by {signer}" if signer else ", not signed by a clinician yet"
    audit.record(
        db,
        at=now,
        actor=by,
        action="protocol.publish",
        subject=f"protocol {procedure}",
        sentence=f"Published version {number} of {procedure} for new sessions{signed}.",
    )
    return procedure, number


def publish_shipped(db: Db, catalog: Catalog, *, by: str, signed_by: str | None, now: datetime) -> None:
    """Publish every protocol that ships as a clinic's first versions."""
    for procedure, source in catalog.sources.items():
        publish_source(db, source, file=f"{procedure}.toml", catalog=catalog, by=by, signed_by=signed_by, now=now)


def export_source(db: Db, procedure: str) -> str:
    """The file of the version in force, comments included. Raises NotFound."""
    stored = protocols.current_version(db, procedure)
    if stored is None:
        raise NotFound("protocol", procedure)
    source: str = json.loads(stored.document)["source"]
    return source


def in_force(db: Db) -> tuple[ProtocolVersion, ...]:
    """The version in force of each of the clinic's procedures, by title: what a session can be registered with."""
    stored = (protocols.current_version(db, procedure) for procedure in protocols.procedures(db))
    found = [read_version(version.document, version.number) for version in stored if version]
    return tuple(sorted(found, key=lambda version: version.protocol.title.casefold()))


def sign_unsigned(db: Db, signer: str) -> None:
    """Sign the clinic's versions that nobody signed yet."""
    protocols.sign_unsigned(db, signer)
