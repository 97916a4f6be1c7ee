"""Where nlsh keeps its things, and what a person has set. Read once at start and handed down."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from nlsh.errors import UsageError

SYSTEM_POLICY = Path("/etc/nlsh/policy.toml")


@dataclass(frozen=True, kw_only=True)
class Folders:
    """The folders of one user, as the XDG base directory specification has them."""

    config: Path
    data: Path
    state: Path
    cache: Path

    @classmethod
    def of_user(cls) -> Folders:
        """Those of the person who runs nlsh; `NLSH_HOME`, if set, holds all four."""
        home = os.environ.get("NLSH_HOME")
        if home:
            return cls(**{name: Path(home) / name for name in ("config", "data", "state", "cache")})
        dirs = platformdirs.PlatformDirs("nlsh", appauthor=False)
        return cls(
            config=dirs.user_config_path,
            data=dirs.user_data_path,
            state=dirs.user_state_path,
            cache=dirs.user_cache_path,
        )

    @property
    def settings(self) -> Path:
        """The file of `Settings`."""
        return self.config / "config.toml"

    @property
    def policy(self) -> Path:
        """The user's own policy file."""
        return self.config / "policy.toml"

    @property
    def models(self) -> Path:
        """Installed models."""
        return self.data / "models"

    @property
    def audit(self) -> Path:
        """The audit log."""
        return self.state / "audit.jsonl"

    @property
    def grants(self) -> Path:
        """Leave that was given for a while."""
        return self.state / "grants.json"

    @property
    def history(self) -> Path:
        """The lines typed at the prompt."""
        return self.state / "history"

    @property
    def rc(self) -> Path:
        """Lines that an interactive login carries out first."""
        return self.config / "rc.nlsh"

    @property
    def crashes(self) -> Path:
        """What went wrong inside of nlsh itself."""
        return self.state / "crash.log"

    @property
    def undo(self) -> Path:
        """What `undo` can take back."""
        return self.state / "undo.json"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a person has set. `model` is a catalogue name or a path; `threads` 0 means one for each CPU.

    `audit` turns the audit log off; `confidence` overrides the acting threshold (0 to 1) of an effect by its name;
    `timeout` is seconds for a one-shot request, 0 for none.
    """

    model: str = ""
    threads: int = 0
    audit: bool = True
    timeout: float = 0.0
    confidence: Mapping[str, float] = field(default_factory=dict)


_TYPES: dict[str, type | tuple[type, ...]] = {
    "model": str,
    "threads": int,
    "audit": bool,
    "timeout": (int, float),
    "confidence": dict,
}


def load(path: Path) -> Settings:
    """Read the settings file, all defaults where there is none; UsageError with the reason where it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        import tomllib  # only for those who have set something

        data = tomllib.loads(text)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {error}", hint="mend the file, or move it away") from error
    for key, value in data.items():
        _check(path, key, value)
    return Settings(**data)


def _check(path: Path, key: str, value: Any) -> None:
    if key not in _TYPES:
        raise UsageError(f"{path}: there is no setting {key!r}", hint=f"settings are {', '.join(_TYPES)}")
    if not isinstance(value, _TYPES[key]) or (isinstance(value, bool) and _TYPES[key] is not bool):
        raise UsageError(f"{path}: {key} cannot be {value!r}")
