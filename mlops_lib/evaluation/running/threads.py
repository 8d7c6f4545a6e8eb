"""Blocking calls from an event loop: daemon threads, so that a call that hangs holds up nobody.

The standard library's pool waits at exit for every thread; a target that never returns would keep
the process alive for ever.
"""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

_Job = tuple[Callable[[], Any], "asyncio.Future[Any]", asyncio.AbstractEventLoop]


class Threads:
    """As many threads as asks at once; a thread that is given up is replaced."""

    def __init__(self, count: int) -> None:
        """Start the threads."""
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._count = count
        for _ in range(count):
            self._start()

    async def call(self, function: Callable[[], Any], *, timeout: float) -> Any:  # noqa: ANN401
        """Call a function that blocks.

        Raises:
            TimeoutError: after so many seconds; the thread is left to itself.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._jobs.put((function, future, loop))
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            self._start()
            raise

    def close(self) -> None:
        """Let the threads that wait go home."""
        for _ in range(self._count):
            self._jobs.put(None)

    def _start(self) -> None:
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, future, loop = job
            try:
                result, error = function(), None
            except BaseException as caught:  # noqa: BLE001 - handed on to whoever asked
                result, error = None, caught
            try:
                loop.call_soon_threadsafe(_settle, future, result, error)
            except RuntimeError:  # the loop ended meanwhile
                return
            if future.cancelled():
                return


def _settle(future: "asyncio.Future[Any]", result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
