"""A person at the prompt who answers what a test wants."""

from __future__ import annotations

from nlsh.confirm import Answer, Question


class FakePrompter:
    """A `nlsh.confirm.Prompter` that gives the answers in turn, then `NOBODY`, and keeps the `questions`.

    It never agrees to what is meant for everything: AssertionError.
    """

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.questions: list[Question] = []

    def ask(self, question: Question) -> Answer:
        """Keep the question and give the next answer."""
        self.questions.append(question)
        answer = self._answers.pop(0) if self._answers else Answer.NOBODY
        if question.act.selection.everything and answer not in (Answer.NO, Answer.NOBODY):
            raise AssertionError("a test must not agree to everything: it runs on a real machine")
        return answer

    @property
    def titles(self) -> list[str]:
        """What was asked, in words."""
        return [question.title for question in self.questions]
