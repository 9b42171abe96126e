"""Rows about delivery: an event's whole life, and the worker alone, with nginx answering 200 in LogBeacon's place."""

import time

import batches
import broker as brokers
import comparison
import delivery
import harness
import references
import rows_intake

CONNECTIONS = 64
# Calls in flight, and unsettled messages of a consumer; Beacongate's defaults.
IN_FLIGHT = 16
PREFETCH = 200
# What a round of the worker starts with, for each second that it is meant to last.
EVENTS_A_SECOND = 25_000
OWN = "Beacongate"
NOISE = "the reference again"


def measure_p5b(rounds, seconds, noise, tell):
    """P5b: intake, delivery, settling and deleting in one process, against our own intake alone."""
    reference = "intake alone (P1)"
    name, work, goal = (NOISE, NOISE, None) if noise else (OWN, "until all is delivered", 0.25)
    alone = lambda _: rows_intake.run_p1("none", CONNECTIONS, seconds)
    results = comparison.in_turn(
        "P5b", rounds, {reference: alone, name: alone if noise else lambda _: run_life(seconds)}, tell)
    return [comparison.rates(
        "P5b", f"{CONNECTIONS} connections, {work}", reference, results[name], results[reference], goal)]


def run_life(seconds):
    """Posts events and waits until the last one is delivered, and gone from the store; all of it counts."""
    with harness.scratch_folder() as folder, harness.nginx(folder, 200) as sink:
        with harness.gateway(folder, "logbeacon", delivery.settings(sink)) as gateway:
            result = harness.load(gateway.port, "/log", CONNECTIONS, seconds, folder)
            start = time.monotonic()
            delivered = delivery.wait_until_delivered(gateway.admin).delivered
            if delivered < result["requests"]:
                raise harness.BenchError(f"{result['requests']} were answered, but {delivered} were delivered")
            elapsed = result["microseconds"] + (time.monotonic() - start) * 1_000_000
            return result | {"rate": result["requests"] * 1_000_000 / elapsed}


def measure_p6(rounds, seconds, noise, tell):
    """P6: the worker from a full embedded queue and from RabbitMQ, against libcurl's multi interface alone."""
    events = EVENTS_A_SECOND * seconds
    with brokers.node() as broker:
        poster = f"C poster, {IN_FLIGHT} in flight"
        both = "the slower of C poster and C consumer"
        name = NOISE if noise else OWN
        embedded = comparison.in_turn("P6 embedded", rounds, {
            poster: lambda _: run_poster(events),
            name: lambda _: run_poster(events) if noise else run_embedded(events),
        }, tell)
        brokered = comparison.in_turn("P6 RabbitMQ", rounds, {
            both: lambda _: slower(run_poster(events), run_consumer(broker, seconds)),
            name: lambda _: (
                slower(run_poster(events), run_consumer(broker, seconds)) if noise else run_worker(broker, seconds)),
        }, tell)
    goal = None if noise else 0.6
    return [
        comparison.rates("P6", f"embedded queue, {name}" if noise else "embedded queue", poster,
                         embedded[name], embedded[poster], goal),
        comparison.rates("P6", f"RabbitMQ, classic queue, {name}" if noise else "RabbitMQ, classic queue", both,
                         brokered[name], brokered[both], goal),
    ]


def slower(one, other):
    return min(one, other, key=lambda result: result["rate"])


def run_poster(events):
    with harness.scratch_folder() as folder, harness.nginx(folder, 200) as port:
        body = folder / "body.json"
        # What LogBeacon gets: the message without its version.
        body.write_bytes(b"{" + brokers.queued_body().removeprefix(b'{"v":1,'))
        return references.measured("poster", port, events, IN_FLIGHT, body)


def run_embedded(events):
    """Fills the queue without a worker, starts again with one."""
    with harness.scratch_folder() as folder, harness.nginx(folder, 200) as sink:
        with harness.gateway(folder, "none", delivery.settings(sink)) as gateway:
            batches.fill(gateway.port, events)
        with harness.gateway(folder, "logbeacon", delivery.settings(sink)) as gateway:
            return delivery.drained(gateway.admin, events)


def run_consumer(broker, seconds):
    with broker.fresh_queue("classic"):
        return broker.measured("consumer", brokers.QUEUE, filled(broker, seconds), PREFETCH)


def run_worker(broker, seconds):
    """Lets the C publisher fill the queue, starts a worker on it; the queue must be empty in the end."""
    with harness.scratch_folder() as folder, harness.nginx(folder, 200) as sink, broker.fresh_queue("classic"):
        events = filled(broker, seconds)
        settings = delivery.settings(sink) | {"BEACONGATE_ROLE": "worker", "BEACONGATE_BROKER_URLS": broker.url}
        with harness.gateway(folder, "logbeacon", settings) as gateway, broker.watching() as until:
            result = delivery.drained(gateway.admin, events)
            left = until(0)["messages"]
            if left:
                raise harness.BenchError(f"{left} messages are still in the queue, though all are counted as delivered")
            return result


def filled(broker, seconds):
    """Publishes for so long; gives how many messages lie in the queue."""
    with broker.watching() as until:
        published = references.answer(broker.publisher(brokers.WINDOW, seconds))["messages"]
        if until(published)["messages"] != published:
            raise harness.BenchError("there are more messages in the queue than the publisher sent")
        return published
