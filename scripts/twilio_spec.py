"""Cuts what the tests need out of Twilio's own description of its API: `python -m scripts.twilio_spec TARBALL`.

The tarball is npm's `@twilio/cli-core`, fetched with `npm pack @twilio/cli-core@9.0.0`. The slices, the licence and a
manifest go to tests/peers/twilio/; cutting the same tarball again gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE, VERSION, LICENCE = "@twilio/cli-core", "9.0.0", "MIT"
TARBALL_SHA256 = "9fef3d7234dbce63ff3005a422f46fcf7e3486b369f852f61b3ede41097e5667"
FOLDER = Path(__file__).parents[1] / "tests" / "peers" / "twilio"
_INSIDE = "package/src/services/twilio-api"
SLICES: dict[str, dict[str, tuple[str, ...]]] = {
    "twilio_api_v2010.json": {
        "/2010-04-01/Accounts/{Sid}.json": ("get",),
        "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json": ("get",),
        "/2010-04-01/Accounts/{AccountSid}/Messages.json": ("get", "post"),
        "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json": ("get",),
    },
    "twilio_messaging_v1.json": {
        "/v1/Services/{Sid}": ("get",),
        "/v1/Services/{ServiceSid}/AlphaSenders": ("get",),
        "/v1/Services/{ServiceSid}/PhoneNumbers": ("get",),
        "/v1/Services/{ServiceSid}/ShortCodes": ("get",),
    },
}
"""File in the package: its paths that are kept, each with its methods."""
_DROPPED = ("examples", "x-twilio", "x-maturity")
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})


def cut(spec: dict[str, Any], kept: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """A description of only these paths and methods, with the schemas that they lead to and without examples."""
    paths = {path: _only(spec["paths"][path], methods) for path, methods in kept.items()}
    schemas: dict[str, Any] = {}
    wanted = list(_referenced(paths))
    while wanted:
        name = wanted.pop()
        if name not in schemas:
            schemas[name] = spec["components"]["schemas"][name]
            wanted.extend(_referenced(schemas[name]))
    components = {**spec["components"], "schemas": dict(sorted(schemas.items()))}
    return {**spec, "paths": paths, "components": components}


def _only(path: dict[str, Any], methods: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in path.items() if key not in _METHODS or key in methods}


def _referenced(part: object) -> Iterator[str]:
    """The names of the schemas that a part of the description points to."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield str(value).removeprefix("#/components/schemas/")
            else:
                yield from _referenced(value)
    elif isinstance(part, list):
        for value in part:
            yield from _referenced(value)


def without_examples(part: Any) -> Any:  # noqa: ANN401  any JSON
    """The same description without what judges nothing: examples and the marks of Twilio's generators."""
    if isinstance(part, dict):
        return {key: without_examples(value) for key, value in part.items() if key not in _DROPPED}
    return [without_examples(value) for value in part] if isinstance(part, list) else part


def _write(tarball: Path) -> Iterator[str]:
    """Writes all files; the name of each as it is written."""
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != TARBALL_SHA256:
        raise SystemExit(f"{tarball} is not {PACKAGE} {VERSION}: its SHA-256 is {found}")
    manifest: dict[str, Any] = {"package": PACKAGE, "version": VERSION, "licence": LICENCE, "sha256": found}
    files: dict[str, Any] = {}
    manifest |= {"cut_by": "python -m scripts.twilio_spec", "files": files}
    with tarfile.open(tarball) as archive:
        for name, kept in SLICES.items():
            original = _read(archive, f"{_INSIDE}/{name}")
            slice_ = without_examples(cut(json.loads(original), kept))
            text = json.dumps(slice_, indent=1, ensure_ascii=False) + "\n"
            (FOLDER / name).write_text(text)
            files[name] = {
                "from": f"{_INSIDE}/{name}",
                "original_sha256": hashlib.sha256(original).hexdigest(),
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "paths": {path: list(methods) for path, methods in kept.items()},
            }
            yield name
        (FOLDER / "LICENSE").write_bytes(_read(archive, "package/LICENSE"))
        yield "LICENSE"
    (FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    yield "manifest.json"


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise SystemExit(f"There is no file {name} in the tarball.")
    return file.read()


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004  the program and the tarball
        raise SystemExit(__doc__)
    for written in _write(Path(sys.argv[1])):
        print(f"wrote {(FOLDER / written).relative_to(FOLDER.parents[2])}")
