"""Runs a command that the kernel ends when its parent dies: `leash.py PARENT SIGNAL COMMAND…`.

Started as a file by `processes.start`, so that it needs nothing but the standard library.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
"""From `linux/prctl.h`; it outlives `exec`, so the command itself need not know."""


def main(parent: int, number: int, command: list[str]) -> None:
    """Ask for the signal at the parent's death (on Linux), then become the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it died before we could ask
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - the caller gives the words, no shell reads them


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
