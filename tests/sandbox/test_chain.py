"""The hash chain shows any edit, removal or reordering of a line."""

import json

from hypothesis import given
from hypothesis import strategies as st

from nlsh.sandbox.chain import Head, canonical, digest, follow, record_of, sealed


def chained(count):
    lines, head = [], Head()
    for number in range(count):
        line, head = sealed({"event": "decision", "utterance": f"say {number}"}, head)
        lines.append(line)
    return lines, head


counts = st.shared(st.integers(2, 8), key="count")
places = counts.flatmap(lambda count: st.integers(0, count - 1))


@given(count=counts)
def test_a_chain_holds(count):
    """Untouched, it has no fault and nothing to note."""
    lines, head = chained(count)
    assert (follow(lines, head).ok, follow(lines, head).notes) == (True, ())


@given(count=counts, at=places, where=st.floats(0, 1, exclude_max=True), put=st.characters(codec="ascii"))
def test_any_edit_of_a_line_shows(count, at, where, put):
    """One character of any line, whichever."""
    lines, head = chained(count)
    old = lines[at]
    place = int(where * len(old))
    lines[at] = old[:place] + put + old[place + 1 :]
    assert follow(lines, head).ok == (lines[at] == old)


@given(count=counts, at=places)
def test_any_removal_shows(count, at):
    """Also that of the last line."""
    lines, head = chained(count)
    del lines[at]
    assert not follow(lines, head).ok


@given(count=counts, one=places, other=places)
def test_any_reordering_shows(count, one, other):
    """Two lines that changed places."""
    lines, head = chained(count)
    lines[one], lines[other] = lines[other], lines[one]
    assert follow(lines, head).ok == (one == other)


@given(count=counts, at=places, to=places)
def test_any_repetition_shows(count, at, to):
    """A line that stands there twice."""
    lines, head = chained(count)
    lines.insert(to, lines[at])
    assert not follow(lines, head).ok


@given(count=counts, at=places)
def test_an_edit_with_a_new_hash_shows(count, at):
    """Whoever mends the hash of the line breaks that of the next, or the head."""
    lines, head = chained(count)
    record = json.loads(lines[at]) | {"utterance": "another"}
    lines[at] = canonical(record | {"hash": digest(record)})
    assert record_of(lines[at])
    assert not follow(lines, head).ok


def test_the_first_fault_is_told_by_its_line():
    """Line and reason."""
    lines, head = chained(4)
    lines[1] = lines[1].replace("say 1", "say 9")
    fault = follow(lines, head).fault
    assert (fault.line, fault.reason) == (2, "it was edited: what stands there is no whole record")
    lines, head = chained(4)
    del lines[1]
    fault = follow(lines, head).fault
    assert (fault.line, fault.reason) == (2, "records 2 to 2 are missing before it")


def test_white_space_is_an_edit():
    """A line is canonical to the byte."""
    lines, head = chained(2)
    lines[0] = lines[0].replace(",", ", ", 1)
    assert not follow(lines, head).ok
