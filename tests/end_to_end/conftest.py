"""A home for each test, with the model that is tested in its settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.running import Nlsh

_AS_A_SERVICE = """
[[rule]]
id = "tests-change"
decision = "allow"
reason = "The tests are a service of the system here, and their processes are their own."
[rule.when]
effect = ["change"]
service = true

[[rule]]
id = "tests-destroy"
decision = "ask"
reason = "The tests are a service of the system here, and their processes are their own."
[rule.when]
effect = ["destroy"]
service = true
"""
"""What gives the tests the ordinary policy on machines that run them in a service, as build servers do."""


def make_home(folder: Path, model: Path) -> Nlsh:
    """A fresh home in the folder, with this model set."""
    config = folder / "nlsh" / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(f"model = {json.dumps(str(model))}\n")
    if ".service" in Path("/proc/self/cgroup").read_text():
        (config / "policy.toml").write_text(_AS_A_SERVICE)
    return Nlsh(home=folder / "nlsh")


@pytest.fixture
def nlsh(tmp_path: Path, model_file: Path) -> Nlsh:
    """The command, in a home of this test alone."""
    return make_home(tmp_path, model_file)
