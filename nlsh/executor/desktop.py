"""A notification on the desktop, where there is one."""

from __future__ import annotations

import os
from collections.abc import Mapping

_DESKTOP = ("DBUS_SESSION_BUS_ADDRESS", "WAYLAND_DISPLAY", "DISPLAY")
_PATIENCE = 5.0
"""Seconds that the desktop has to take the notification."""


def notify_desktop(text: str, environment: Mapping[str, str] | None = None) -> bool:
    """Show `text` with notify-send; whether that was done. Its absence is no error: the shell says it anyway."""
    import html
    import shutil
    import subprocess

    given = os.environ if environment is None else environment
    program = shutil.which("notify-send", path=given.get("PATH"))
    if program is None or not any(given.get(name) for name in _DESKTOP):
        return False
    try:
        # Desktops read the text as markup.
        words = [program, "--app-name=nlsh", "--", "nlsh", html.escape(text, quote=False)]
        done = subprocess.run(words, env=dict(given), stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
