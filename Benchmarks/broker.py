"""A RabbitMQ node of the benchmarks' own, and the programs that talk to it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time

import harness
import references

SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
START_LIMIT_SECONDS = 60
STOP_LIMIT_SECONDS = 10
WARM_UP_SECONDS = 2
# Until the messages of a round lie in their queue.
ARRIVAL_LIMIT_SECONDS = 30
# What Beacongate sends its level 1 events to when nothing is configured.
QUEUE = "localhost_logbeacon"
# Unconfirmed messages of the C publisher, unless one at a time is asked for.
WINDOW = 1024


def queued_body():
    """The message that Beacongate makes of the event that every row posts; with an id of the usual length."""
    event = json.loads(harness.event_body())
    message = {
        "v": 1,
        "id": "019ab0f5-4e2c-7d31-9f80-000000000000",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "domain": "localhost",
        "program_name": event["program_name"],
        "level": event["level"],
        "level_name": "Info",
    }
    message |= {name: event[name] for name in ("def_name", "message", "extra_info", "hash_value")}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


class Broker:
    """A running node, at `port` on loopback."""

    def __init__(self, port, folder, running):
        """`running` gives a context in which the node's process runs."""
        self.port = port
        self._running = running
        self._process = contextlib.ExitStack()
        self.url = f"amqp://guest:guest@127.0.0.1:{port}/"
        self.body = folder / "message.json"
        self.body.write_bytes(queued_body())

    def start(self):
        """Until it takes clients; on the data that it left, if it was killed."""
        self.child = self._process.enter_context(self._running())

    def kill(self):
        """At once, as a lost machine."""
        self.signal(signal.SIGKILL)
        self.child.wait()
        with contextlib.suppress(harness.BenchError):
            self._process.close()

    def signal(self, number):
        """To every process of the node."""
        os.killpg(self.child.pid, number)

    def close(self):
        self._process.close()

    def queue(self, *arguments):
        return references.answer(self.started("queue", *arguments))

    def publisher(self, window, seconds):
        """Starts the C publisher; its `answer` comes with the last confirm."""
        return self.started("publisher", QUEUE, window, seconds, self.body)

    def started(self, name, *arguments):
        return references.started(name, self.port, *arguments)

    def measured(self, name, *arguments):
        return references.measured(name, self.port, *arguments)

    @contextlib.contextmanager
    def fresh_queue(self, kind):
        """An empty queue, deleted afterwards; `kind` is classic or quorum."""
        self.queue("delete", QUEUE)
        self.queue("declare", QUEUE, kind)
        try:
            yield
        finally:
            self.queue("delete", QUEUE)

    @contextlib.contextmanager
    def watching(self, limit=ARRIVAL_LIMIT_SECONDS):
        """Gives a function that waits until so many messages lie in the queue; it is logged in beforehand, to cost no time."""
        child = self.started("queue", "watch", QUEUE, limit)

        def until(expected):
            result = references.answer(child, f"{expected}\n", limit + references.RESULT_LIMIT_SECONDS)
            if result["messages"] < expected:
                raise harness.BenchError(
                    f"{result['messages']} of {expected} messages were in the queue after {limit} s")
            return result

        try:
            yield until
        finally:
            references.ended(child)


@contextlib.contextmanager
def node():
    """Starts a node on free ports, with data, log and name of its own; gives a `Broker`, warmed up."""
    if not os.access(SERVER, os.X_OK):
        raise harness.BenchError("rabbitmq-server is not installed; call scripts/deps bench")
    port, distribution, names = harness.free_port(), harness.free_port(), harness.free_port()
    with harness.scratch_folder() as folder:
        (folder / "plugins").write_text("[].\n")
        (folder / "rabbitmq.conf").write_text("log.console = false\n")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        environment |= {
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(names),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_NODENAME": f"beacongate-bench-{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        try:
            broker = Broker(port, folder, lambda: harness.running(
                [SERVER], lambda: speaks_amqp(port), folder / "server.log", environment, START_LIMIT_SECONDS, gently=False))
            with contextlib.closing(broker):
                broker.start()
                for kind in ("classic", "quorum"):
                    with broker.fresh_queue(kind):
                        references.answer(broker.publisher(WINDOW, WARM_UP_SECONDS))
                yield broker
        finally:
            end_name_server(environment)


def end_name_server(environment):
    """Ends the node's epmd: a daemon of its own, which refuses while it still sees its node."""
    deadline = time.monotonic() + STOP_LIMIT_SECONDS
    while time.monotonic() < deadline:
        done = subprocess.run(["epmd", "-kill"], env=environment, capture_output=True, text=True, timeout=10)
        if "not allowed" not in done.stdout + done.stderr:
            return
        time.sleep(0.1)


def speaks_amqp(port):
    """Whether a client that introduces itself is answered with a method."""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        return connection.recv(1) == b"\x01"


def fastapi_environment():
    """The folder of a Python environment with what the FastAPI gateway needs."""
    return harness.virtual_environment(harness.REFERENCE / "requirements.txt", harness.SCRATCH / "venv")


@contextlib.contextmanager
def fastapi(folder, broker):
    """The gateway as FastAPI and aio-pika make it, one process; gives its port."""
    port = harness.free_port()
    environment = os.environ | {"BENCH_BROKER_URL": broker.url, "BENCH_QUEUE": QUEUE, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        str(fastapi_environment() / "bin" / "uvicorn"), "--app-dir", str(harness.REFERENCE), "fastapi_gateway:app",
        "--host", "127.0.0.1", "--port", str(port), "--loop", "uvloop", "--http", "httptools", "--backlog", "4096",
        "--no-access-log", "--log-level", "warning"]
    with harness.running(command, harness.answers(port, "/health"), folder / "fastapi.log", environment):
        yield port
