"""Public fakes of the outside: for the project's own tests and for plugin authors."""

from nlsh.testing.acts import a_target, an_act
from nlsh.testing.clock import FakeClock
from nlsh.testing.model import FakeModel
from nlsh.testing.prompter import FakePrompter

__all__ = ["FakeClock", "FakeModel", "FakePrompter", "a_target", "an_act"]
