"""Sets the project up and runs it: the commands of everybody who works on it.

Needs Python 3.11 or newer and nothing else. The first run makes `.venv` from the locks in `requirements/`;
later runs start at once, until a lock, pyproject.toml or the Python changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "dev-stamp"
PROJECT = ROOT / "pyproject.toml"
BIN = "Scripts" if os.name == "nt" else "bin"
LEVELS = ("run", "test", "lint")  # each lock holds what the one before it holds, and more
LOCKED = {  # what each lock is made of, for `dev.py lock`
    "lint": ("--extra", "all", "--group", "lint"),
    "test": ("--extra", "all", "--group", "test"),
    "run": ("--group", "build"),
}
USAGE = """\
usage: python dev.py COMMAND [ARGUMENTS]

  demo           see what the project does
  test           run the tests; ARGUMENTS go to pytest
  lint [STEP]    run every other check, or the one named
  docs           run the examples in the documentation
  bench          run the benchmarks
  cover          run the tests and report what they do not reach
  mutate MODULE  make mistakes on purpose, and show those that no test notices
  lock           make requirements/*.txt anew from pyproject.toml (needs uv)
"""


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    name, rest = (arguments[0], list(arguments[1:])) if arguments else ("help", [])
    command = COMMANDS.get(name)
    if command is None:
        print(USAGE, end="")
        return 0 if name in {"help", "-h", "--help"} else 2
    return command(rest)


def demo(arguments: list[str]) -> int:
    """Show what the project does."""
    ready("run")
    return run([tool("lifecycle"), "demo", *arguments])


def test(arguments: list[str]) -> int:
    """Run the tests on all processors."""
    ready("test")
    return run([*pytest(), "-n", "auto", *arguments])


def docs(arguments: list[str]) -> int:
    """Run the examples in the documentation."""
    ready("test")
    return run([*pytest(), "README.md", "docs", *arguments])


def bench(arguments: list[str]) -> int:
    """Run the benchmarks, one at a time, and show what they print."""
    ready("test")
    return run([*pytest(), "-s", "--timeout=0", "tests/benchmarks", *arguments])


def cover(arguments: list[str]) -> int:
    """Run the tests and report the lines and branches that they do not reach."""
    ready("test")
    coverage = [python(), "-m", "coverage"]
    run([*coverage, "erase"])
    code = run([*coverage, "run", "-m", "pytest", "-n", "auto", *arguments])
    run([*coverage, "combine", "--quiet"])
    return run([*coverage, "report"]) or code


def mutate(arguments: list[str]) -> int:
    """Make mistakes on purpose, and show those that no test notices."""
    ready("test")
    return run([python(), str(ROOT / "tests" / "mutating.py"), *arguments])


def lint(arguments: list[str]) -> int:
    """Run every check that is not a test, all of them even when one fails."""
    unknown = set(arguments) - set(STEPS)
    if unknown:
        print(f"no such step: {', '.join(sorted(unknown))}; there are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    ready("lint")
    failed: list[str] = []
    for name in arguments or STEPS:
        print(f"== {name}", flush=True)
        start = time.monotonic()
        if STEPS[name]():
            failed.append(name)
        print(f"== {name}: {'FAILED' if name in failed else 'ok'}, {time.monotonic() - start:.1f} s", flush=True)
    print(f"lint: {', '.join(failed)} failed" if failed else "lint: all ok", flush=True)
    return 1 if failed else 0


def wheel() -> int:
    """Run the tests against the built wheel, in an empty environment and away from the checkout."""
    with tempfile.TemporaryDirectory(prefix="lifecycle-wheel-") as name:
        folder = Path(name)
        code = run([python(), "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")])
        if code:
            return code
        make_environment(folder / "env")
        install_lock(folder / "env", "test")
        [built] = (folder / "dist").glob("*.whl")
        pip(folder / "env", "--no-deps", "--no-index", str(built))
        away = folder / "away"
        shutil.copytree(ROOT / "tests", away / "tests", ignore=shutil.ignore_patterns("__pycache__", "benchmarks"))
        shutil.copy(PROJECT, away)  # for the settings of pytest
        return run([*pytest(folder / "env"), "-n", "auto", "-q", "-m", "not slow"], where=away)


def lock(arguments: list[str]) -> int:
    """Make the locks anew: every release with its hashes, and no address of where it comes from."""
    uv = shutil.which("uv")
    if uv is None:
        print("`dev.py lock` needs uv on the path", file=sys.stderr)
        return 1
    fixed = ("--universal", "--generate-hashes", "--no-header", "--no-annotate", "--python-version", "3.11", "-q")
    for level, content in LOCKED.items():
        agree = () if level == "lint" else ("-c", "requirements/lint.txt")
        target = f"requirements/{level}.txt"
        code = run([uv, "pip", "compile", *fixed, *content, *agree, "pyproject.toml", "-o", target, *arguments])
        if code:
            return code
    return 0


def ready(level: str) -> None:
    """Bring the environment to a level, unless its stamp says that it is there already."""
    with alone():
        have = dict(line.split("=") for line in STAMP.read_text("utf-8").split()) if STAMP.exists() else {}
        done = [name for name in LEVELS if have.get(name) == digest(lock_of(name))]
        enough = [name for name in done if LEVELS.index(name) >= LEVELS.index(level)]
        if enough and have.get("project") == digest(PROJECT):
            return
        print(f"preparing {VENV} ...", file=sys.stderr, flush=True)
        STAMP.unlink(missing_ok=True)
        if not enough:
            make_environment(VENV)
            install_lock(VENV, level)
        pip(VENV, "--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT))
        reached = enough[0] if enough else level
        content = {name: digest(path) for name, path in ((reached, lock_of(reached)), ("project", PROJECT))}
        # Written last, so that an interrupted run is seen as one.
        STAMP.write_text("\n".join(f"{name}={value}" for name, value in content.items()), encoding="utf-8")


def lock_of(level: str) -> Path:
    """Return the file that pins all that a level installs."""
    return ROOT / "requirements" / f"{level}.txt"


def digest(path: Path) -> str:
    """Return what a file, this Python and the place of the checkout are, as one value."""
    return hashlib.sha256(f"{sys.version} {sys.base_prefix} {ROOT}".encode() + path.read_bytes()).hexdigest()


@contextlib.contextmanager
def alone() -> Generator[None]:
    """Wait until no other run of this script prepares the environment."""
    with (ROOT / ".venv-lock").open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_environment(folder: Path) -> None:
    """Make an empty virtual environment, in place of what was there."""
    if importlib.util.find_spec("ensurepip") is None:
        raise SystemExit("this Python has no ensurepip; on Debian and Ubuntu: apt-get install python3-venv")
    venv.create(folder, clear=True, with_pip=True)


def install_lock(folder: Path, level: str) -> None:
    """Install exactly what a lock says: wheels only, each checked against its hash."""
    pip(folder, "--require-hashes", "--only-binary", ":all:", "-r", str(lock_of(level)))


def pip(folder: Path, *arguments: str) -> None:
    """Install into an environment, and stop when that fails."""
    command = [python(folder), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if os.name == "posix":
        command.append("--root-user-action=ignore")  # the environment is ours alone, whoever runs this
    if run([*command, *arguments]):
        raise SystemExit("pip could not install what the lock names; what it said stands above")


def pytest(environment: Path = VENV) -> list[str]:
    """Return the start of a pytest command."""
    return [python(environment), "-m", "pytest"]


def python(environment: Path = VENV) -> str:
    """Return the Python of an environment."""
    return tool("python", environment)


def tool(name: str, environment: Path = VENV) -> str:
    """Return a command of an environment."""
    return str(environment / BIN / (f"{name}.exe" if os.name == "nt" else name))


def run(command: Sequence[str], where: Path = ROOT) -> int:
    """Run a command in a folder and return its exit code."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    environment["VIRTUAL_ENV"] = str(VENV)
    environment["PYTHONSAFEPATH"] = "1"  # nothing is imported merely because of the folder we stand in
    return subprocess.run(list(command), cwd=where, env=environment, check=False).returncode


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo,
    "test": test,
    "lint": lint,
    "docs": docs,
    "bench": bench,
    "cover": cover,
    "mutate": mutate,
    "lock": lock,
}
STEPS: dict[str, Callable[[], int]] = {
    "rules": lambda: run([tool("ruff"), "check", "--output-format=concise"]),
    "format": lambda: run([tool("ruff"), "format", "--check"]),
    "mypy": lambda: run([tool("mypy")]),
    "pyright": lambda: run([tool("pyright"), "--pythonpath", python()]),
    "floors": lambda: run([tool("lint-imports"), "--no-logo"]),
    "docs": lambda: docs(["-q"]),
    "wheel": wheel,
}

if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - this line is for those who have an older one
        raise SystemExit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]} ({sys.executable})")
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
