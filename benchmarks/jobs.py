"""Background jobs a second, end to end: enqueue no-op tasks, let one worker process run them all,
on SQLite. The peer is django-tasks-db, which has the same API; it runs in a virtual environment of
its own (`--peer PYTHON`), made on first use if packages can be had, and is left out otherwise.
`python benchmarks/jobs.py [jobs]`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve()
ROOT = HERE.parents[1]
JOBS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 2_000
RUNS = 3

PEER_SETTINGS = """
SECRET_KEY = "bench"
INSTALLED_APPS = ["django_tasks", "django_tasks_db", "peer"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "peer.sqlite3", "OPTIONS":
    {"transaction_mode": "IMMEDIATE", "timeout": 20,
     "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"}}}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
USE_TZ = True
"""
PEER_TASK = "from django_tasks import task\n\n@task\ndef no_op():\n    pass\n"
PEER_RUN = """
import os, subprocess, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "peer_settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django_tasks_db.models import DBTaskResult
from peer.tasks import no_op
worker = subprocess.Popen([sys.executable, "-m", "django", "db_worker", "--interval", "0.01",
    "--no-startup-delay", "--no-reload", "-v", "0"])
no_op.enqueue()
while DBTaskResult.objects.exclude(status="SUCCESSFUL").exists():
    time.sleep(0.01)
began = time.perf_counter()
for _ in range(int(sys.argv[1])):
    no_op.enqueue()
while DBTaskResult.objects.exclude(status="SUCCESSFUL").exists():
    time.sleep(0.01)
print(int(sys.argv[1]) / (time.perf_counter() - began))
worker.kill()
"""


def measure_own() -> float:
    """Enqueue in this process while a worker process runs; give jobs/s until the last is done."""
    home = tempfile.mkdtemp(prefix="idic-bench-")
    environment = os.environ | {
        "IDIC_HOME": home,
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "idic.settings",
        "PYTHONPATH": f"{ROOT}:{HERE.parent}",
    }
    done = subprocess.run(
        [sys.executable, str(HERE), "--own", str(JOBS)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1])


def run_own(count: int) -> None:
    """Do one measurement on the state directory of the environment."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from job_no_op import no_op

    from idic.core.models.jobs import Job

    worker = subprocess.Popen([sys.executable, "-m", "idic.worker", "default"])
    no_op.enqueue()
    while Job.objects.filter(state="waiting").exists():
        time.sleep(0.01)
    began = time.perf_counter()
    for _ in range(count):
        no_op.enqueue()
    while Job.objects.filter(state__in=["waiting", "running"]).exists():
        time.sleep(0.01)
    print(count / (time.perf_counter() - began))
    worker.terminate()
    worker.wait()


def measure_peer(python: str) -> float:
    """Do the same with django-tasks-db, its worker a process beside the one that enqueues."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "peer").mkdir()
        (Path(folder) / "peer" / "__init__.py").touch()
        (Path(folder) / "peer" / "tasks.py").write_text(PEER_TASK)
        (Path(folder) / "peer_settings.py").write_text(PEER_SETTINGS)
        (Path(folder) / "run.py").write_text(PEER_RUN)
        done = subprocess.run(
            [python, "run.py", str(JOBS)],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": folder},
            check=True,
            capture_output=True,
            text=True,
        )
    return float(done.stdout.split()[-1])


def peer_python() -> str | None:
    """Give the interpreter of the peer's own environment, made now if it is not there."""
    if "--peer" in sys.argv:
        return sys.argv[sys.argv.index("--peer") + 1]
    folder = Path(tempfile.gettempdir()) / "idic-bench-peer"
    python = folder / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        packages = ["django>=5.2,<5.3", "django-tasks", "django-tasks-db"]
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return str(python)


def main() -> None:
    """Measure both and print the line of JSON."""
    own = sorted(measure_own() for _ in range(RUNS))[RUNS // 2]
    print(f"idic: {own:,.0f} jobs/s")
    python = peer_python()
    peer = sorted(measure_peer(python) for _ in range(RUNS))[RUNS // 2] if python else None
    print(f"django-tasks-db: {peer:,.0f} jobs/s" if peer else "django-tasks-db: not available")
    print(
        json.dumps(
            {
                "name": "no-op jobs end to end, one worker, SQLite",
                "figure": round(own),
                "unit": "jobs/s",
                "peer": "django-tasks-db",
                "peer_figure": round(peer) if peer else None,
                "ratio": round(own / peer, 2) if peer else None,
                "rows": JOBS,
                "runs": RUNS,
            }
        )
    )


if __name__ == "__main__":
    if "--own" in sys.argv:
        run_own(int(sys.argv[-1]))
    else:
        main()
