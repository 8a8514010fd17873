"""The PostgreSQL of the tests: a real server without rights, a database for each test, and nothing left afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests import postgres

ROOT = Path(__file__).resolve().parents[1]
OLDEST = 140_000
"""PostgreSQL 14: the oldest that is supported."""

RUN = """
import os, pathlib, time
def test_use(postgres_server, postgres_url):
    assert postgres_url.startswith("postgresql+psycopg://")
    pathlib.Path(f"where{{os.getpid()}}").write_text(str(postgres_server.folder))
    os.replace(f"where{{os.getpid()}}", "where")  # at once whole: we may be ended as soon as it is there
    time.sleep({sleep})
    assert {ends_well}
def test_use_again(postgres_server, postgres_url):
    with open("seen", "a") as file:
        file.write(f"{{postgres_server.folder}}\\n")
"""


@pytest.fixture
def own(postgres_server: postgres.Server) -> postgres.Server:
    """The server, if it is ours."""
    if postgres_server.folder is None:
        pytest.skip("the server of this run is somebody else's")
    return postgres_server


class TestTheServer:
    """What the tests are given."""

    def test_it_is_postgresql(self, postgres_url: str) -> None:
        """It answers through SQLAlchemy, in a version that is supported."""
        engine = sa.create_engine(postgres_url)
        with engine.connect() as connection:
            version = connection.scalar(sa.text("SELECT current_setting('server_version_num')::int"))
        engine.dispose()

        assert version >= OLDEST

    def test_databases_are_separate(self, postgres_server: postgres.Server, postgres_url: str) -> None:
        """What one database holds is not in another."""
        with postgres_server.database() as other:
            with psycopg.connect(postgres.plain(postgres_url)) as connection:
                connection.execute("CREATE TABLE only_here (one integer)")
            with psycopg.connect(postgres.plain(other)) as connection:
                seen = connection.execute("SELECT to_regclass('only_here')").fetchone()

        assert (None,) == seen

    def test_a_database_is_dropped_though_it_is_in_use(self, postgres_server: postgres.Server) -> None:
        """A test that forgets a connection leaves no database behind."""
        with postgres_server.database() as url:
            connection = psycopg.connect(postgres.plain(url))
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        connection.close()

        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(postgres.plain(url))

    def test_a_dump_holds_what_the_database_holds(self, postgres_server: postgres.Server, postgres_url: str) -> None:
        """The command that dumps a database belongs to the server's version."""
        with psycopg.connect(postgres.plain(postgres_url)) as connection:
            connection.execute("CREATE TABLE dumped AS SELECT 'find me' AS words")

        assert "find me" in postgres_server.dump(postgres_url, "--data-only")


class TestOurOwnServer:
    """What holds when no other server was named."""

    def test_it_has_no_rights(self, own: postgres.Server) -> None:
        """It is not root's, and nobody else may look into its folder."""
        assert own.folder is not None
        pid = int((own.folder / "data" / "postmaster.pid").read_text("utf-8").splitlines()[0])

        assert 0 != Path(f"/proc/{pid}").stat().st_uid
        assert 0o700 == own.folder.stat().st_mode & 0o777

    def test_it_listens_on_no_network(self, own: postgres.Server) -> None:
        """Its socket in its own folder is the only way to it."""
        with psycopg.connect(postgres.plain(own.url)) as connection:
            assert ("",) == connection.execute("SHOW listen_addresses").fetchone()

    def test_sessions_start_in_another_zone_than_utc(self, own: postgres.Server, postgres_url: str) -> None:
        """Code that relies on the zone of the session without setting it is found out."""
        with psycopg.connect(postgres.plain(postgres_url)) as connection:
            assert ("Asia/Kathmandu",) == connection.execute("SHOW timezone").fetchone()

    def test_a_durable_one_waits_for_the_disk(self, own: postgres.Server, durable_postgres_url: str) -> None:
        """What a stress test was told is kept is kept."""
        with psycopg.connect(postgres.plain(durable_postgres_url)) as connection:
            assert ("on",) == connection.execute("SHOW fsync").fetchone()
            assert ("on",) == connection.execute("SHOW synchronous_commit").fetchone()


def environment() -> Mapping[str, str]:
    """Return an environment in which a run starts a server of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "LIFECYCLE_", "COV"))}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def run(folder: Path, *arguments: str, ends_well: bool = True, sleep: float = 0) -> subprocess.Popen[bytes]:
    """Start a small run of pytest in a folder, as the leader of a group."""
    (folder / "test_run.py").write_text(RUN.format(ends_well=ends_well, sleep=sleep), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", ".", "-p", "tests.postgres"]
    command += arguments
    return subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, start_new_session=True)


def eventually(holds: Iterator[bool]) -> bool:
    """Wait until something holds, ten seconds at most."""
    end = time.monotonic() + 10
    for value in holds:
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)
    return False


def is_gone(where: Path) -> bool:
    """Whether the server that a run wrote down has gone, with all that it had."""
    return eventually(not Path(where.read_text("utf-8")).exists() for _ in iter(int, 1))


@pytest.mark.slow
class TestTheEndOfARun:
    """No run leaves a server behind."""

    @pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
    def test_a_run_that_is_broken_off_takes_its_server_along(
        self, own: postgres.Server, tmp_path: Path, sent: signal.Signals
    ) -> None:
        """Neither Ctrl-C nor the death of pytest keeps a server alive."""
        with run(tmp_path, sleep=60) as process:
            assert eventually((tmp_path / "where").exists() for _ in iter(int, 1))
            os.killpg(process.pid, sent)  # as a terminal does: to pytest and to all that it has started

        assert is_gone(tmp_path / "where")

    def test_workers_share_one_server(self, own: postgres.Server, tmp_path: Path) -> None:
        """The processes of a parallel run use the same server, which ends with the last, though tests failed."""
        with run(tmp_path, "-p", "xdist", "-n", "2", "--dist", "each", ends_well=False) as process:
            assert 1 == process.wait()
        seen = (tmp_path / "seen").read_text("utf-8").split()

        assert [seen[0]] * 2 == seen
        assert is_gone(tmp_path / "where")


class TestWhereThereIsNone:
    """A machine without PostgreSQL."""

    def test_the_reason_says_how_to_get_one(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The test is skipped, and the summary says what to install or to set."""
        monkeypatch.setattr(postgres, "candidates", lambda: iter([("nowhere", tmp_path / "bin")]))

        with pytest.raises(pytest.skip.Exception, match=rf"NO POSTGRESQL.*{postgres.ENVIRONMENT}="):
            postgres.usable(tmp_path, {})
