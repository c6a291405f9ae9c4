import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from grading import sandbox, source


@pytest.fixture(scope="session")
def isolated():
    """Skip where there is no bubblewrap; with GRADING=1 (Linux of the continuous tests) that is a failure."""
    if not sandbox.isolation():
        if os.environ.get("GRADING") or shutil.which("bwrap"):
            pytest.fail("bubblewrap does not work here")
        pytest.skip("no bubblewrap on this machine")


@pytest.fixture(scope="session")
def one():
    return source.read("01")


@pytest.fixture(scope="session")
def postgresql():
    """The URL of a database server of our own, in a temporary folder, on a socket; as nobody, since it refuses root."""
    import pwd

    programs = Path(
        shutil.which("initdb") or next(Path("/usr/lib/postgresql").glob("*/bin/initdb"), "none")
    ).resolve()
    if not programs.is_file():
        if os.environ.get("GRADING"):
            pytest.fail("no PostgreSQL on this machine")
        pytest.skip("no PostgreSQL on this machine: a gradebook on it is not tried")
    folder = Path(
        tempfile.mkdtemp(prefix="postgresql-")
    )  # not in pytest's, which is closed, and too long for a socket
    who = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid} if os.geteuid() == 0 else {}
    if who:
        shutil.chown(folder, "nobody")
    command = [
        programs,
        "-D",
        folder / "data",
        "-U",
        "teacher",
        "--auth=trust",
        "--no-sync",
        "--no-locale",
        "-E",
        "UTF8",
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, **who)
    options = ["-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs.with_name("postgres"), "-D", folder / "data", *options], stderr=log, cwd=folder, **who
        )
        try:
            end = time.monotonic() + 60
            while not (folder / ".s.PGSQL.5432").exists():
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < end, "PostgreSQL does not start"
                time.sleep(0.05)
            yield f"postgresql://teacher@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # at once, without waiting for clients
            server.wait(120)
            shutil.rmtree(folder)
