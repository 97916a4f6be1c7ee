"""What a name in a selector fits, and in which order processes stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.executor.matching import is_called, names_of, ordered
from nlsh.testing.processes import process


@pytest.mark.parametrize(
    ("comm", "said", "fits"),
    [
        ("chrome", "chrome", True),
        ("chrome", "Chrome", True),
        ("chrome", "chrom", False),
        ("chrome", "chromee", False),
        ("firefox-esr", "firefox", False),
        ("python3.11", "python", True),
        ("python3.11", "python3", True),
        ("python3.11", "python3.1", False),
        ("python3.1", "python3.11", False),
        ("gcc-12", "gcc", True),
        ("php-fpm8.2", "php-fpm", True),
        ("worker10", "worker1", False),
        ("kworker/0:1", "kworker*", True),
        ("chrome", "chr*", True),
        ("chrome", "*rome", True),
        ("chrome", "chrom?", True),
        ("chrome", "chro?", False),
        ("a.b", "a?b", True),
        ("axb", "a.b", False),
        ("chrome2", "chrom*", True),
        ("x", "[x]", False),
        ("x", "x\n", False),
    ],
)
def test_a_name_is_whole_but_for_case_version_and_wildcards(comm: str, said: str, fits: bool):
    """`python` is python3.11, `firefox` is not firefox-esr; dots and brackets are themselves."""
    assert is_called(process(1, comm), said) is fits


@pytest.mark.parametrize(
    ("argv", "exe", "said", "fits"),
    [
        (("/usr/lib/firefox/firefox", "-contentproc"), "", "firefox", True),
        (("/opt/app/run", "firefox"), "", "firefox", False),
        (("-bash",), "/usr/bin/bash", "bash", True),
        (("nginx: worker process",), "", "nginx", True),
        (("sshd: bob@pts/0",), "/usr/sbin/sshd", "0", False),
        (("sshd: bob@pts/0",), "/usr/sbin/sshd", "sshd", True),
        (("tool /etc/passwd",), "", "passwd", False),
        ((), "/usr/bin/gone (deleted)", "gone", True),
        (("/usr/bin/python3", "x.py"), "/usr/bin/python3.11", "/usr/bin/python3.11", True),
        (("x",), "/usr/bin/python3.11", "/bin/python3.11", False),
    ],
)
def test_a_program_goes_by_its_file_too(argv: tuple[str, ...], exe: str, said: str, fits: bool):
    """The base name of the first argument and of the executable count; other arguments do not."""
    assert is_called(process(1, "Main Thread", argv=argv, exe=exe), said) is fits


@given(st.text(min_size=1, max_size=20))
def test_every_process_is_called_what_it_is_called(name: str):
    """Whatever a process is named, that name without its wildcards means it."""
    said = "".join("?" if c in "*?" else c for c in name)
    if "/" not in name:
        assert is_called(process(1, name, argv=()), said)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_name_without_wildcards_never_fits_a_part(name: str, more: str):
    """Only digits, dots and a hyphen may follow a name that fits."""
    said = name.replace("*", "").replace("?", "")
    if said and "/" not in said and is_called(process(1, said + more, argv=()), said):
        assert not set(more) - set("0123456789.-")


def test_the_names_of_a_process_have_no_empty_one():
    """No command line and no program do not make it nameless, nor called nothing."""
    assert names_of(process(1, "kthreadd", argv=())) == {"kthreadd"}


ROWS = [
    process(3, "b", cpu=5.0, rss=10, age=1.0, threads=1, io=None, files=3),
    process(1, "C", cpu=None, rss=30, age=9.0, threads=5, io=7.0, files=None),
    process(2, "a", cpu=50.0, rss=20, age=5.0, threads=5, io=9.0, files=8),
]


@pytest.mark.parametrize(
    ("sort", "pids", "reversed_"),
    [
        ("cpu", [2, 3, 1], [3, 2, 1]),
        ("memory", [1, 2, 3], [3, 2, 1]),
        ("io", [2, 1, 3], [1, 2, 3]),
        ("age", [1, 2, 3], [3, 2, 1]),
        ("name", [2, 3, 1], [1, 3, 2]),
        ("pid", [1, 2, 3], [3, 2, 1]),
        ("threads", [1, 2, 3], [3, 1, 2]),
        ("files", [2, 3, 1], [3, 2, 1]),
        (None, [3, 1, 2], [2, 1, 3]),
    ],
)
def test_orders(sort: str | None, pids: list[int], reversed_: list[int]):
    """Most first, names and pids ascending, equals by pid; what cannot be told is last either way."""
    assert [p.pid for p in ordered(ROWS, sort, False)] == pids
    assert [p.pid for p in ordered(ROWS, sort, True)] == reversed_
