"""What the container files name exists: settings, commands, files. Neither an engine nor a network is used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from scheduler.cli.app import app
from scheduler.settings import load_settings
from scheduler.settings.variables import VARIABLES

CHECKOUT = Path(__file__).parents[2]
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
COMPOSE = (CHECKOUT / "docker-compose.yml").read_text()
EXAMPLE = (CHECKOUT / "config" / "compose.example.env").read_text()
OURS = ("web", "worker", "migrate")
_WRITTEN = re.compile(r"\$\{(?P<name>\w+)(?P<colon>:?)-(?P<default>[^}]*)\}")


def services(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The services as an engine would read them, with this `.env`."""

    def value(found: re.Match[str]) -> str:
        given = (environ or {}).get(found["name"])
        return found["default"] if given is None or (found["colon"] and not given) else given

    read: dict[str, Any] = YAML(typ="safe").load(_WRITTEN.sub(value, COMPOSE))
    found: dict[str, Any] = read["services"]
    return found


def settings_of(service: str, secrets: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a service's process finds, with a folder of secrets that exists here."""
    environment = {**(environ or {}), **services(environ)[service]["environment"]}
    assert environment["AFTERCARE_SECRETS_DIR"] == "/run/secrets"
    return {**environment, "AFTERCARE_SECRETS_DIR": str(secrets)}


def examples() -> dict[str, str]:
    """Every line of the example that can be switched on."""
    return dict(line.removeprefix("#").split("=", 1) for line in EXAMPLE.splitlines() if re.match(r"#\w+=", line))


def blocks(lock: str) -> Iterator[str]:
    """A package of a lock file with its hashes."""
    return (block.strip() for block in re.split(r"^(?=\S)", (CHECKOUT / lock).read_text(), flags=re.MULTILINE) if block)


@pytest.mark.parametrize("service", OURS)
def test_compose_sets_nothing_but_settings_that_exist_and_agree(service: str, tmp_path: Path) -> None:
    environment = settings_of(service, tmp_path)

    assert {name for name in environment if name.startswith("AFTERCARE_")} <= set(VARIABLES)
    settings = load_settings(environment)
    assert (settings.email, settings.smtp.host) == ("smtp", "mail")
    assert settings.database_url == "postgresql://aftercare@postgres/aftercare"
    assert settings.engine == "cluster"


def test_the_example_names_settings_and_what_compose_asks_for(tmp_path: Path) -> None:
    asked_for = {found["name"] for found in _WRITTEN.finditer(COMPOSE)}
    (tmp_path / "aftercare_smtp__password").write_text("hush")

    assert set(examples()) <= asked_for | set(VARIABLES)
    settings = load_settings(settings_of("worker", tmp_path, examples()))
    assert settings.smtp.host == "smtp.example.org"
    assert settings.smtp.starttls


def test_the_example_is_off_line_by_line() -> None:
    assert [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")] == []


def test_the_defaults_of_the_example_are_those_of_compose() -> None:
    defaults = {found["name"]: found["default"] for found in _WRITTEN.finditer(COMPOSE)}

    for name in ("POSTGRES_PASSWORD", "WEB_PORT", "MAIL_PORT"):
        assert examples()[name] == defaults[name]


def test_an_empty_database_url_leaves_it_to_the_secret_file(tmp_path: Path) -> None:
    (tmp_path / "aftercare_database_url").write_text("postgresql://own@db.example/own")

    settings = load_settings(settings_of("web", tmp_path, {"AFTERCARE_DATABASE_URL": ""}))

    assert settings.database_url == "postgresql://own@db.example/own"


def test_the_database_is_asked_with_the_password_that_it_was_made_with() -> None:
    changed = services({"POSTGRES_PASSWORD": "another"})

    assert changed["postgres"]["environment"]["POSTGRES_PASSWORD"] == "another"
    assert {changed[service]["environment"]["PGPASSWORD"] for service in OURS} == {"another"}


def test_every_command_that_containers_run_exists() -> None:
    program = get_command(app)
    [default] = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)

    for words in (*(services()[service]["command"] for service in OURS), YAML(typ="safe").load(default)):
        with program.make_context("aftercare", list(words)) as context:
            command = program.get_command(context, words[0])  # type: ignore[attr-defined]  # a group, typed as a command
            assert command is not None
            command.make_context(words[0], list(words[1:]), parent=context)


def test_nothing_is_open_but_on_this_machine() -> None:
    ports = [port for service in services().values() for port in service.get("ports", [])]

    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_any_number_of_workers_can_run() -> None:
    worker = services()["worker"]

    assert not {"container_name", "ports"} & set(worker)


def test_the_image_sets_nothing_but_settings_that_exist() -> None:
    named = set(re.findall(r"\bAFTERCARE_\w+(?==)", DOCKERFILE))

    assert named == {"AFTERCARE_DATABASE_URL", "AFTERCARE_KEY_FILE"}
    assert named <= set(VARIABLES)


def test_the_image_is_made_of_files_that_exist_and_that_the_builder_gets() -> None:
    sent = set(re.findall(r"^!(\S+)$", (CHECKOUT / ".dockerignore").read_text(), re.MULTILINE))
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()
    }

    assert copied == sent
    assert all((CHECKOUT / name).exists() for name in copied)


def test_nothing_in_the_image_runs_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)

    assert users == ["10001:10001"]
    assert DOCKERFILE.index("USER") > DOCKERFILE.rindex("RUN")


def test_what_the_image_installs_is_a_part_of_the_lock() -> None:
    runtime, whole = set(blocks("requirements-runtime.lock")), set(blocks("requirements.lock"))

    assert runtime < whole, "run `make lock`"
    assert not any(block.startswith(("pytest==", "mypy==", "uv==")) for block in runtime)
    assert "://" not in (CHECKOUT / "requirements-runtime.lock").read_text()
