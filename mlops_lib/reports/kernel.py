"""Real ipykernels, forked from a process that has imported the scientific stack already.

A cold kernel spends most of a report's time importing. Here the runner imports once, forks a
worker for each notebook, and the worker forks its kernel *before* it starts threads or sockets;
the kernel waits on a pipe until jupyter_client has written the connection file. From then on it is
an ordinary kernel in its own process: own memory, own working directory, killable, with timeouts.
"""

import ctypes
import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.01
"""How often to look whether a kernel that was asked to end has ended."""
_RECONNECT_MILLISECONDS = 5
"""How soon to knock again at a socket that the kernel has not opened yet; ZeroMQ waits 100."""
_HIGHEST_HANDLE = 1024
"""Handles up to this one are closed in a kernel: the runner's pipes are not its business."""


class WaitingKernel:
    """A forked process that becomes a kernel when it is told the connection file."""

    def __init__(self) -> None:
        """Fork now; call this before any thread or socket exists."""
        self._read, self._write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _become_kernel(self._read, self._write)
        os.close(self._read)
        self.returncode: int | None = None
        self.stdin = self.stdout = self.stderr = None

    def start(self, arguments: list[str], folder: str) -> None:
        """Let it run with these arguments of ipykernel, in this working directory."""
        with os.fdopen(self._write, "w") as pipe:
            json.dump([arguments, folder], pipe)

    def poll(self) -> int | None:
        """Exit status as `subprocess.Popen` gives it, None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int:
        """Wait for the end and return the exit status."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal the process, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):
    """Gives jupyter_client the waiting kernel in place of a new Python process."""

    waiting: WaitingKernel | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:  # noqa: ANN401
        """Start the waiting kernel on the connection file named in `cmd`."""
        kernel = self.waiting
        if kernel is None:
            message = "the forked kernel was used before, or never made"
            raise RuntimeError(message)
        self.waiting = None
        folder = str(kwargs.get("cwd") or Path.cwd())
        kernel.start(cmd[cmd.index("-f") :], folder)
        self.process: Any = kernel
        self.pid = self.pgid = kernel.pid
        self.cwd = folder
        return self.connection_info


class PromptClient(AsyncKernelClient):
    """Goes on as soon as the kernel is heard; its base waits for a silence of 0.2 s after that.

    What the base flushes meanwhile is news of the start, which nbclient passes over: it takes only
    what answers its own requests.
    """

    def _context_default(self) -> zmq.asyncio.Context:
        context: zmq.asyncio.Context = super()._context_default()
        context.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MILLISECONDS)
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on both channels.

        Raises:
            RuntimeError: if it dies before, or stays silent for `timeout` seconds.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            self.kernel_info()
            reply = await _next(self.shell_channel, 1)
            if reply is not None and await _next(self.iopub_channel, 0.2) is not None:
                self._handle_kernel_info_reply(reply)
                return
            if not await self.is_alive():
                message = "Kernel died before replying to kernel_info"
                raise RuntimeError(message)
            if time.monotonic() > deadline:
                message = f"Kernel didn't respond in {timeout:.0f} seconds"
                raise RuntimeError(message)


async def _next(channel: Any, seconds: float) -> dict[str, Any] | None:  # noqa: ANN401
    """What is said next on the channel, None if that is nothing within so many seconds."""
    try:
        message: dict[str, Any] = await channel.get_msg(timeout=seconds)
    except Empty:
        return None
    return message


def manager_class(
    folder: str, waiting: WaitingKernel | None, on_start: Callable[[int], None]
) -> type[AsyncKernelManager]:
    """A kernel manager for one notebook: over IPC, telling the kernel's pid once it has started.

    Args:
        folder: for the connection file and the sockets; no other kernel's.
        waiting: the forked kernel, or None for an ordinary one.
        on_start: called with the kernel's pid.
    """

    class Manager(AsyncKernelManager):
        def __init__(self, **kw: Any) -> None:  # noqa: ANN401
            super().__init__(**kw)
            self.client_factory = PromptClient
            self.connection_file = f"{folder}/kernel.json"
            if os.name == "posix":
                self.transport, self.ip = "ipc", f"{folder}/socket"
                self.transport_encryption = "disabled"

        async def _async_pre_start_kernel(self, **kw: Any) -> Any:  # noqa: ANN401
            if waiting is not None and self.provisioner is None:
                self.kernel_id = self.kernel_id or f"fork-{waiting.pid}"
                provisioner = ForkProvisioner(
                    kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
                )
                provisioner.waiting = waiting
                self.provisioner = provisioner
            return await super()._async_pre_start_kernel(**kw)

        async def _async_finish_shutdown(
            self,
            waittime: float | None = None,
            pollinterval: float = _POLL_SECONDS,
            restart: bool = False,  # noqa: FBT001, FBT002 - as its base has it
        ) -> None:
            await super()._async_finish_shutdown(waittime, pollinterval, restart)

        async def _async_post_start_kernel(self, **kw: Any) -> None:  # noqa: ANN401
            await super()._async_post_start_kernel(**kw)
            if isinstance(self.provisioner, LocalProvisioner) and self.provisioner.pid:
                on_start(self.provisioner.pid)

    return Manager


def end_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _become_kernel(read: int, write: int) -> None:
    """Run as the kernel; never returns."""
    try:
        os.setsid()
        end_with_parent()
        os.closerange(3, read)
        os.closerange(read + 1, max(write, _HIGHEST_HANDLE) + 1)
        with os.fdopen(read) as pipe:
            order = pipe.read()
        if order:
            arguments, folder = json.loads(order)
            os.chdir(folder)
            _run_kernel(arguments)
    finally:
        os._exit(0)


def _run_kernel(arguments: list[str]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    sys.argv = ["ipykernel_launcher", *arguments]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=arguments)


def kill_group(pid: int) -> None:
    """Kill a kernel with everything that it started; a dead one is left in peace."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
