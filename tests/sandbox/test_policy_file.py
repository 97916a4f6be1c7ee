"""Policy files: what they may say, and where an error in them is."""

import pytest

from nlsh.effects import Effect
from nlsh.errors import PolicyFileError
from nlsh.sandbox.policy_file import parse, read
from nlsh.sandbox.rule import Count, Hours

GOOD = """\
# A comment.
[[rule]]
id = "night"
decision = "ask"
reason = "It is late."
by_word = true
in_person = true
match = [{ verb = "process.kill", signal = "SIGKILL", user = "root", count = 6, time = "23:30" }]
not_match = [
    { verb = "process.kill", time = "12:00" },
    { verb = "process.kill", effect = "read" },
]
[rule.when]
effect = ["destroy"]
verb = ["process.*"]
user = ["others"]
signal = ["kill", "SIGTERM"]
count = { over = 5, up_to = 20 }
time = { from = "22:00", to = "6:00" }
origin = ["person", "plugin"]
everything = false
service = false
"""


def test_all_that_a_rule_can_say():
    """Every key is read into its typed value."""
    (rule,) = parse(GOOD, source="p.toml")
    assert (rule.id, rule.by_word, rule.in_person, rule.source, rule.line) == ("night", True, True, "p.toml", 2)
    assert rule.when.effect == (Effect.DESTROY,)
    assert rule.when.signal == ("KILL", "TERM")
    assert rule.when.count == Count(over=5, up_to=20)
    assert rule.when.time == Hours(start=1320, end=360)


HEAD = '[[rule]]\nid = "x"\ndecision = "deny"\nreason = "No."\n'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[[rule]\n", 1, "Expected"),
        ("\n\nid = \n", 3, "Invalid value"),
        ('[[rule]]\nid = "', 2, "Unterminated|Expected|Illegal"),
        ("rules = []\n", 1, "there is no 'rules' in a policy"),
        ("# x\n\n[default]\n", 3, "there is no 'default' in a policy"),
        ("rule = 3\n", 1, r"a rule starts with \[\[rule\]\]"),
        ('[[rule]]\ndecision = "deny"\n', 1, "needs an id"),
        ('[[rule]]\nid = "A b"\n', 2, "needs an id"),
        ('[[rule]]\nid = "x"\nreason = "r"\n', 1, "decision has to be"),
        ('[[rule]]\nid = "x"\ndecision = "perhaps"\n', 3, "decision has to be"),
        ('[[rule]]\nid = "x"\ndecision = "deny"\nreason = " "\n', 4, "needs a reason"),
        (HEAD, 1, r"needs \[rule.when\]"),
        (HEAD + "[rule.when]\n", 5, "needs"),
        (HEAD + "wen = {}\n", 5, "there is no 'wen'"),
        (HEAD + "[rule.when]\nefect = []\n", 6, "there is no condition 'efect'"),
        (HEAD + 'when = { effect = ["destory"] }\n', 5, "effect cannot be 'destory'"),
        (HEAD + 'when.effect = "destroy"\n', 5, "effect is a list of strings"),
        (HEAD + "[rule.when]\nname = []\n", 6, "name is a list of strings"),
        (HEAD + '[rule.when]\nsignal = ["KIL"]\n', 6, "signal cannot be 'KIL'"),
        (HEAD + "[rule.when]\ncount = 5\n", 6, "count is"),
        (HEAD + "[rule.when]\ncount = { over = true }\n", 6, "count is"),
        (HEAD + '[rule.when]\ntime = { from = "22:00" }\n', 6, "time is"),
        (HEAD + '[rule.when]\ntime = { from = "22:00", to = "24:00" }\n', 6, "time cannot be the time '24:00'"),
        (HEAD + '[rule.when]\norigin = ["cron"]\n', 6, "origin cannot be 'cron'"),
        (HEAD + "[rule.when]\nservice = 1\n", 6, "service is true or false"),
        (HEAD + 'by_word = true\nwhen = { effect = ["read"] }\n', 5, "by_word is only for a rule that asks"),
        (HEAD + 'by_word = "yes"\nwhen = { effect = ["read"] }\n', 5, "by_word is true or false"),
        (HEAD.replace("deny", "ask") + 'in_person = true\nwhen = { effect = ["read"] }\n', 5, "in_person is only"),
        (HEAD + 'when.effect = ["read"]\n' + HEAD + 'when.effect = ["read"]\n', 7, "the same id"),
        (
            HEAD + 'when.name = ["vim"]\nmatch = [{ verb = "process.kill", name = "chrome" }]\n',
            6,
            "in match is not one",
        ),
        (
            HEAD + 'when.name = ["v*"]\nnot_match = [{ verb = "process.kill", name = "vim" }]\n',
            6,
            "in not_match is one",
        ),
        (HEAD + 'when.name = ["vim"]\nmatch = [{ name = "vim" }]\n', 6, "needs a verb"),
        (HEAD + 'when.name = ["vim"]\nmatch = [{ verb = "x", count = "6" }]\n', 6, "cannot have count = '6'"),
        (HEAD + 'when.name = ["vim"]\nmatch = [{ verb = "x", effect = "y" }]\n', 6, "cannot be 'y'"),
        (HEAD + 'when.name = ["vim"]\nmatch = "vim"\n', 6, "match is a list of tables"),
    ],
)
def test_an_error_says_where_and_what(text, line, message):
    """The file and the line stand in front, and are data too."""
    with pytest.raises(PolicyFileError, match=message) as wrong:
        parse(text, source="/etc/p.toml")
    assert (wrong.value.path, wrong.value.line) == ("/etc/p.toml", line)
    assert wrong.value.message.startswith(f"/etc/p.toml:{line}: ")


def test_an_error_in_a_later_rule_has_its_own_line():
    """The same key in an earlier rule is not taken for it."""
    text = HEAD + 'when.effect = ["read"]\n\n' + HEAD.replace('"x"', '"y"') + "when.effect = [1]\n"
    with pytest.raises(PolicyFileError, match="rule y") as wrong:
        parse(text, source="p")
    assert wrong.value.line == 11


def test_a_match_has_to_be_decided_by_its_rule():
    """An example that a stricter rule of the file decides shows that the author was mistaken."""
    allow = '[[rule]]\nid = "a"\ndecision = "allow"\nreason = "r"\nwhen.effect = ["destroy"]\n'
    text = allow + 'match = [{ verb = "process.kill", name = "vim" }]\n' + HEAD + 'when.name = ["vim"]\n'
    with pytest.raises(PolicyFileError, match="decided by the rule x, which is stricter"):
        parse(text, source="p")


def test_an_unreadable_file_is_an_error_of_that_file(tmp_path):
    """Text that is not UTF-8 has no rules to trust."""
    (tmp_path / "p.toml").write_bytes(b"\xff")
    with pytest.raises(PolicyFileError, match="cannot read"):
        read(tmp_path / "p.toml")
