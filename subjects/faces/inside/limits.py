"""What a child may no longer do, set by the child itself before it reads its picture."""

import ctypes
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path

MB = 1024 * 1024
NICENESS = 5
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38


def leave_the_network() -> bool:
    """Move this process and its children into an empty network, where the kernel allows it.

    In a user namespace of its own a child has no rights over the memory of the worker either.
    """
    for flags in (CLONE_NEWUSER | CLONE_NEWNET, CLONE_NEWNET):
        with suppress(AttributeError, OSError):
            if ctypes.CDLL(None).unshare(flags) == 0:
                return True
    return False


def die_with_parent(parent: int) -> None:
    """Be killed when the zygote ends; it has one thread, so the signal means the process."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def confine(*, memory_mb: int, seconds: int) -> None:
    """Take away memory, time, files, sockets, processes and privileges, for good."""
    os.nice(NICENESS)  # the pages of the portal go first
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _prctl(PR_SET_DUMPABLE, 0)
    _lower(resource.RLIMIT_AS, _mapped_bytes() + memory_mb * MB)
    _lower(resource.RLIMIT_CPU, seconds)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    # No new descriptor at all: nothing can be opened or connected to any more.
    _lower(resource.RLIMIT_NOFILE, 0)
    _lower(resource.RLIMIT_NPROC, 0)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))


def _mapped_bytes() -> int:
    """Address space in use before the picture: the libraries count for nobody."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 512 * MB  # no /proc: a little above what the libraries take
    return pages * resource.getpagesize()


def _prctl(option: int, value: int) -> None:
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
