"""A PostgreSQL server of our own, for the tests that read from one."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PASSWORD = "correct horse"
_READY_SECONDS = 60


def binaries() -> Path | None:
    """Folder of initdb and postgres, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), reverse=True)
    path = found[0] if found else shutil.which("initdb")
    return None if path is None else Path(path).parent


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run a server on a free port of 127.0.0.1 and give its URL, without a password.

    The server refuses to run as root, so root starts it as nobody.
    """
    home = binaries()
    assert home is not None
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    secret = folder / "password"
    secret.write_text(PASSWORD)
    identity: dict[str, object] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for path in (folder, secret):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    data = folder / "data"
    subprocess.run(
        [
            str(home / "initdb"), "-D", str(data), "-U", "reader", "--pwfile", str(secret),
            "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--locale=C",
        ],
        check=True, capture_output=True, cwd=folder, **identity,  # type: ignore[call-overload]
    )  # fmt: skip
    process = subprocess.Popen(
        [
            str(home / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder),
            "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
        ],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **identity,  # type: ignore[call-overload]
    )  # fmt: skip
    try:
        url = f"postgresql://reader@127.0.0.1:{port}/postgres"
        _wait(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def home_folder() -> Path:
    """A folder that another user may enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    return folder


def _wait(url: str) -> None:
    """Until it answers: a server listens a while before it is ready."""
    import psycopg

    end = time.monotonic() + _READY_SECONDS
    while True:
        try:
            psycopg.connect(url, password=PASSWORD, connect_timeout=2).close()
        except psycopg.OperationalError:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.05)
        else:
            return
