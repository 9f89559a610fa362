"""The settings; the only file that reads the environment (and `.env` in the working folder).

Each field's description says what a right value is: it is the mend in the error, and the text of the README's table.
Fields with `repr=False` are never shown, not even when they are wrong.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import ConfigError

PREFIX = "PEJLING_"
ENV_FILE = ".env"
FIRST_NAMES_LIMIT = 5_000_000  # bytes; all Danish first names together are under one million


def _readable_file(path: Path | None) -> Path | None:
    if path is None:
        return None
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from error


ReadableFile = Annotated[Path | None, AfterValidator(_readable_file)]


def _secret(variable: str, what: str) -> Any:
    return Field(SecretStr(""), validation_alias=variable, repr=False, description=what)


def _known(variable: str, default: str, what: str) -> Any:
    return Field(default, validation_alias=variable, description=what)


class Settings(BaseSettings):
    """Everything that can be set. Read it with `load_settings`, which turns what is wrong into a `ConfigError`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, validate_by_name=True, validate_by_alias=True
    )

    host: str = Field("127.0.0.1", description="the address to listen on: 127.0.0.1, or 0.0.0.0 for every network")
    port: int = Field(8765, ge=1, le=65535, description="a port number from 1 to 65535, such as 8765")
    public_url: str = Field(
        "", description="the address people open, such as https://pejling.example.dk; empty on one's own machine"
    )
    database_url: str = Field(
        "sqlite:///var/pejling.db",
        validation_alias="DATABASE_URL",
        repr=False,
        description="sqlite:///var/pejling.db or postgresql://name:password@host/database",
    )
    keys: SecretStr = Field(
        SecretStr(""), repr=False, description="one or more keys made with `pejling key new`, newest first, with commas between them"
    )
    key_file: Path = Field(
        Path("var/pejling.key"), description="the file that holds the keys, one per line, when PEJLING_KEYS is empty"
    )
    demo: bool = Field(True, description="yes to fill an empty database with a demo, no to leave it empty")
    organisation: str = Field("Pejling", max_length=200, description="the name of your department")
    municipality: str = Field("", description="the municipality's name as the notice should say it (controller)")
    privacy_link: str = Field("", description="a web address that starts with https://, to your privacy notice")
    dpo: str = Field("", description="how to reach the data protection officer: a name, a phone number or an e-mail address")
    first_names: ReadableFile = Field(None, description="a text file (UTF-8) with one first name per line")
    routes: ReadableFile = Field(None, description="a YAML file with your own numbers and links")
    timezone: str = Field("Europe/Copenhagen", description="an IANA time zone, such as Europe/Copenhagen")
    language: Literal["da", "en"] = Field("da", description="da or en: the language before a person has chosen")
    tick_seconds: float = Field(15, ge=1, le=3600, description="seconds between two looks at what is due, from 1 to 3600")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    log_format: Literal["text", "json"] = Field("text", description="text for people, or json: one object a line, for a collector")
    metrics_token: SecretStr = Field(
        SecretStr(""), repr=False, description="a long random text that Prometheus names to read /metrics; empty: only this machine may"
    )

    slack_bot_token: SecretStr = _secret("SLACK_BOT_TOKEN", "the bot token of your Slack app (xoxb-…)")
    slack_app_token: SecretStr = _secret("SLACK_APP_TOKEN", "the app-level token of your Slack app (xapp-…)")
    slack_signing_secret: SecretStr = _secret("SLACK_SIGNING_SECRET", "the signing secret of your Slack app")
    slack_client_id: str = _known("SLACK_CLIENT_ID", "", "the client id of your Slack app, for more than one workspace")
    slack_client_secret: SecretStr = _secret("SLACK_CLIENT_SECRET", "the client secret of your Slack app")
    slack_api_url: str = _known("SLACK_API_URL", "https://slack.com/api/", "a web address that starts with https:// (or http://)")
    microsoft_app_id: str = _known("MICROSOFT_APP_ID", "", "the app id of your Teams bot")
    microsoft_app_password: SecretStr = _secret("MICROSOFT_APP_PASSWORD", "the client secret of your Teams bot")
    microsoft_app_tenant_id: str = _known("MICROSOFT_APP_TENANT_ID", "", "the tenant id of your organisation")
    microsoft_app_type: Literal["SingleTenant", "MultiTenant", "UserAssignedMSI"] = Field(
        "SingleTenant", validation_alias="MICROSOFT_APP_TYPE", description="SingleTenant, MultiTenant or UserAssignedMSI"
    )
    microsoft_app_certificate: ReadableFile = Field(
        None, validation_alias="MICROSOFT_APP_CERTIFICATE", description="a PEM file with the certificate and its private key"
    )
    teams_local: bool = Field(False, description="yes to let Microsoft's emulator on this machine in, unrecognised; else no")

    @field_validator("host")
    @classmethod
    def _host_is_a_name(cls, host: str) -> str:
        host = host.strip("[] ")
        if not host or any(sign in host for sign in "/ @") or _has_port(host):
            raise ValueError("not an address")
        return host

    @field_validator("public_url", "privacy_link", "slack_api_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not a web address")
        return url

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        if urlsplit(url).query or urlsplit(url).fragment:
            raise ValueError("more than an address")
        return url.rstrip("/")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, LookupError) as error:
            raise ValueError("there is no such time zone") from error
        return name

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @property
    def address(self) -> str:
        """Where people find Pejling: PEJLING_PUBLIC_URL, else where it listens."""
        if self.public_url:
            return self.public_url
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host and host[0] != '[' else host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach Pejling."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def has_slack(self) -> bool:
        return any((self.slack_bot_token, self.slack_app_token, self.slack_signing_secret, self.slack_client_id))

    @property
    def wants_teams(self) -> bool:
        """Whether Teams is on: set up, or asked for on this machine alone."""
        return self.has_teams or self.teams_local

    @property
    def has_teams(self) -> bool:
        """Any one of them is meant: what is missing beside it is said at the start."""
        return any((self.microsoft_app_id, self.microsoft_app_password, self.microsoft_app_certificate, self.microsoft_app_tenant_id))

    def demo_refusal(self) -> str | None:
        """Why a demo must not be served with these settings; None where it may.

        The third reason, a real person in the database, is for the demo itself to see.
        """
        if not self.is_loopback:
            return (
                f"{variable_of('host')} is {self.host}: the demo has no accounts and stays on this machine"
                " – use 127.0.0.1, or start with --no-demo"
            )
        for is_on, variable in ((self.has_slack, "SLACK_…"), (self.has_teams, "MICROSOFT_APP_…")):
            if is_on:
                return (
                    f"{variable} is set: a demo must not meet real people – remove the {variable} settings, or start with --no-demo"
                )
        return None

    def read_first_names(self) -> frozenset[str]:
        """The first names of PEJLING_FIRST_NAMES in lower case; empty without a list. Raises ConfigError."""
        if self.first_names is None:
            return frozenset()
        variable = variable_of("first_names")
        try:
            if self.first_names.stat().st_size > FIRST_NAMES_LIMIT:
                raise ConfigError(f"{variable} is too large a file – give a text file with one first name per line")
            lines = self.first_names.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{variable} cannot be read – save it as a text file in UTF-8, one first name per line") from error
        return frozenset(name for line in lines if (name := line.strip().casefold()) and not name.startswith("#"))


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment and `.env`; `overrides` (by field name) win.

    Raises:
        ConfigError: something is wrong; one line per variable, with the mend.
    """
    given = {**_env_file(), **os.environ}
    wrong = _unknown_variables(given)
    chosen = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(_env_file=ENV_FILE if Path(ENV_FILE).is_file() else None, **chosen)
    except ValidationError as error:
        raise ConfigError("\n".join(wrong + [_explain(problem) for problem in error.errors()])) from None
    if wrong:
        raise ConfigError("\n".join(wrong))
    return settings


def variable_of(name: str) -> str:
    """The environment variable that sets the field."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{name.upper()}"


def variables() -> dict[str, FieldInfo]:
    """Every environment variable Pejling knows, with its field."""
    return {variable_of(name): field for name, field in Settings.model_fields.items()}


def _env_file() -> dict[str, str | None]:
    try:
        return dict(dotenv_values(ENV_FILE)) if Path(ENV_FILE).is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{ENV_FILE} cannot be read – save it as a text file in UTF-8 that Pejling may read") from error


def _unknown_variables(given: dict[str, str | None]) -> list[str]:
    known = [variable for variable in variables() if variable.startswith(PREFIX)]
    unknown = sorted({name.upper() for name in given if name.upper().startswith(PREFIX)} - set(known))
    return [f"{name} is not a setting of Pejling – {_nearest(name, known)}" for name in unknown]


def _nearest(name: str, known: list[str]) -> str:
    endings = [variable.removeprefix(PREFIX) for variable in known]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), endings, n=1, cutoff=0.6)
    return f"did you mean {PREFIX}{near[0]}?" if near else f"remove it; the settings are {', '.join(known)}"


def _explain(problem: Any) -> str:
    """One line: the variable, what is wrong, the mend. Never the value of a secret."""
    location = str(problem["loc"][0])
    name = next(name for name in Settings.model_fields if location.lower() in (name, variable_of(name).lower()))
    field = Settings.model_fields[name]
    is_shown = field.repr and isinstance(problem["input"], (str, int, float))
    value = f" ({str(problem['input'])[:80]!r})" if is_shown else ""
    reason = f": {problem['ctx']['error']}" if problem["type"] == "value_error" else ""
    return f"{variable_of(name)} is wrong{value}{reason} – give {field.description}"


def _has_port(host: str) -> bool:
    return host.count(":") == 1
