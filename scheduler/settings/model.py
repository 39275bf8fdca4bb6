"""The settings: each with its type, range, default and meaning. `docs/settings.md` is made from these."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "AFTERCARE_"


def shipped_config() -> Path:
    """The folder of protocols, messages and topics that ships: the checkout's, else the installed one's."""
    checkout = Path(__file__).parents[2] / "config"
    if (checkout / "aftercare.example.env").is_file():
        return checkout
    return Path(sysconfig.get_path("data")) / "share" / "aftercare" / "config"


class Twilio(BaseModel):
    """The Twilio account that texts go through when SMS is `twilio`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account_sid: str | None = Field(default=None, description="Account SID, beginning with AC.")
    auth_token: SecretStr | None = Field(
        default=None, description="Auth token. Needed for signed callbacks, also beside an API key."
    )
    api_key: str | None = Field(
        default=None, description="SID of an API key, beginning with SK; used for sending if set."
    )
    api_secret: SecretStr | None = Field(default=None, description="Secret of the API key.")
    messaging_service_sid: str | None = Field(
        default=None, description="Messaging service to send from, beginning with MG; this or FROM_NUMBER."
    )
    from_number: str | None = Field(
        default=None, description="Number or sender name to send from, a number with + and country code."
    )
    base_url: str = Field(
        default="https://api.twilio.com", description="Address of the API; another one for a test server."
    )
    region: str | None = Field(
        default=None, description="Region that keeps the data, as `ie1`; with EDGE. Unset: the United States."
    )
    edge: str | None = Field(default=None, description="Place that requests enter Twilio at, as `dublin`; with REGION.")


class Smtp(BaseModel):
    """The mail server that emails go through when EMAIL is `smtp`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str | None = Field(default=None, description="Name or address of the mail server.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(default=587, description="TCP port of the mail server.")
    username: str | None = Field(default=None, description="Login name, where the server asks for one.")
    password: SecretStr | None = Field(default=None, description="Password of the login name.")
    starttls: bool = Field(default=True, description="Whether to switch to TLS before logging in.")
    implicit_tls: bool = Field(
        default=False,
        description="Whether TLS is spoken from the first byte, as on port 465; STARTTLS is left alone then.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="PEM file of the authorities that may vouch for the mail server. Unset: the system's.",
    )
    local_hostname: str | None = Field(
        default=None, description="Name that we introduce ourselves with. Unset: the domain of SENDER."
    )
    sender: str | None = Field(
        default=None, description="Address that emails come from, alone or as `Willow Skin <care@willow.example>`."
    )
    reply_to: str | None = Field(
        default=None, description="Address that answers go to, written like SENDER. Unset: to SENDER."
    )


class Settings(BaseSettings):
    """Everything a process is told from outside. Made by `load_settings`; nothing reads it but the root."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__", hide_input_in_errors=True
    )

    database_url: str = Field(
        default="sqlite:///aftercare.db",
        repr=False,
        description="SQLAlchemy URL of the database: `sqlite:///file` (a path from the working directory; "
        "four slashes for an absolute one) or `postgresql://user:password@host/name`; behind a pooler that shares "
        "connections (PgBouncer in transaction mode) with `?prepare_threshold=none` at its end.",
    )
    key_file: Path = Field(
        default=Path("aftercare.key"),
        description="Key ring that encrypts names, contact points and texts, mode 0600. Made at the first "
        "start. Lost key, lost data: back it up apart from the database.",
    )
    config_dir: Path = Field(
        default_factory=shipped_config,
        description="Folder of protocols, messages, topics and flags. Default: the one that ships.",
    )
    secrets_dir: Path | None = Field(
        default=None,
        description="Folder with one file a setting, named like the variable in either case "
        "(`aftercare_twilio__auth_token`), as Docker mounts secrets. A variable wins over its file.",
    )
    engine: Literal["local", "cluster"] = Field(
        default="local",
        description="What runs the tasks: `local` in this process, `cluster` on many machines.",
    )
    sms: Literal["sandbox", "twilio"] = Field(
        default="sandbox", description="Where texts go: `sandbox` keeps and shows them, `twilio` sends them."
    )
    email: Literal["sandbox", "smtp"] = Field(
        default="sandbox", description="Where emails go: `sandbox` keeps and shows them, `smtp` sends them."
    )
    public_url: str | None = Field(
        default=None,
        description="Address at which patients and providers reach this service, with https (http only on this "
        "machine). Unset: there are no callbacks, and the provider is polled.",
    )
    lease_seconds: Annotated[int, Field(ge=10, le=600)] = Field(
        default=60,
        description="Seconds that a claimed reminder waits for its turn before others may claim it.",
    )
    send_threads: Annotated[int, Field(ge=1, le=64)] = Field(
        default=16,
        description="Threads of a process that hand messages to providers at once; a quarter more is kept for senders "
        "that become due while another one's calls hang.",
    )
    call_seconds: Annotated[int, Field(ge=1, le=120)] = Field(
        default=40,
        description="Seconds that a call to a provider may take. One without an answer for twice as long is in doubt.",
    )
    doubt_seconds: Annotated[int, Field(ge=1, le=600)] = Field(
        default=60,
        description="Seconds after a lost answer before the provider is asked whether it has the message, and again.",
    )
    metrics: bool = Field(
        default=True,
        description="Whether `GET /metrics` tells Prometheus how messages go. It asks for no token and holds nothing "
        "of a patient's; keep it from the outside in your proxy.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe lines that are logged."
    )
    log_format: Literal["plain", "json"] = Field(
        default="plain", description="Form of the log on stderr: lines to read, or one JSON object a line."
    )
    twilio: Twilio = Twilio()
    smtp: Smtp = Smtp()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed over: `Settings(...)` in a test reads nothing from the machine it runs on."""
        return (init_settings,)
