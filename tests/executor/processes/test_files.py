"""Which files a process has open, and who has a file open."""

from __future__ import annotations

from pathlib import Path

import pytest
from house import House, child, said

from nlsh.errors import NothingMatched, OperationFailed

HOLD = "f = open({!r}, 'w'); print(1, flush=True); input()"


def test_open_files_of_a_process(house: House, tmp_path: Path):
    """A descriptor, the working directory and the program are among them, with their kinds."""
    with child(HOLD.format(str(tmp_path / "held"))) as process:
        said(process)
        result = house.do("process.files", pid=process.pid)
    kinds = {row["path"]: row["kind"] for row in result.rows}
    assert kinds[str(tmp_path / "held")] == "file"
    assert {"working directory", "program", "pipe"} <= {row["kind"] for row in result.rows}
    assert {id.pid for id in result.processes} == {process.pid}
    assert len(result.processes) == len(result.rows)


@pytest.mark.parametrize("below", [False, True])
def test_who_has_a_file_or_anything_in_a_folder_open(house: House, tmp_path: Path, below: bool):
    """The file by itself, or the folder that it is in."""
    held = tmp_path / "held"
    with child(HOLD.format(str(held))) as process:
        said(process)
        result = house.do("process.files", path=str(tmp_path if below else held))
        assert [(row["pid"], row["path"]) for row in result.rows] == [(process.pid, str(held))]


def test_a_deleted_file_is_found_by_its_folder(house: House, tmp_path: Path):
    """What keeps the disk full though it was removed."""
    with child(HOLD.format(str(tmp_path / "held"))) as process:
        said(process)
        (tmp_path / "held").unlink()
        (row,) = house.do("process.files", path=str(tmp_path)).rows
    assert row["path"].endswith(" (deleted)")


def test_a_name_that_only_begins_alike_is_another_file(house: House, tmp_path: Path):
    """/srv/data is not /srv/data-old."""
    (tmp_path / "hel").touch()
    with child(HOLD.format(str(tmp_path / "held"))) as process:
        said(process)
        with pytest.raises(NothingMatched, match="open"):
            house.do("process.files", path=str(tmp_path / "hel"))


def test_a_file_that_there_is_not(house: House, tmp_path: Path):
    """Asking about it is an error that names it."""
    with pytest.raises(OperationFailed, match="nothing-here"):
        house.do("process.files", path=str(tmp_path / "nothing-here"))
