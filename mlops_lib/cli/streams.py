"""The streams of the command line: a reader that goes away ends no work."""

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

_STANDARD = (0, 1, 2)
_GONE = frozenset({errno.EPIPE, errno.EIO})
"""What a closed pipe and a terminal that hung up answer: nobody is there, so nothing is lost."""


class _Lasting(io.FileIO):
    """A stream that can be written to for good: what fails is remembered, not raised."""

    failed: OSError | None = None

    def write(self, data: Any, /) -> int:  # noqa: ANN401
        """Write, or let it go."""
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _GONE:
                self.failed = error
            return memoryview(data).nbytes


def keep_streams() -> None:
    """Let stdout and stderr outlive their readers, and let there be both.

    A standard handle that the caller closed would be given to the next file or pipe that is
    opened, and what is printed would be written into that. A character that the terminal cannot
    show is spelt out.
    """
    if os.name != "posix":  # a Windows console is no file of bytes
        return
    for handle in _STANDARD:
        try:
            os.fstat(handle)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free handle: this one
    sys.stdout, sys.stderr = _lasting(1, sys.stdout), _lasting(2, sys.stderr)


def lost_output() -> str:
    """Why what was printed did not arrive; empty where it did, or where nobody wanted it."""
    with suppress(OSError):
        sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    failed = getattr(getattr(buffer, "raw", None), "failed", None)
    return failed.strerror or str(failed) if isinstance(failed, OSError) else ""


def _lasting(handle: int, stream: TextIO | None) -> TextIO:
    encoding = stream.encoding if stream is not None else "utf-8"
    raw = io.BufferedWriter(_Lasting(handle, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=True)
