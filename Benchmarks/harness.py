"""Programs under measurement, the client, and the machine: everything that starts, waits and cleans up."""

import contextlib
import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "Benchmarks" / "reference"
RELEASE = ROOT / ".build" / "release" / "beacongate"
# Data lie on the repository's own disk: /tmp may be memory, where an fsync costs nothing.
SCRATCH = ROOT / ".build" / "bench"
# Client and program share these, on a bigger machine too, so that results can be compared.
CORES = sorted(os.sched_getaffinity(0))[:2]
START_LIMIT_SECONDS = 10
STOP_LIMIT_SECONDS = 10
ANSWER_LIMIT_SECONDS = 10
READY_POLL_SECONDS = 0.002
INSTALL_LIMIT_SECONDS = 300
# How much longer a program may take to start when it is observed.
SLOWDOWN = 6

# What is measured, and a command that it is run under, such as a profiler; set by --gateway and --under.
binary = RELEASE
observer = []
# How many events fill a spool, in the rows that fill one; set by --spooled.
spooled = 1_000_000


class BenchError(Exception):
    """A measurement that must not be believed; the sentence says why."""


def event_body(size=250, domain=None):
    """A level 1 event of exactly `size` bytes; to the default domain if none is named."""
    event = {
        "level": 1,
        "def_name": "order_create",
        "message": "訂單建立成功",
        "extra_info": "",
        "hash_value": "9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d",
        "program_name": "api_server",
    } | ({"domain": domain} if domain else {})

    def encoded():
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()

    event["extra_info"] = ("order_id: 20250115103000, user_id: 18446744073709551615, " * 5)[: size - len(encoded())]
    assert len(encoded()) == size
    return encoded()


def raise_file_limit():
    """Lets us and our children open as many files as this user may: thousands of connections have two ends."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port(given=set()):
    """A port that nobody has, and that was not given before: two askers in a row could be told the same."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in given:
            given.add(port)
            return port


def program(name):
    """The path of a program; nginx lies in sbin."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")
    if path is None:
        raise BenchError(f"{name} is not installed; call scripts/deps bench")
    return path


def request(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextlib.contextmanager
def running(command, is_ready, log, environment=None, limit=START_LIMIT_SECONDS, gently=True):
    """Runs a server on our cores until the block ends; it is asked to end then, or killed at once unless `gently`."""
    with open(log, "wb") as errors:
        child = subprocess.Popen(
            command, cwd=log.parent, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
            start_new_session=True, preexec_fn=lambda: os.sched_setaffinity(0, CORES))
    try:
        wait_until_ready(child, is_ready, log, limit)
        yield child
        if child.poll() is not None:
            raise BenchError(f"{command[0]} ended with {child.returncode}: {tail(log)}")
    finally:
        stop(child, gently)


def answers(port, path):
    """Gives a check for readiness: whether GET `path` is answered 2xx."""
    return lambda: request(port, "GET", path)[0] // 100 == 2


def wait_until_ready(child, is_ready, log, limit):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise BenchError(f"{child.args[0]} did not start ({child.returncode}): {tail(log)}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            if is_ready():
                return
        time.sleep(READY_POLL_SECONDS)
    raise BenchError(f"{child.args[0]} was not ready after {limit} s: {tail(log)}")


def stop(child, gently):
    """Ends the child and, should it have any left, its own children."""
    if gently and child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_LIMIT_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def tail(log):
    return log.read_bytes()[-500:].decode(errors="replace").strip() or "it wrote nothing"


def virtual_environment(requirements, folder):
    """`folder` with a virtual environment that holds what the file `requirements` names, made where it is not yet so."""
    wanted = requirements.read_bytes()
    mark = folder / "installed.txt"
    if not mark.exists() or mark.read_bytes() != wanted:
        steps = [
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [str(folder / "bin" / "pip"), "install", "--quiet", "-r", str(requirements)]]
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, timeout=INSTALL_LIMIT_SECONDS)
            if done.returncode != 0:
                raise BenchError(f"the Python environment could not be made: {(done.stderr or done.stdout)[-500:]}")
        mark.write_bytes(wanted)
    return folder


@contextlib.contextmanager
def scratch_folder():
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        yield pathlib.Path(folder)


@contextlib.contextmanager
def nginx(folder, status=202):
    """The reference server, which answers everything with `status`; gives its port."""
    port = free_port()
    text = (REFERENCE / "nginx.conf").read_text()
    for name, value in (("@PORT@", port), ("@WORKERS@", len(CORES)), ("@STATUS@", status)):
        text = text.replace(name, str(value))
    (folder / "nginx.conf").write_text(text)
    command = [program("nginx"), "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
    with running(command, answers(port, "/"), folder / "nginx.log"):
        yield port


class Gateway(typing.NamedTuple):
    """A running gateway: its public and its admin port, its process, and how long it took to be ready."""

    port: int
    admin: int
    pid: int
    start_seconds: float


@contextlib.contextmanager
def gateway(folder, workers, settings=None, asks_admin=False):
    """The gateway on the data in `folder`, if there are any; gives a `Gateway`. `settings` are further variables; `asks_admin` where its
    public listener wants PROXY headers or TLS."""
    if not binary.exists():
        raise BenchError(f"{binary} is missing; call make build")
    port, admin = free_port(), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BEACONGATE_")}
    environment |= {
        "BEACONGATE_HTTP_LISTEN": f"127.0.0.1:{port}",
        "BEACONGATE_HTTP_THREADS": str(len(CORES)),
        "BEACONGATE_ADMIN_LISTEN": f"127.0.0.1:{admin}",
        "BEACONGATE_DATA_DIR": str(folder / "data"),
        "BEACONGATE_WORKERS": workers,
        "BEACONGATE_CONSOLE_FORMAT": "json",
        "BEACONGATE_SPOOL_MAX_BYTES": "16GiB",
    }
    environment |= settings or {}
    limit = START_LIMIT_SECONDS * (SLOWDOWN if observer else 1)
    command, log = [*observer, str(binary), "serve"], folder / "gateway.log"
    start = time.monotonic()
    with running(command, answers(admin if asks_admin else port, "/health"), log, environment, limit) as child:
        yield Gateway(port, admin, child.pid, time.monotonic() - start)


def load(port, path, connections, seconds, folder, pause=0, domains=(), batch=1):
    """Posts the event over `connections` for `seconds`; a single answer that is not 2xx or 3xx spoils the measurement.

    Each connection waits `pause` milliseconds before a request. With `domains`, events go to these in turn. With
    `batch`, a request carries so many events.
    """
    body = folder / "event.json"
    events = [event_body(domain=domain) for domain in domains] or [event_body()] * batch
    body.write_bytes(b"\n".join(events))
    status, answer = request(port, "POST", path, events[0])
    if status != 202:
        raise BenchError(f"one event was answered {status}: {answer[:300]!r}")
    done = subprocess.run(
        [program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={ANSWER_LIMIT_SECONDS}s",
         "-s", str(REFERENCE / "event.lua"), f"http://127.0.0.1:{port}{path}"],
        env=os.environ | {"BENCH_BODY": str(body), "BENCH_BATCH": str(batch), "BENCH_PAUSE": str(pause)}, capture_output=True, text=True,
        timeout=seconds + 30, preexec_fn=lambda: os.sched_setaffinity(0, CORES))
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode != 0 or not lines:
        raise BenchError(f"wrk ended with {done.returncode}: {(done.stderr or done.stdout)[-300:]}")
    result = json.loads(lines[-1].removeprefix("RESULT "))
    failures = {name: result[name] for name in ("status", "connect", "read", "write", "timeout") if result[name]}
    if failures:
        raise BenchError(f"requests failed at {connections} connections: {failures}")
    if result["requests"] == 0:
        raise BenchError(f"no request was answered within {seconds} s at {connections} connections")
    result["rate"] = result["requests"] * 1_000_000 / result["microseconds"]
    return result


def scrape(admin):
    """The lines of /metrics, all of one moment."""
    status, body = request(admin, "GET", "/metrics")
    if status != 200:
        raise BenchError(f"GET /metrics was answered {status}")
    return body.decode().splitlines()


def total(lines, name, label=""):
    """The sum of a metric's samples; with `label`, such as `stored="spool"`, only of those that carry it."""
    samples = [line for line in lines if line.startswith((f"{name} ", f"{name}{{")) and label in line]
    return sum(float(line.rsplit(" ", 1)[1]) for line in samples)


def metric(admin, name, label=""):
    return total(scrape(admin), name, label)


def accepted_events(admin, label=""):
    """What the gateway counts as accepted."""
    return int(metric(admin, "beacongate_events_accepted_total", label))


def machine():
    """What a reader must know of where this was measured; no name, no address."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")),
        "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    SCRATCH.mkdir(parents=True, exist_ok=True)
    filesystem = subprocess.run(["stat", "-f", "-c", "%T", SCRATCH], capture_output=True, text=True, check=False)
    commit = subprocess.run(
        ["git", "--no-optional-locks", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "cpu": cpu,
        "cores_used": len(CORES),
        "memory_gib": round(memory, 1),
        "kernel": os.uname().release.split("-")[0],
        "filesystem": filesystem.stdout.strip() or "unknown",
        "commit": commit.stdout.strip() or "unknown",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }
