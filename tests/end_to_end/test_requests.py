"""Requests for every verb that only looks, each by a sentence, as the lines of one script."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import make_home
from tests.end_to_end.running import server

pytestmark = pytest.mark.model

REQUESTS = tomllib.loads(Path(__file__).with_name("requests.toml").read_text(encoding="utf-8"))["request"]
NAME = "quindle"
