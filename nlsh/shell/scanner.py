"""Where the commands of a shell script begin: a scanner that is fed lines and knows quotes, heredocs and nesting.

It does not parse: it follows just enough of the grammar of bash to tell whether the next line stands at command
position, where a sentence can stand, or inside something else: a quote, a heredoc, an array, a test, arithmetic, the
patterns of a `case`. Text is bytes as Latin-1, so that any script can be scanned.
"""

from __future__ import annotations

import re

_BLANKS = " \t"
_ENDS_WORD = " \t\n;&|<>()"
_KEYWORDS = frozenset("if then else elif fi do done while until { } ! time coproc".split())
"""Words after which a command follows. What ends a compound is among them, because another keyword may follow it."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(\[.*\])?\+?=")
_NO_ARGUMENTS = re.compile(r"\(\s*\)")
_COMMANDS = frozenset(("top", "subshell", "case"))
"""Contexts that hold commands; a case does in its bodies."""
_VERBATIM = frozenset(("'", "$'", '"', "`", "${", "pattern"))
"""Contexts in which a blank is text."""


class _Context:
    """What the scanner is inside of, and for those that hold commands where in a command it is."""

    __slots__ = ("begins", "kind", "naming", "phase", "quoted", "target")

    def __init__(self, kind: str, *, quoted: bool = False, phase: str = "") -> None:
        self.kind = kind
        self.quoted = quoted  # inside double quotes somewhere, where a single quote is text
        self.phase = phase  # of a case: "subject", "in", "pattern" or "body"
        self.begins = True  # a command may begin with the next word
        self.target = False  # the next word is the target of a redirection
        self.naming = ""  # the next word is a name: of a function, or of the variable of a loop


class _Heredoc:
    __slots__ = ("delimiter", "literal", "tabs")

    def __init__(self, delimiter: str, *, literal: bool, tabs: bool) -> None:
        self.delimiter, self.literal, self.tabs = delimiter, literal, tabs


class Scanner:
    """Takes the lines of a script one by one, and tells what the next line would be part of."""

    def __init__(self) -> None:
        self._stack = [_Context("top")]
        self._heredocs: list[_Heredoc] = []
        self._in_heredoc = False
        self._joined = False  # the last line ended in a backslash
        self._line = ""
        self._at = 0

    @property
    def at_command(self) -> bool:
        """Whether a command, and so a sentence, may begin with the next line."""
        top = self._stack[-1]
        holds = top.kind in _COMMANDS and (top.kind != "case" or top.phase == "body")
        return holds and self.between_words and top.begins and not top.target and not top.naming

    @property
    def between_words(self) -> bool:
        """Whether a blank before the next line would change nothing."""
        return not (self._in_heredoc or self._joined or self._stack[-1].kind in _VERBATIM)

    def feed(self, line: str) -> None:
        """Take the next line, with its line end if it has one."""
        if self._in_heredoc:
            self._heredoc_line(line)
            return
        self._line, self._at, self._joined = line, 0, False
        while self._at < len(line):
            self._step()

    def _step(self) -> None:
        kind = self._stack[-1].kind
        if kind == "'":
            self._until("'")
        elif kind in ("$'", "`"):
            self._until(kind[-1], escapes=True)
        elif kind == '"':
            self._double()
        elif kind == "${":
            self._braces()
        elif kind in ("((", "array", "pattern", "[["):
            self._inert(kind)
        else:
            self._command()

    def _until(self, end: str, *, escapes: bool = False) -> None:
        char = self._take()
        if char == "\\" and escapes:
            self._take()
        elif char == end:
            self._stack.pop()

    def _double(self) -> None:
        char = self._line[self._at]
        if char == '"':
            self._stack.pop()
            self._at += 1
        elif not self._expansion(quoted=True):
            self._plain()

    def _braces(self) -> None:
        char = self._line[self._at]
        quoted = self._stack[-1].quoted
        if char == "}":
            self._stack.pop()
            self._at += 1
        elif not self._expansion(quoted=quoted) and not self._quote(single=not quoted):
            self._plain()

    def _inert(self, kind: str) -> None:
        """Arithmetic, the words of an array or a pattern, and tests: no commands, but quotes and parentheses."""
        char = self._line[self._at]
        if kind == "[[" and self._word_is("]]"):
            self._stack.pop()
            self._at += 2
        elif char == "#" and kind == "array" and self._word_begins():
            self._at = len(self._line)
        elif char == "(":
            self._push("((" if kind == "((" else "pattern", 1)
        elif char == ")" and kind != "[[":
            self._stack.pop()
            self._at += 1
        elif not self._expansion() and not self._quote():
            self._plain()

    def _command(self) -> None:
        context = self._stack[-1]
        char = self._line[self._at]
        if context.kind == "case" and context.phase == "pattern" and self._in_pattern(char):
            return
        if char in _BLANKS:
            self._at += 1
        elif char == "\n":
            self._at += 1
            self._end_of_line(context)
        elif char == "#":
            self._at = self._line.find("\n", self._at) if "\n" in self._line else len(self._line)
        elif char in ";&|":
            self._operator(context)
        elif char in "<>":
            self._redirection(context)
        elif char == "(":
            self._open(context)
        elif char == ")":
            self._close(context)
        else:
            self._word(context)

    def _in_pattern(self, char: str) -> bool:
        """Take what has a meaning of its own between `in` or `;;` and the end of a pattern."""
        context = self._stack[-1]
        if char == ")":
            context.phase, context.begins = "body", True
        elif char not in "(|":
            return False
        self._at += 1
        return True

    def _end_of_line(self, context: _Context) -> None:
        context.begins, context.target = True, False
        self._in_heredoc = bool(self._heredocs)

    def _operator(self, context: _Context) -> None:
        case_ends = self._line.startswith((";;", ";&"), self._at) and context.kind == "case"
        redirects = self._line.startswith("&>", self._at)
        self._at += 2 if case_ends else 1
        if case_ends:
            context.phase = "pattern"
            self._at += self._line.startswith("&", self._at)
        if not redirects:
            context.begins, context.target, context.naming = True, False, ""

    def _redirection(self, context: _Context) -> None:
        rest = self._line[self._at :]
        if rest.startswith(("<(", ">(")):
            context.begins = context.target = False
            self._push("subshell", 2)
            return
        if rest.startswith("<<") and not rest.startswith("<<<"):
            self._heredoc(tabs=rest.startswith("<<-"))
            return
        while self._at < len(self._line) and self._line[self._at] in "<>&|":
            self._at += 1
        context.target = True

    def _open(self, context: _Context) -> None:
        if context.begins or context.naming == "loop":
            arithmetic = self._line.startswith("((", self._at)
            context.begins, context.naming = True, ""  # a keyword may come after it
            if arithmetic:
                self._push("((", 1)
            self._push("((" if arithmetic else "subshell", 1)
        elif _NO_ARGUMENTS.match(self._line, self._at):  # a function
            self._at = self._line.index(")", self._at) + 1
            context.begins = True
        else:
            self._push("pattern", 1)

    def _close(self, context: _Context) -> None:
        self._at += 1
        if len(self._stack) > 1 and context.kind == "subshell":
            self._stack.pop()

    def _word(self, context: _Context) -> None:
        """Take a word, or as much of it as comes before something that is nested in it."""
        begin = self._at
        while self._at < len(self._line) and self._line[self._at] not in _ENDS_WORD:
            before = len(self._stack)
            if not self._expansion() and not self._quote():
                self._plain()
            if len(self._stack) > before:
                self._run_until(before)
                if len(self._stack) > before:  # it goes on in the next line
                    self._finish(context, "")
                    return
        word = self._line[begin : self._at]
        if self._line.startswith("(", self._at) and self._array_or_pattern(word):
            return
        self._finish(context, word)

    def _run_until(self, depth: int) -> None:
        while len(self._stack) > depth and self._at < len(self._line):
            self._step()

    def _array_or_pattern(self, word: str) -> bool:
        assigns = word.endswith("=")
        if assigns or word.endswith(tuple("?*+@!")):
            self._push("array" if assigns else "pattern", 1)
            return True
        return False

    def _finish(self, context: _Context, word: str) -> None:
        """What a whole word at this place makes of the place after it."""
        if context.target:
            context.target = False
        elif word.isdigit() and self._line[self._at : self._at + 1] in ("<", ">"):  # as in 2>file
            return
        elif context.naming:
            context.begins = context.naming == "function"
            context.naming = ""
        elif context.kind == "case" and context.phase in ("subject", "in"):
            self._head_of_case(context, word)
        elif context.kind == "case" and context.phase == "pattern":
            if word == "esac":
                self._end_case()
        elif context.begins:
            self._first(context, word)

    def _head_of_case(self, context: _Context, word: str) -> None:
        if context.phase == "subject":
            context.phase = "in"
        elif word == "in":
            context.phase = "pattern"

    def _first(self, context: _Context, word: str) -> None:
        if word == "case":
            context.begins = False
            self._stack.append(_Context("case", phase="subject"))
        elif word == "esac" and context.kind == "case":
            self._end_case()
        elif word == "[[":
            context.begins = True
            self._stack.append(_Context("[["))
        elif word in ("for", "select", "function"):
            context.begins, context.naming = False, "function" if word == "function" else "loop"
        elif word not in _KEYWORDS and not _ASSIGNMENT.match(word):
            context.begins = False

    def _end_case(self) -> None:
        self._stack.pop()
        self._stack[-1].begins = True

    def _expansion(self, *, quoted: bool = False) -> bool:
        """Take the beginning of an expansion, or a backslash and what it escapes; False where there is none."""
        rest = self._line[self._at : self._at + 3]
        if rest[:1] == "\\":
            self._at += 1
            if self._take() == "\n":
                self._joined = True
        elif rest[:1] == "`":
            self._push("`", 1)
        elif rest == "$((":
            self._push("((", 2)
            self._push("((", 1)
        elif rest[:2] == "$(":
            self._push("subshell", 2)
        elif rest[:2] == "${":
            self._push("${", 2, quoted=quoted)
        elif rest[:2] == "$'" and not quoted:
            self._push("$'", 2)
        elif rest[:2] in ("$$", "$#"):
            self._at += 2
        else:
            return False
        return True

    def _quote(self, *, single: bool = True) -> bool:
        char = self._line[self._at]
        if char != '"' and not (char == "'" and single):
            return False
        self._push(char, 1)
        return True

    def _plain(self) -> None:
        self._at += 1

    def _take(self) -> str:
        char = self._line[self._at : self._at + 1]
        self._at += 1
        return char

    def _push(self, kind: str, length: int, *, quoted: bool = False) -> None:
        self._at += length
        self._stack.append(_Context(kind, quoted=quoted))

    def _word_begins(self) -> bool:
        return self._at == 0 or self._line[self._at - 1] in _ENDS_WORD

    def _word_is(self, word: str) -> bool:
        end = self._at + len(word)
        return self._line.startswith(word, self._at) and self._word_begins() and self._line[end : end + 1] in _ENDS_WORD

    def _heredoc(self, *, tabs: bool) -> None:
        """Take the delimiter after `<<` or `<<-`; the body begins with the next line."""
        self._at += 3 if tabs else 2
        while self._line[self._at : self._at + 1] in tuple(_BLANKS):
            self._at += 1
        delimiter, literal = "", False
        while (char := self._line[self._at : self._at + 1]) and char not in _ENDS_WORD:
            self._at += 1
            if char in "'\"":
                end = self._line.find(char, self._at)
                end = len(self._line) if end < 0 else end
                delimiter, literal = delimiter + self._line[self._at : end], True
                self._at = end + 1
            elif char == "\\":
                delimiter, literal = delimiter + self._take(), True
            else:
                delimiter += char
        self._heredocs.append(_Heredoc(delimiter, literal=literal, tabs=tabs))

    def _heredoc_line(self, line: str) -> None:
        heredoc = self._heredocs[0]
        text = line.removesuffix("\n")
        text = text.lstrip("\t") if heredoc.tabs else text
        if text == heredoc.delimiter and not self._joined:
            self._heredocs.pop(0)
            self._in_heredoc = bool(self._heredocs)
        escapes = len(text) - len(text.rstrip("\\"))
        self._joined = not heredoc.literal and self._in_heredoc and escapes % 2 == 1
