"""What an exit code means for a task. docs/errors.md lists the codes of the product."""

from __future__ import annotations

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


def of_process(returncode: int) -> int:
    """The exit code that a shell would report: 128 + n for a process that signal n ended."""
    return 128 - returncode if returncode < 0 else returncode


def hopeless(code: int) -> bool:
    """Whether another try with nothing changed would fail too. Codes that are none of the product's
    (1 of spark-submit, 137 of a killed process) are tried again."""
    return code in HOPELESS
