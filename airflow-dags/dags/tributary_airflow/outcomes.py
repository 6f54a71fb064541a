"""What an exit code means for a task. docs/errors.md lists the codes of the product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DONE = 0
# BashOperator's own: there was nothing to do.
SKIP = 99
# The same call may succeed later with nothing changed.
UNAVAILABLE = 75
# Another writer was first. Its work, or its run, comes to an end, and then the same call succeeds.
CONFLICT = 4
DATA = 3
USAGE = 2
STOPPED = 128 + 15

# The product's categories whose errors stay until somebody changes something.
HOPELESS = {2: "usage", 3: "data", 70: "internal"}

# What another try may mend all the same: a step that fails now and then need not do so again.
LUCK = frozenset({"plan-not-repeatable"})


def of_process(returncode: int) -> int:
    """The exit code that a shell would report: 128 + n for a process that signal n ended."""
    return 128 - returncode if returncode < 0 else returncode


def error_code(did: Mapping[str, Any]) -> str:
    """The code of the error in a summary; empty where there is none."""
    return (did.get("error") or {}).get("code", "")


def hopeless(code: int, did: Mapping[str, Any]) -> bool:
    """Whether another try with nothing changed would fail too, by exit code and summary. Codes that are none of the
    product's (1 of spark-submit, 137 of a killed process) are tried again."""
    return code in HOPELESS and error_code(did) not in LUCK
