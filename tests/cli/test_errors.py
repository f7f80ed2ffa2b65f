"""What goes wrong on the command line ends in one sentence and the next step, an exit code that
is not zero, and nothing half done.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from idic.environment import WrongSetting, database, port, secret_key

IDIC = [sys.executable, "-c", "from idic.cli import main; main()"]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def idic(tmp_path: Path) -> Run:
    """Run `idic` with a state directory of its own and these settings."""

    def idic(
        *arguments: str, limit: Callable[[], None] | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment = {"IDIC_HOME": str(tmp_path / "home"), **kept, **settings}
        return subprocess.run(
            [*IDIC, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            preexec_fn=limit,
            check=False,
        )

    return idic


def sentence_of(done: subprocess.CompletedProcess[str], *, code: int = 1) -> str:
    """Give the one line of an honest failure."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "unexpected" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def left_in(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()} if home.exists() else set()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "mysql://u:p@h/x",
            "DATABASE_URL must begin with postgresql:// or sqlite:///, not “mysql”. "
            "Correct it, or unset it to use SQLite.",
        ),
        (
            "nonsense",
            "DATABASE_URL must begin with postgresql:// or sqlite:///, not “nonsense”. "
            "Correct it, or unset it to use SQLite.",
        ),
        (
            "postgresql://localhost",
            "DATABASE_URL names no database. "
            "Write it as postgresql://user:password@host:5432/name.",
        ),
        (
            "postgresql://localhost:abc/x",
            "DATABASE_URL names a port that is none. "
            "Write it as postgresql://user:password@host:5432/name.",
        ),
    ],
)
def test_a_wrong_database_address_is_named(idic: Run, tmp_path: Path, url: str, said: str) -> None:
    assert sentence_of(idic("up", "--no-demo", DATABASE_URL=url)) == said
    assert left_in(tmp_path / "home") <= {"secret_key"}


def test_an_unreachable_database_server_is_named(idic: Run, tmp_path: Path) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/x"

    said = sentence_of(idic("up", "--no-demo", DATABASE_URL=url, IDIC_PORT=str(free_port())))

    assert said.startswith("The database cannot be used: connection failed: ")
    assert said.endswith("Check DATABASE_URL, or IDIC_HOME where none is set, then try again.")
    assert left_in(tmp_path / "home") == {"secret_key", "idic.lock"}


def test_a_file_that_is_no_database_is_named(idic: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("This is a letter to my aunt, and a long one at that. " * 40)

    said = sentence_of(idic("status", DATABASE_URL=f"sqlite://{path}"))

    assert said.startswith("The database cannot be used: file is not a database.")
    assert path.read_text().startswith("This is a letter")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def test_a_taken_port_is_named_before_anything_is_made(
    idic: Run, tmp_path: Path, taken: int
) -> None:
    said = sentence_of(idic("up", "--no-demo", IDIC_PORT=str(taken)))

    assert said == (
        f"Another program already uses 127.0.0.1:{taken}. Stop it, or choose another port: "
        f"IDIC_PORT={taken + 100} idic up"
    )
    assert left_in(tmp_path / "home") == {"secret_key", "idic.lock"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("abc", "IDIC_PORT must be a whole number, not “abc”. Correct or unset it."),
        ("80.5", "IDIC_PORT must be a whole number, not “80.5”. Correct or unset it."),
        ("-1", "IDIC_PORT must be a whole number, not “-1”. Correct or unset it."),
        ("0", "IDIC_PORT must lie between 1 and 65535, not 0. Correct or unset it."),
        ("70000", "IDIC_PORT must lie between 1 and 65535, not 70000. Correct or unset it."),
    ],
)
def test_a_port_that_is_none_is_named(idic: Run, tmp_path: Path, typed: str, said: str) -> None:
    assert sentence_of(idic("up", IDIC_PORT=typed)) == said
    assert "idic.sqlite3" not in left_in(tmp_path / "home")


def test_a_state_directory_that_cannot_be_is_named(idic: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"

    said = sentence_of(idic("up", "--no-demo", IDIC_HOME=str(home)))

    assert said == (
        f"The state directory {home} cannot be used (Not a directory). Correct its permissions, "
        "or set IDIC_HOME to another directory."
    )


def test_a_state_directory_one_may_not_write_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("whoever runs this test may write everywhere")

    with pytest.raises(WrongSetting, match="Permission denied"):
        secret_key(tmp_path / "home")


@pytest.mark.parametrize("how", [{"IDIC_LANGUAGE": "fr"}, {}])
def test_an_unknown_language_is_named_before_anything_is_made(
    idic: Run, tmp_path: Path, how: dict[str, str]
) -> None:
    arguments = ["up"] if how else ["up", "--language", "fr"]

    said = sentence_of(idic(*arguments, **how))

    assert said == "IDIC does not speak “fr”. Choose --language vi, zh-hans or en."
    assert left_in(tmp_path / "home") <= {"secret_key"}


@pytest.mark.parametrize("command", ["login", "status", "look", "demo"])
def test_a_command_before_the_first_start_says_how_to_start(idic: Run, command: str) -> None:
    assert sentence_of(idic(command)) == (
        "IDIC is not set up here yet, or not up to date. Run “idic up” first."
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["dance"], "No such command 'dance'. See “idic --help”."),
        (["status", "--xml"], "No such option: --xml. See “idic --help”."),
        (["import", "orders"], "Missing argument 'file'. See “idic --help”."),
    ],
)
def test_a_mistyped_command_is_named(idic: Run, typed: list[str], said: str) -> None:
    assert sentence_of(idic(*typed), code=2) == said


def at_most(size: int) -> Callable[[], None]:
    """Let no file grow beyond so many bytes, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


FULL = "The disk is full. Free some space, then run the same command again."


def in_long_form(*values: float) -> list[ParameterSet]:
    return [pytest.param(value, marks=pytest.mark.long) for value in values]


@pytest.mark.parametrize("size", [20, 500_000, *in_long_form(0, 4_096, 100_000)])
def test_a_full_disk_is_named_and_the_next_start_is_whole(
    idic: Run, tmp_path: Path, size: int
) -> None:
    assert sentence_of(idic("migrate", limit=at_most(size))) == FULL
    assert not list((tmp_path / "home").glob("secret_key.*"))

    again = idic("migrate")

    assert (again.returncode, again.stderr) == (0, "")
    assert idic("status", "--json").returncode == 0


@pytest.mark.parametrize("moment", [0.05, 0.2, *in_long_form(0.02, 0.1, 0.4)])
def test_a_first_start_that_is_killed_leaves_all_tables_or_none(
    idic: Run, tmp_path: Path, moment: float
) -> None:
    home = tmp_path / "home"
    victim = subprocess.Popen(
        [*IDIC, "migrate"], env={"IDIC_HOME": str(home)}, stderr=subprocess.DEVNULL
    )
    while victim.poll() is None and not (home / "idic.sqlite3").exists():
        time.sleep(0.005)
    time.sleep(moment)
    victim.kill()
    victim.wait()

    again = idic("migrate")

    assert (again.returncode, again.stderr) == (0, "")
    assert idic("status", "--json").returncode == 0


def test_a_reader_who_has_read_enough_is_no_error(idic: Run, tmp_path: Path) -> None:
    idic("migrate")
    shell = f"{' '.join(repr(word) for word in IDIC)} status | true"

    done = subprocess.run(
        ["bash", "-c", shell],
        env={"PATH": os.environ["PATH"], "IDIC_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""


def test_a_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first = secret_key(tmp_path / "home")

    assert len(first) >= 50
    assert secret_key(tmp_path / "home") == first
    assert (tmp_path / "home" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert left_in(tmp_path / "home") == {"secret_key"}


def test_settings_are_read_as_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("A_PORT", " 65535 ")
    monkeypatch.setenv("DATABASE_URL", "postgresql://an%40n:p%2Fw@db:5433/shop?sslmode=require")

    assert port("A_PORT", 1) == 65_535
    assert port("NO_PORT", 8_000) == 8_000
    found = database(tmp_path)
    assert [found[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "an@n",
        "p/w",
        "db",
        "5433",
        "shop",
    ]
    assert found["OPTIONS"] == {"sslmode": "require"}
