"""Notifications on the desktop, shown by a notify-send that writes down what it is given."""

import os

import pytest

from nlsh.executor.desktop import notify_desktop


@pytest.fixture
def desktop(tmp_path):
    """The environment of a desktop, and the file with the words of the notification."""
    told = tmp_path / "told"
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\n')
    program.chmod(0o755)
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DISPLAY": ":0"}, told


def test_the_text_is_one_argument_and_no_markup(desktop):
    """Whatever a process is called, no shell and no desktop reads it as anything but text."""
    environment, told = desktop
    assert notify_desktop("-x $(id) <b>make</b> & co", environment)
    assert told.read_text().splitlines() == [
        "--app-name=nlsh",
        "--",
        "nlsh",
        "-x $(id) &lt;b&gt;make&lt;/b&gt; &amp; co",
    ]


def test_without_a_desktop_nothing_is_shown(desktop):
    """On a server there is nobody to show it to."""
    environment, told = desktop
    assert not notify_desktop("hello", {"PATH": environment["PATH"]})
    assert not notify_desktop("hello", {"PATH": "/nonexistent", "DISPLAY": ":0"})
    assert not told.exists()


def test_a_notify_send_that_fails_is_no_error(desktop):
    """The shell says it anyway."""
    environment, told = desktop
    (told.parent / "notify-send").write_text("#!/bin/sh\nexit 1\n")
    assert not notify_desktop("hello", environment)
