"""Help, told from the registry."""

from itertools import pairwise

import pytest


def test_help_names_every_verb_with_something_to_say(house):
    """One row each, those of a group together."""
    rows = house.do("shell.help").rows
    assert {row["verb"] for row in rows} == {verb.name for verb in house.registry}
    assert all(row["say"] and row["does"] for row in rows)
    groups = [row["about"] for row in rows]
    assert sum(a != b for a, b in pairwise(groups)) == len(set(groups)) - 1


@pytest.mark.parametrize(
    ("topic", "verb"),
    [
        ("disks", "disk.usage"),
        ("ports", "net.ports"),
        ("rules", "rule.add"),
        ("memory", "memory.usage"),
        ("processes", "process.kill"),
        ("Network", "net.interfaces"),
        ("bandwidth", "net.usage"),
    ],
)
def test_a_topic_finds_its_verbs(house, topic, verb):
    """By the verb's name, its group, or a word of what it does and of what one says for it."""
    result = house.do("shell.help", topic=topic)
    found = [row["verb"] for row in result.rows]
    assert verb in found
    assert len(found) < len(house.registry) / 2


def test_one_verb_is_shown_in_full(house):
    """Its arguments, its effect and all its examples."""
    (row,) = house.do("shell.help", topic="process.kill").rows
    assert row["effect"] == "destroy"
    assert "signal" in row["takes"]
    assert all(example.utterance in row["say"] for example in house.registry["process.kill"].examples)


def test_no_help_says_what_there_is_help_on(house):
    """A dead end names the ways out."""
    message = house.do("shell.help", topic="embroidery").message
    assert "embroidery" in message
    assert "processes" in message
