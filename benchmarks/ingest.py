"""Events a second through the door, each durable before its 200: 100 events a request, real server,
clients in a process of their own; then the loader's events a second on SQLite beside a web writer,
and how long the newest event takes to its customer. The peer writes the same requests with a plain
asynchronous Django view into SQLite under the same server (rudder-server and Jitsu need Docker,
PostgreSQL, Kafka or a cloud account and cannot run here). `python benchmarks/ingest.py [requests]`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import multiprocessing
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# The web writer imports this file again and must not make another.
HOME = Path(os.environ.get("IDIC_BENCH_HOME") or tempfile.mkdtemp(prefix="idic-bench-"))
os.environ["IDIC_HOME"] = os.environ["IDIC_BENCH_HOME"] = str(HOME)
os.environ["DATABASE_URL"] = ""
os.environ["DJANGO_SETTINGS_MODULE"] = "idic.settings"
sys.path.insert(0, str(ROOT / "src"))

REQUESTS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 4_000
EVENTS = 100
CLIENTS = 32
RUNS = 3
LOADED_EVENTS = 200_000
PEOPLE = 5_000

PEER = """
import json, os, sys
import django
from django.conf import settings
settings.configure(
    SECRET_KEY="bench", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], USE_TZ=True, MIDDLEWARE=[],
    INSTALLED_APPS=[], DATA_UPLOAD_MAX_MEMORY_SIZE=None,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["PEER_DB"],
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"}}})
django.setup()
from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application
from django.db import connection, models, transaction
from django.http import JsonResponse
from django.urls import path


class Event(models.Model):
    message_id = models.CharField(max_length=120)
    user_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=120)
    body = models.JSONField()

    class Meta:
        app_label = "peer"


def write(events):
    with transaction.atomic():
        Event.objects.bulk_create(
            [Event(message_id=e["messageId"], user_id=e["userId"], kind=e["event"], body=e)
             for e in events])


async def batch(request):
    await sync_to_async(write)(json.loads(request.body)["batch"])
    return JsonResponse({"success": True})


urlpatterns = [path("v1/batch", batch)]
if os.environ.get("PEER_SETUP"):
    with connection.schema_editor() as editor:
        editor.create_model(Event)
application = get_asgi_application()
"""


def make_events(count: int, *, start: int = 0) -> list[dict[str, Any]]:
    """Make page views and product views as SDKs write them."""
    return [
        {
            "type": "track",
            "event": "Product Viewed",
            "userId": f"user-{number % PEOPLE}",
            "messageId": f"bench-{number:012d}-6ecb2c-a601-4c8a",
            "timestamp": "2026-11-23T10:00:00.000Z",
            "properties": {"product_id": f"P{number % 40}", "name": "Sữa tươi", "price": 25000},
            "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
        }
        for number in range(start, start + count)
    ]


def request_of(port: int, key: str, events: list[dict[str, Any]]) -> bytes:
    """Write one HTTP request."""
    body = json.dumps({"batch": events, "sentAt": "2026-11-23T10:00:01.000Z"}).encode()
    secret = base64.b64encode(f"{key}:".encode()).decode()
    head = (
        f"POST /v1/batch HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Basic {secret}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def flood(port: int, request: bytes, count: int) -> tuple[float, list[float]]:
    """Send the request so many times over some connections; give seconds and each wait."""
    waits: list[float] = []
    left = count

    async def client() -> None:
        nonlocal left
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left > 0:
            left -= 1
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head[:16]:
                raise RuntimeError(head.decode())
            size = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            await reader.readexactly(size)
            waits.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return time.perf_counter() - began, sorted(waits)


def free_port() -> int:
    """Find a port nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(target: list[str], port: int, **environment: str) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers."""
    argv = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port)]
    argv += ["--http", "1", "--no-ws", "--log-level", "error", *target]
    server = subprocess.Popen(
        argv,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{HOME}"} | environment,
        start_new_session=True,
    )
    for _ in range(1_000):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return server
        time.sleep(0.01)
    raise RuntimeError("the server never answered")


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server and its workers."""
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def measure(target: list[str], key: str, requests: int, **env: str) -> tuple[float, float]:
    """Give events a second (median of the runs) and the p99 in ms."""
    port = free_port()
    server = serve(target, port, **env)
    try:
        request = request_of(port, key, make_events(EVENTS))
        asyncio.run(flood(port, request, max(requests // 10, CLIENTS)))
        runs = [asyncio.run(flood(port, request, requests)) for _ in range(RUNS)]
    finally:
        stop(server)
    rates = [requests * EVENTS / seconds for seconds, _waits in runs]
    waits = sorted(wait for _seconds, run in runs for wait in run)
    return statistics.median(rates), waits[int(len(waits) * 0.99)] * 1000


def make_home() -> str:
    """Set up a business with a website; give its key."""
    import django

    django.setup()
    from django.core.management import call_command

    from idic.core import clock
    from idic.core.models import Staff
    from idic.core.services.setup import set_up
    from idic.identify.services.ingest.keys import create_source

    call_command("migrate", verbosity=0)
    set_up(language="en", now=clock.now())
    staff = Staff.objects.order_by("id").first()
    assert staff is not None
    _source, key = create_source(name="Bench", staff=staff, home=HOME, now=clock.now())
    return key


def write_as_web(stopping: Any, out: Any) -> None:
    """Commit one small row every 10 ms, as pages do, and measure how long each takes."""
    import django

    django.setup()
    from django.db import transaction

    from idic.core import clock
    from idic.identify.models import ExchangeRate

    waits = []
    while not stopping.is_set():
        began = time.perf_counter()
        with transaction.atomic():
            day = clock.today()
            ExchangeRate.objects.update_or_create(
                currency="USD", from_date=day, defaults={"rate": 1}
            )
        waits.append(time.perf_counter() - began)
        time.sleep(0.01)
    out.put(sorted(waits))


def measure_loader(key: str) -> tuple[float, float, float]:
    """Fill the log, load it beside a web writer; give events/s, events a CPU second, and the
    writer's p95 in ms.
    """
    from django.db import connection

    from idic.identify.ingest.loader import Loader
    from idic.identify.ingest.segments import folder_of, list_segments
    from idic.identify.models import Event

    for path in list_segments(folder_of(HOME)):
        path.unlink()
    port = free_port()
    door = serve(["--factory", "idic.identify.ingest.door:create"], port)
    try:
        for start in range(0, LOADED_EVENTS, EVENTS):
            request = request_of(port, key, make_events(EVENTS, start=start))
            asyncio.run(_send_one(port, request))
    finally:
        stop(door)
    context = multiprocessing.get_context("spawn")
    stopping, out = context.Event(), context.Queue()
    writer = context.Process(target=write_as_web, args=(stopping, out))
    writer.start()
    time.sleep(2)
    began, worked = time.perf_counter(), time.process_time()
    count = Loader(home=HOME).load_all()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    stopping.set()
    waits = out.get(timeout=60)
    writer.join()
    if (count, Event.objects.count()) != (LOADED_EVENTS, LOADED_EVENTS):
        raise RuntimeError(f"{count} loaded, {Event.objects.count()} stored")
    connection.close()
    return count / seconds, count / cpu_seconds, waits[int(len(waits) * 0.95)] * 1000


async def _send_one(port: int, request: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await reader.readuntil(b"}")
    writer.close()


def measure_freshness(key: str) -> float:
    """Give the seconds from a call to its place on the customer's timeline, the worst of ten."""
    from idic.identify.models import Event

    port = free_port()
    door = serve(["--factory", "idic.identify.ingest.door:create"], port)
    loader = subprocess.Popen(
        [sys.executable, "-m", "idic.loader"], env=os.environ | {"PYTHONPATH": str(ROOT / "src")}
    )
    waits = []
    try:
        for number in range(12):
            events = make_events(1, start=10**9 + number)
            began = time.perf_counter()
            asyncio.run(_send_one(port, request_of(port, key, events)))
            while not Event.objects.filter(message_id=events[0]["messageId"]).exists():
                time.sleep(0.005)
            waits.append(time.perf_counter() - began)
    finally:
        loader.terminate()
        loader.wait()
        stop(door)
    return max(waits[2:])  # the loader itself starts during the first


def measure_peer() -> tuple[float, float]:
    """Do the same with a plain Django view."""
    (HOME / "peer.py").write_text(PEER)
    database = {"PEER_DB": str(HOME / "peer.sqlite3"), "PYTHONPATH": str(HOME)}
    subprocess.run(
        [sys.executable, "-c", "import peer"],
        env=os.environ | database | {"PEER_SETUP": "1"},
        cwd=HOME,
        check=True,
    )
    return measure(["peer:application"], "peer", max(REQUESTS // 20, CLIENTS * 2), **database)


def main() -> None:
    """Measure and print the line of JSON."""
    key = make_home()
    own, p99 = measure(["--factory", "idic.identify.ingest.door:create"], key, REQUESTS)
    print(f"idic: {own:,.0f} events/s durable before 200, p99 {p99:.1f} ms")
    peer, peer_p99 = measure_peer()
    print(f"plain Django async view: {peer:,.0f} events/s, p99 {peer_p99:.0f} ms")
    loaded, loaded_cpu, web_p95 = measure_loader(key)
    print(
        f"loader: {loaded:,.0f} events/s on SQLite, {loaded_cpu:,.0f} a CPU second, "
        f"web commits p95 {web_p95:.1f} ms"
    )
    fresh = measure_freshness(key)
    print(f"newest event on its customer after {fresh:.2f} s at most")
    print(
        json.dumps(
            {
                "name": "ingest: events durable before 200, 100 a request",
                "figure": round(own),
                "unit": "events/s",
                "peer": "plain Django async view writing each event, same server, SQLite",
                "peer_figure": round(peer),
                "ratio": round(own / peer, 2),
                "p99_ms": round(p99, 1),
                "loader_events_per_s": round(loaded),
                "loader_events_per_cpu_s": round(loaded_cpu),
                "web_commit_p95_ms": round(web_p95, 1),
                "fresh_s": round(fresh, 2),
                "rows": REQUESTS * EVENTS,
                "runs": RUNS,
                "load": [round(one, 1) for one in os.getloadavg()],
            }
        )
    )


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
