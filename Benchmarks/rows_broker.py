"""Rows about RabbitMQ. What counts is what lies in the broker's queue, and the time until it lies there."""

import json
import time

import batches
import broker as brokers
import burst
import comparison
import harness
import references

CONNECTIONS = 256
# Of clients that post batches.
BATCH_CONNECTIONS = 32
OWN = "Beacongate"
BESIDE = "the C publisher with an equal HTTP load beside it"
AS_MANY = f"the same with a window of {CONNECTIONS}, as many as the gateway's clients"
BURST = "a burst"
NOISE = "the reference again"
CONNECT_LIMIT_SECONDS = 10
# A copy that was sent twice would show as a message too many; it may be on its way when the last expected one arrives.
SETTLE_SECONDS = 0.3


def measure_p2(rounds, seconds, noise, tell):
    """P2: single events, 256 connections, confirm before the 202, against a C publisher with 1024 unconfirmed."""
    reference = f"C publisher, window {brokers.WINDOW}"
    rows = []
    with brokers.node() as broker:
        for kind, goal in (("classic", 0.9), ("quorum", 0.75)):
            programs = {"C publisher": lambda _: run_publisher(broker, kind, brokers.WINDOW, seconds)}
            works = {"C publisher again": (NOISE, None)}
            if noise:
                programs["C publisher again"] = programs["C publisher"]
            else:
                programs[OWN] = lambda _: run_gateway(broker, kind, CONNECTIONS, seconds)
                for work, window in ((BESIDE, brokers.WINDOW), (AS_MANY, CONNECTIONS)):
                    programs[work] = lambda so_far, window=window: run_publisher_beside_load(
                        broker, kind, window, seconds, so_far[OWN][-1]["rate"])
                programs[BURST] = lambda _: burst.run(broker, kind, seconds, settings(broker), wait_until_connected)
                works = {OWN: (f"{CONNECTIONS} connections", goal), BESIDE: (BESIDE, None), AS_MANY: (AS_MANY, None)}
            results = comparison.in_turn(f"P2 {kind}", rounds, programs, tell)
            for name, (work, its_goal) in works.items():
                rows.append(comparison.rates(
                    "P2", f"{kind} queue, {work}", reference, results[name], results["C publisher"], its_goal))
            if not noise:
                rows += burst.rows(kind, reference, results[BURST], results["C publisher"])
    return rows


def measure_p2b(rounds, seconds, noise, tell):
    """P2b: the work of P2 with broker.packing, against the C publisher, whose every event is a message of its own."""
    reference = f"C publisher, window {brokers.WINDOW}"
    rows = []
    with brokers.node() as broker:
        for kind in ("classic", "quorum"):
            programs = {"C publisher": lambda _: run_publisher(broker, kind, brokers.WINDOW, seconds)}
            works = {NOISE: (NOISE, None)}
            if noise:
                programs[NOISE] = programs["C publisher"]
            else:
                singles, many = f"single events, {CONNECTIONS} connections", f"batches of {batches.EVENTS}"
                programs[singles] = lambda _: run_packed(
                    broker, kind, lambda port, folder: harness.load(port, "/log", CONNECTIONS, seconds, folder))
                programs[many] = lambda _: run_packed(
                    broker, kind, lambda port, _: batches.load(port, BATCH_CONNECTIONS, seconds))
                works = {singles: (singles, 2), many: (many, 2)}
            results = comparison.in_turn(f"P2b {kind}", rounds, programs, tell)
            for name, (work, goal) in works.items():
                rows.append(comparison.rates(
                    "P2b", f"{kind} queue, packed, {work}", reference, results[name], results["C publisher"], goal))
    return rows


def measure_p3(rounds, seconds, noise, tell):
    """P3: the work of P2 against FastAPI and aio-pika in one process."""
    # Installed before anything is measured.
    brokers.fastapi_environment()
    rows = []
    with brokers.node() as broker:
        for kind in ("classic", "quorum"):
            name, own, goal = (NOISE, run_fastapi, None) if noise else (OWN, run_gateway, 10)
            programs = {
                "FastAPI": lambda _: run_fastapi(broker, kind, CONNECTIONS, seconds),
                name: lambda _: own(broker, kind, CONNECTIONS, seconds),
            }
            work = NOISE if noise else f"{CONNECTIONS} connections"
            results = comparison.in_turn(f"P3 {kind}", rounds, programs, tell)
            rows.append(comparison.rates(
                "P3", f"{kind} queue, {work}", "FastAPI + aio-pika", results[name], results["FastAPI"], goal))
    return rows


def measure_p4(rounds, seconds, noise, tell):
    """P4: median latency of one connection against a C publisher that waits for each confirm."""
    rows = []
    with brokers.node() as broker:
        for kind in ("classic", "quorum"):
            name, own, goal = (NOISE, run_publisher, None) if noise else (OWN, run_gateway, 1.5)
            programs = {
                "C publisher": lambda _: run_publisher(broker, kind, 1, seconds),
                name: lambda _: own(broker, kind, 1, seconds),
            }
            work = NOISE if noise else "one connection"
            results = comparison.in_turn(f"P4 {kind}", rounds, programs, tell)
            rows.append(comparison.latencies(
                "P4", f"{kind} queue, {work}", "C publisher, window 1", results[name], results["C publisher"], goal))
    return rows


def run_publisher(broker, kind, window, seconds):
    with broker.fresh_queue(kind), broker.watching() as until:
        return published(references.answer(broker.publisher(window, seconds)), until)


def published(result, until):
    """A publisher's result, believed if its messages are in the queue."""
    if until(result["messages"])["messages"] != result["messages"]:
        raise harness.BenchError("there are more messages in the queue than the publisher sent")
    return result | {"rate": result["messages"] * 1_000_000 / result["microseconds"]}


def run_publisher_beside_load(broker, kind, window, seconds, rate):
    """The C publisher while as many requests as `rate` are answered by nginx: what HTTP costs a publisher on the same cores."""
    with harness.scratch_folder() as folder, harness.nginx(folder) as port:
        with broker.fresh_queue(kind), broker.watching() as until:
            publisher = broker.publisher(window, seconds)
            pause = round(CONNECTIONS * 1000 / rate)
            try:
                load = harness.load(port, "/log", CONNECTIONS, seconds, folder, pause)
                return published(references.answer(publisher), until) | {"beside": load["rate"]}
            finally:
                references.ended(publisher)


def run_fastapi(broker, kind, connections, seconds):
    with harness.scratch_folder() as folder, broker.fresh_queue(kind), brokers.fastapi(folder, broker) as port:
        return run_load(broker, port, connections, seconds, folder)


def run_packed(broker, kind, load):
    """Counts the events in the queue's messages; what went by way of the spool has to be there too, and costs its time."""
    with harness.scratch_folder() as folder, broker.fresh_queue(kind):
        packing = settings(broker) | {"BEACONGATE_BROKER_PACKING": "true"}
        with harness.gateway(folder, "none", packing) as gateway:
            wait_until_connected(gateway.admin)
            result = load(gateway.port, folder)
            start = time.monotonic()
            wait_until_drained(gateway.admin)
            elapsed = result["microseconds"] + (time.monotonic() - start) * 1_000_000
            accepted = harness.accepted_events(gateway.admin)
            spooled = harness.accepted_events(gateway.admin, 'stored="spool"')
        counted = broker.queue("count", brokers.QUEUE)
    if counted["events"] < accepted or counted["events"] > accepted + CONNECTIONS:
        raise harness.BenchError(f"{counted['events']} events are in the queue, of {accepted} accepted")
    events = result.get("messages", result.get("requests"))
    return result | {
        "rate": events * 1_000_000 / elapsed, "spooled": spooled, "packed": counted["events"] / counted["messages"]}


def wait_until_drained(admin):
    """Nothing lies in the spool, and no copy waits for its confirm."""
    deadline = time.monotonic() + brokers.ARRIVAL_LIMIT_SECONDS
    while harness.metric(admin, "beacongate_spool_events") != 0:
        if time.monotonic() > deadline:
            raise harness.BenchError(f"the spool was not empty after {brokers.ARRIVAL_LIMIT_SECONDS} s")
        time.sleep(0.01)


def settings(broker):
    return {
        "BEACONGATE_ROLE": "ingest",
        "BEACONGATE_BROKER_URLS": broker.url,
        "BEACONGATE_TELEGRAM_BOT_TOKEN": "none",
        "BEACONGATE_CONSOLE_FORMAT": "off",
    }


def run_gateway(broker, kind, connections, seconds):
    with harness.scratch_folder() as folder, broker.fresh_queue(kind):
        with harness.gateway(folder, "none", settings(broker)) as gateway:
            wait_until_connected(gateway.admin)
            result = run_load(broker, gateway.port, connections, seconds, folder)
            return result | {"spooled": harness.accepted_events(gateway.admin, 'stored="spool"')}


def wait_until_connected(admin):
    deadline = time.monotonic() + CONNECT_LIMIT_SECONDS
    while harness.metric(admin, "beacongate_broker_connected") != 1:
        if time.monotonic() > deadline:
            raise harness.BenchError(f"the gateway had no broker after {CONNECT_LIMIT_SECONDS} s")
        time.sleep(0.02)


def run_load(broker, port, connections, seconds, folder):
    """Posts events and counts those in the queue; the time runs until the last answered one is there."""
    with broker.watching() as until, broker.watching() as until_settled:
        result = harness.load(port, "/log", connections, seconds, folder)
        # One event was posted before the load to see whether any is taken.
        expected = result["requests"] + 1
        arrived = until(expected)
        time.sleep(SETTLE_SECONDS)
        settled = until_settled(expected)["messages"]
    if settled > expected + connections:
        raise harness.BenchError(f"{settled} messages are in the queue, of {expected} answered and {connections} that may be")
    check_body(broker)
    elapsed = result["microseconds"] + arrived["microseconds"]
    return result | {"rate": result["requests"] * 1_000_000 / elapsed}


def check_body(broker):
    """The reference publishes what the gateways queue, else the ratio would compare different things."""
    expected, found = json.loads(broker.body.read_bytes()), broker.queue("peek", brokers.QUEUE)
    for body in (expected, found):
        del body["id"], body["timestamp"]
    if list(expected.items()) != list(found.items()):
        raise harness.BenchError(f"the queue holds {found}, but the C publisher sends {expected}")
