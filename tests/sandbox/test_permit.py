"""Only the gate mints permits, and nothing makes one larger."""

import copy
import dataclasses
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlsh
from nlsh.confirm import Answer
from nlsh.sandbox import policy
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.permit import Permit
from nlsh.testing import FakeClock, a_target, an_act


def permit_for(*targets):
    gate = Gate(policy.load(), None, None, FakeClock(), uid=1000)
    act = an_act("process.kill", *targets)
    return gate.permit(act, gate.judge(act), Answer.YES_WORD)


def forged(**changes):
    real = permit_for(a_target())
    values = {"intent": real.intent, "effect": real.effect, "targets": real.targets, "decision": real.decision}
    return Permit(**(values | changes))


@pytest.mark.parametrize(
    "forge",
    [
        lambda: forged(),
        lambda: forged(seal=object()),
        lambda: copy.copy(permit_for(a_target())),
        lambda: copy.deepcopy(permit_for(a_target())),
        lambda: pickle.dumps(permit_for(a_target())),
        lambda: dataclasses.replace(permit_for(a_target()), targets=(a_target("other", pid=1),)),
        lambda: type("Mine", (Permit,), {"__post_init__": lambda self, seal: None}),
    ],
    ids=["built", "built with a seal", "copied", "deep-copied", "pickled", "replaced", "subclassed"],
)
def test_a_permit_cannot_be_forged(forge):
    """Whoever is not the gate gets a TypeError."""
    with pytest.raises(TypeError):
        forge()


def test_a_permit_cannot_be_changed():
    """Its targets are those that were judged."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        permit_for(a_target()).targets = ()


def test_nobody_but_the_gate_names_the_mint():
    """The source names the minting function in two files: where it is, and in the gate."""
    root = Path(nlsh.__file__).parent
    naming = {path.name for path in root.rglob("*.py") if re.search(r"\b(_mint|_SEAL)\b", path.read_text())}
    assert naming == {"permit.py", "gate.py"}


ids = st.integers(min_value=1, max_value=8)


@given(held=st.sets(ids, min_size=1, max_size=5), wanted=st.sets(ids))
def test_narrowing_never_widens(held, wanted):
    """A narrowed permit holds what was asked for, all of it out of the first; anything else is an error."""
    permit = permit_for(*(a_target(pid=pid) for pid in sorted(held)))
    if wanted <= held:
        assert {target.id.pid for target in permit.narrowed(a_target(pid=pid) for pid in wanted).targets} == wanted
    else:
        with pytest.raises(ValueError, match="widened"):
            permit.narrowed(a_target(pid=pid) for pid in wanted)


def test_a_reused_pid_is_another_target():
    """The start time is a part of who is meant."""
    with pytest.raises(ValueError, match="widened"):
        permit_for(a_target(pid=7, start=1)).narrowed([a_target(pid=7, start=2)])


def test_a_narrowed_permit_keeps_what_was_judged():
    """The targets are those of the permit, whatever else the caller says of them."""
    (kept,) = permit_for(a_target("chrome", pid=7)).narrowed([a_target("init", pid=7)]).targets
    assert kept.name == "chrome"
