"""What was typed ahead: it goes from the line editor to the command, and what no program has read comes back."""

from __future__ import annotations

import os


def taken() -> bytes:
    """What the line editor has read beyond the line that was sent, as it was typed."""
    from prompt_toolkit.application import get_app_session
    from prompt_toolkit.input.typeahead import get_typeahead

    return b"".join(os.fsencode(press.data) for press in get_typeahead(get_app_session().input))


def given_back(typed: bytes) -> None:
    """Let the line editor read this: now where it waits for a line, else before anything else when it next does."""
    if not typed:
        return
    from prompt_toolkit.application import get_app_or_none, get_app_session
    from prompt_toolkit.input.typeahead import store_typeahead
    from prompt_toolkit.input.vt100_parser import Vt100Parser
    from prompt_toolkit.key_binding.key_processor import KeyPress

    presses: list[KeyPress] = []
    parser = Vt100Parser(presses.append)
    parser.feed_and_flush(os.fsdecode(typed))
    editor = get_app_or_none()
    if editor is None or not editor.is_running:
        store_typeahead(get_app_session().input, presses)
    else:
        editor.key_processor.feed_multiple(presses)
        editor.key_processor.process_keys()
