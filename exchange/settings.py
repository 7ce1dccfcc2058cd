"""Settings: lvws.toml and LVWS_ variables, read once at the edge and passed down.

Paths are relative to the folder of lvws.toml. docs/settings.md is generated from the descriptions here.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from exchange.errors import SettingsInvalid

DEFAULT_FILE = "lvws.toml"


class SftpHost(BaseModel):
    """One SFTP server that files are pulled from, and answers are put on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(description="Name or address of the sender's or the other service's server.")
    port: int = Field(22, ge=1, le=65535, description="Its port.")
    username: str = Field(description="Our user name there.")
    private_key: Path = Field(description="Our private key for it (0600).")
    known_hosts: Path = Field(description="Pinned host keys; required. Two keys for one host while it changes its key.")
    outgoing: str = Field(
        "/outgoing", description="The folder that we read: files, or receipts of onward referrals and returns."
    )
    incoming: str = Field("/incoming", description="The folder that we write to.")
    after_load: Literal["leave", "move", "delete"] = Field(
        "leave", description="What becomes of a file or receipt on the server once it is taken in."
    )
    done: str = Field("/outgoing/done", description="Where `move` moves it to.")
    require: Literal["plain", "age", "pgp_signed"] = Field(
        "plain", description="How files must come: plain, encrypted with age, or encrypted and signed with OpenPGP."
    )
    pgp_certificate: Path | None = Field(
        None, description="The sender's OpenPGP certificate; signatures are checked against it."
    )
    age_recipient: str | None = Field(
        None,
        description="Of a service that takes onward referrals: its age public key (`age1...`). Files for it are "
        "encrypted to it; without it nothing is sent there.",
    )
    pattern: str | None = Field(
        None, description="Regular expression of the sender's own reference, where it differs from the layout's."
    )
    max_file_mb: int = Field(2048, ge=1, description="A larger file is refused.")
    max_listing: int = Field(20_000, ge=1, description="A longer listing is refused.")
    timeout_seconds: float = Field(30, gt=0, description="How long one step may go without an answer.")


class Operator(BaseModel):
    """Somebody who may decide, correct, release and approve; each step that they take is signed with their key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_key: Path = Field(
        description="Their Ed25519 public key, PEM or OpenSSH. Leave it in place for good: what was signed with it is "
        "checked against it. Somebody with a new key gets a new name."
    )


class Idva(BaseModel):
    """How the contract's FTE of IDVAs is judged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    met_by: Literal["both", "mean", "last_day"] = Field(
        "both",
        description="What has to be at least the required FTE: the quarter's `mean`, its `last_day`, or `both`. "
        "All are shown.",
    )


# What an alert is about (exchange.alerts.kinds says which kinds are in each).
AlertGroup = Literal["safety", "security", "arrivals", "returns", "service"]


class AlertRoute(BaseModel):
    """Where alerts are told: mail, a webhook, Teams, Slack, by the addresses of one file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: Path = Field(
        description="A file (0600) with one Apprise address a line, such as `mailtos://...`, `msteams://...` or "
        "`jsons://...`: they hold passwords, so they do not stand in the settings (docs/operations.md, Alerts)."
    )
    groups: list[AlertGroup] = Field(
        ["safety", "security", "arrivals", "returns", "service"], min_length=1, description="What is told there."
    )


class Backup(BaseModel):
    """Where backups go, and who can open them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(Path("backups"), description="Where they are written: another disk, or what is copied away.")
    recipient: str = Field(
        "", description="The age public key (`age1...`) to which they are encrypted; see `lvws keys recovery`."
    )


class Settings(BaseSettings):
    """All settings of the service."""

    model_config = SettingsConfigDict(env_prefix="LVWS_", env_nested_delimiter="__", frozen=True, extra="forbid")

    home: Path = Field(Path("var"), description="State: postgres, vault, runs, returns, keys; the last four are 0700.")
    database_url: str = Field(
        "", description="Blank: embedded PostgreSQL in <home>/postgres. Else a PostgreSQL 15 or newer.", repr=False
    )
    sftp: dict[str, SftpHost] = Field(
        default_factory=dict,
        description="One block a source, one a service that takes onward referrals, and mopac for returns. "
        "A source without one is not pulled; to a service without one nothing is sent.",
    )
    operators: dict[str, Operator] = Field(
        default_factory=dict, description="One block a person who may decide; see lvws operators new."
    )
    raw_days: int = Field(30, ge=1, description="Days until the keys of raw files and artefacts are destroyed.")
    quarantine_days: int = Field(90, ge=1, description="Days until the keys of quarantined rows are destroyed.")
    lease_seconds: int = Field(300, ge=1, description="A run whose worker is silent for so long may be taken over.")
    small_numbers: dict[str, Literal["none", "primary", "secondary"]] = Field(
        default_factory=dict,
        description="How small counts of a table of the returns are treated, where not as docs/disclosure.md says: "
        "`none`, `primary` (1 to 4 are hidden) or `secondary` (and what would tell them).",
    )
    dask_address: str = Field(
        "", description="Address of a Dask cluster for backfills, `tcp://host:8786`. Blank: this machine's processes."
    )
    alerts: dict[str, AlertRoute] = Field(
        default_factory=dict,
        description="One block a place where alerts are told; without one they stand in `lvws alerts list`.",
    )
    backup: Backup = Field(default_factory=Backup, description="Where backups go, and who can open them.")
    idva: Idva = Field(default_factory=Idva, description="How the contract's FTE of IDVAs is judged.")
    where: Path = Field(Path(DEFAULT_FILE), description="The file that these settings were read from.", exclude=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment overrides the file, which arrives as init arguments."""
        return env_settings, init_settings

    def at_home(self, *parts: str) -> Path:
        """A path under `home`."""
        return self.home.joinpath(*parts)


def load(environ: dict[str, str] | None = None) -> Settings:
    """Settings of this process. Raises SettingsInvalid, which names the setting and never shows its value."""
    env = os.environ if environ is None else environ
    path = Path(env.get("LVWS_CONFIG", DEFAULT_FILE)).absolute()
    problem: tuple[str, str]
    try:
        return _resolved(Settings(where=path, **_read(path, required="LVWS_CONFIG" in env)), path.parent)
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_url=False)[0]
        problem = ".".join(str(part) for part in first["loc"]), first["type"].replace("_", " ")
    raise SettingsInvalid(setting=problem[0], problem=problem[1], where=str(path))


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.exists():
        if required:
            raise SettingsInvalid(setting="LVWS_CONFIG", problem="there is no such file", where=str(path))
        return {}
    line = ""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError:
        line = "the file is not valid TOML"
    except (OSError, UnicodeDecodeError):
        line = "the file cannot be read"
    raise SettingsInvalid(setting="lvws.toml", problem=line, where=str(path))


def _resolved(settings: Settings, folder: Path) -> Settings:
    """The same settings with every path made absolute against the folder of the file."""
    hosts = {
        name: host.model_copy(
            update={
                "private_key": folder / host.private_key,
                "known_hosts": folder / host.known_hosts,
                "pgp_certificate": folder / host.pgp_certificate if host.pgp_certificate else None,
            }
        )
        for name, host in settings.sftp.items()
    }
    operators = {
        name: operator.model_copy(update={"public_key": folder / operator.public_key})
        for name, operator in settings.operators.items()
    }
    alerts = {name: route.model_copy(update={"urls": folder / route.urls}) for name, route in settings.alerts.items()}
    backup = settings.backup.model_copy(update={"folder": folder / settings.backup.folder})
    return settings.model_copy(
        update={
            "home": folder / settings.home,
            "sftp": hosts,
            "operators": operators,
            "alerts": alerts,
            "backup": backup,
        }
    )
