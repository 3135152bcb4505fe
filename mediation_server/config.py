"""Settings of the whole product, read once at start; nothing else reads the environment."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

__all__ = ["DATABASE", "Settings"]

DATABASE = "mediation.db"
LAST_PORT = 65535
_RELAY = r"turns?:[\w.:\[\]-]+(\?transport=(udp|tcp))?"
_RELAYS = rf"^({_RELAY}(, ?{_RELAY})*)?$"


class Settings(BaseSettings):
    """From `mediation.toml`, then `MEDIATION_*` in the environment, the latter winning. The demo needs none."""

    model_config = SettingsConfigDict(env_prefix="MEDIATION_", toml_file="mediation.toml", extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8080, ge=0, le=65535, description="TCP port of the web server; 0 takes a free one.")
    public_url: str = Field("", description="How browsers reach this server, with scheme; empty: derived.")
    tls_certificate: Path | None = Field(None, description="PEM certificate chain; without it: plain HTTP.")
    tls_key: Path | None = Field(None, description="PEM private key of the certificate.")
    data_dir: Path = Field(Path("var"), description="Where the database and the recordings lie.")
    database_url: str = Field(
        "", description="postgresql+asyncpg://user@host/name (extra `postgres`); empty: SQLite in the data directory."
    )
    media_host: str = Field("", description="Address the media port is bound to; empty: the web server's host.")
    media_port: int = Field(0, ge=0, le=65535, description="UDP port of all media; 0 takes a free one.")
    media_tcp_port: int = Field(
        0, ge=-1, le=65535, description="TCP port of media where UDP is blocked; 0: the UDP port's number, -1: none."
    )
    media_voices: int = Field(
        12,
        ge=6,
        le=100,
        description="Voices sent to each person at a time: those who spoke last; in a smaller room all of them.",
    )
    media_workers: int = Field(
        0,
        ge=0,
        le=64,
        description="Processes that hold the rooms' media, each on the next port from media_port upwards; 0: none.",
    )
    film_workers: int = Field(
        0, ge=0, le=64, description="Processes that make composed films, behind everything else; 0: half the cores."
    )
    turn_urls: str = Field(
        "",
        pattern=_RELAYS,
        description="This installation's TURN relays (RFC 7065), with commas between; empty: none.",
    )
    turn_secret_file: Path | None = Field(None, description="File with the secret shared with coturn.")
    turn_minutes: int = Field(60, ge=5, le=120, description="Minutes a person's pass to the relays works.")
    public_ip: str = Field("", description="Address of the media port that browsers are told; empty: the media host.")
    accelerator: str = Field(
        "auto", pattern="^(auto|off)$", description="Media through compiled code where it was built, or Python only."
    )
    canary_seconds: int = Field(
        5, ge=0, le=600, description="Seconds between rounds of the media canary, which /readyz follows; 0: no canary."
    )
    metrics_host: str = Field("127.0.0.1", description="Address /metrics is bound to; leave it off the open network.")
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="TCP port of /metrics, a listener of its own; empty: none, in the demo a free one.",
    )
    demo: bool = Field(default=False, description="Role buttons, mock court, mock SMS and mail. Never in production.")
    court_url: str = Field("", description="Base URL of the court's case-flow system; empty in the demo: a mock.")
    caseflow: str = Field(
        "http", pattern="^(http|file_drop)$", description="How the court is reached: calls, or files that are carried."
    )
    caseflow_dir: Path | None = Field(None, description="Directory of the files that are carried, for file_drop.")
    court_key_file: Path | None = Field(None, description="File with the key that signs messages to the court.")
    default_language: str = Field("zh", pattern="^(zh|en)$", description="Language for whoever has not chosen one.")
    login_hours: int = Field(10, ge=1, le=24, description="Hours after which a staff login ends.")
    invitation_hours_after: int = Field(12, ge=1, le=168, description="Hours from planned start to expiry of links.")
    presider_grace_seconds: int = Field(60, ge=5, le=600, description="Seconds a room waits for a lost presider.")
    material_file_mib: int = Field(50, ge=1, le=1024, description="MiB one file that a party hands in may have.")
    material_matter_mib: int = Field(
        2048, ge=2, le=2**20, description="MiB all files of one matter may have; no side fills more than half of it."
    )
    scan_command: str = Field(
        "",
        description="Virus scanner: a program and its arguments; the file's path is added; exit 0 clean, 1 infected.",
    )
    scan_socket: str = Field(
        "", description="Virus scanner: the socket of a clamd, a path or `host:port`; used when there is no command."
    )
    scan_seconds: int = Field(120, ge=5, le=3600, description="Seconds a virus scanner may take for one file.")
    disk_warning_mib: int = Field(
        5120, ge=1, le=2**31, description="MiB free in the data directory below which log, readiness and doctor warn."
    )
    evidence_keys: Path | None = Field(
        None, description="Directory of the keys that sign recordings; empty: keys in the data directory."
    )
    tsa_url: str = Field(
        "",
        description="Address of a time-stamping authority (RFC 3161) for recordings; empty in the demo: a local one.",
    )
    tsa_certificate: Path | None = Field(
        None, description="PEM certificate of that authority, or of who issued it; empty: whoever signs is shown."
    )
    evidence_sm3: bool = Field(default=False, description="SM3 beside SHA-256 over everything that is recorded.")
    draft_days: int = Field(
        90, ge=7, le=730, description="Days after which an application nobody submitted or touched is deleted."
    )
    captions: str = Field(
        "off",
        pattern="^(off|sphinx)$",
        description="Live captions by a machine: the engine that listens (extra `captions`); off: none.",
    )
    captions_model: Path | None = Field(
        None,
        description="Directory of the model that listens, such as a Chinese one; empty: the English one it brings.",
    )
    captions_language: str = Field(
        "en", pattern="^[a-z]{2}(-[A-Z]{2})?$", description="Language that model understands (BCP 47), such as zh."
    )
    captions_places: int = Field(
        8, ge=1, le=200, description="Places (a joint room, a caucus) with captions at a time: a process for each."
    )
    captions_memory_mib: int = Field(
        1536, ge=256, le=65536, description="MiB of memory each of these processes may have, its model included."
    )
    second_copy_dir: Path | None = Field(
        None, description="Directory on another disk where every sealed recording is kept once more; empty: nowhere."
    )
    master_keys: Path | None = Field(
        None, description="Directory of the master keys, on another volume; empty: `master-keys` in the data directory."
    )
    matter_keys: Path | None = Field(
        None, description="Directory of the matters' wrapped keys; empty: `matter-keys` in the data directory."
    )
    matter_keys_copy: Path | None = Field(
        None, description="Directory on another disk where they are kept once more, always as they are; empty: nowhere."
    )
    seed_date: str = Field("", pattern=r"^(|\d{4}-\d{2}-\d{2})$", description="First-run day of the demo data.")

    @property
    def scans(self) -> bool:
        """Whether a virus scanner is set up: then nothing reaches another side before it has looked."""
        return bool(self.scan_command.strip() or self.scan_socket.strip())

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / DATABASE).absolute()}"

    @property
    def keys_dir(self) -> Path:
        """Where the keys that sign recordings lie."""
        return self.evidence_keys or self.data_dir / "keys"

    @property
    def master_keys_dir(self) -> Path:
        """Where the keys lie that wrap the matters' keys."""
        return self.master_keys or self.data_dir / "master-keys"

    @property
    def matter_keys_dir(self) -> Path:
        """Where the matters' wrapped keys lie."""
        return self.matter_keys or self.data_dir / "matter-keys"

    @model_validator(mode="after")
    def _has_ports_for_all(self) -> Self:
        """Refuse workers whose ports would lie beyond the last one. Raises `ValueError`."""
        if max(self.media_port, self.media_tcp_port) + max(self.media_workers, 1) - 1 > LAST_PORT:
            raise ValueError("media_workers need as many ports from media_port and media_tcp_port upwards")
        return self

    @field_validator("seed_date")
    @classmethod
    def _is_a_day(cls, value: str) -> str:
        """Refuse what looks like a day and is none. Raises `ValueError`."""
        if value:
            date.fromisoformat(value)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
