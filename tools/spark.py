"""`make test-spark`: the lake's metrics on DuckDB and on a real Spark master with two workers, to
the row. The `spark` extra goes into a folder of its own, so that the rest stays as it is locked;
where Java or the extra cannot be had a line says so.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv" / "spark"
# The whole target, servers included.
_MOST_SECONDS = 600
_START_SECONDS = 60
_HERE = "127.0.0.1"


def find_missing() -> str:
    """Say in a sentence what Spark needs and cannot be had here; "" when all is here."""
    if not shutil.which("java"):
        return "there is no Java on this machine; Spark needs Java 17 or newer"
    if not (FOLDER / "pyspark").exists() and not _install():
        return "the packages of the spark extra could not be installed"
    sys.path.insert(0, str(FOLDER))
    return ""


def _install() -> bool:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["optional-dependencies"]["spark"]
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "pip", "install", "-q", "--python", sys.executable, "--target", str(FOLDER)]
    return subprocess.run([*command, *wanted], check=False).returncode == 0


@contextmanager
def cluster(*, memory: str = "1g", cores: int = 1) -> Iterator[str]:
    """Run a master and two workers of this much memory and these cores each; give its address."""
    port, page = _free_port(), _free_port()
    master = f"spark://{_HERE}:{port}"
    with tempfile.TemporaryDirectory(prefix="idic-spark-") as folder:
        servers = []
        try:
            servers.append(
                _start("master.Master", folder, "-h", _HERE, "-p", port, "--webui-port", page)
            )
            _wait_for(port, folder)
            for _ in range(2):
                size = ["-c", str(cores), "-m", memory, "-d", folder]
                servers.append(_start("worker.Worker", folder, "-h", _HERE, *size, master))
            _wait_for_workers(folder)
            yield master
        finally:
            for server in servers:
                _stop(server)


def _start(name: str, folder: str, *arguments: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = str(Path(pyspark.__file__).parent)
    environment = {
        **os.environ,
        "SPARK_HOME": home,
        "SPARK_LOCAL_IP": _HERE,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_LOCAL_DIRS": folder,
    }
    command = [f"{home}/bin/spark-class", f"org.apache.spark.deploy.{name}", *arguments]
    with (Path(folder) / "servers.log").open("ab") as log:
        return subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, cwd=folder, start_new_session=True
        )


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End a server with what it started; each leads a group of its own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, number)
        except ProcessLookupError:
            return
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue


def _free_port() -> str:
    with socket.socket() as held:
        held.bind((_HERE, 0))
        return str(held.getsockname()[1])


def _wait_for(port: str, folder: str) -> None:
    for _ in _moments(folder):
        with socket.socket() as trial:
            if trial.connect_ex((_HERE, int(port))) == 0:
                return


def _wait_for_workers(folder: str) -> None:
    for log in _moments(folder):
        if log.count("Successfully registered with master") >= 2:
            return


def _moments(folder: str) -> Iterator[str]:
    """Give what the servers have said, again and again until there is no more patience."""
    started = time.monotonic()
    log = Path(folder) / "servers.log"
    while time.monotonic() - started < _START_SECONDS:
        yield log.read_text(errors="replace")
        time.sleep(0.3)
    raise TimeoutError(f"Spark did not start:\n{log.read_text(errors='replace')[-2000:]}")


def main() -> int:
    """Run the tests of the metrics beside a cluster; 0 where it cannot be had, after a line."""
    missing = find_missing()
    if missing:
        print(f"skipped: {missing}")
        return 0
    started = time.monotonic()
    with cluster() as master:
        left = _MOST_SECONDS - (time.monotonic() - started)
        try:
            return subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pytest",
                    "-q",
                    "tests/lake/metrics",
                    "tests/cli/test_lake.py",
                ],
                cwd=ROOT,
                env={
                    **os.environ,
                    "IDIC_SPARK_MASTER": master,
                    "SPARK_LOCAL_IP": _HERE,
                    "PYTHONPATH": str(FOLDER),
                },
                timeout=left,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            print(f"The tests took more than {_MOST_SECONDS} s.")
            return 1


if __name__ == "__main__":
    sys.exit(main())
