"""The row about faults: what clients notice while the broker is away. It has no reference."""

import contextlib
import signal
import time

import broker as brokers
import comparison
import harness
import references

RATE = 1000
CONNECTIONS = 512
# How long the broker is away, for each second of a round: five minutes for one of 5 s.
FAULT_FACTOR = 60
# Before the fault, and after the last spooled copy is at the broker again.
QUIET_SECONDS = 5
# From the broker's return until the spool is empty.
DRAIN_LIMIT_SECONDS = 300


def measure_r4(rounds, seconds, noise, tell):
    """R4: a broker that is killed, and one that is frozen, under a steady load."""
    if noise:
        return []
    rows = []
    for fault, strike in {"killed": killed, "frozen": frozen}.items():
        rounds_of = []
        for number in range(rounds):
            rounds_of.append(run(strike, seconds * FAULT_FACTOR))
            tell(f"R4 {fault}, round {number + 1}/{rounds}: {summary(rounds_of[-1])}")
        work = f"{RATE}/s, broker {fault} for {seconds * FAULT_FACTOR} s"
        rows.append(comparison.alone("R4", f"{work}: answers that are not 202", [r["failed"] for r in rounds_of], "answers", "0"))
        rows.append(comparison.alone("R4", f"{work}: 99th percentile", [r["p99"] for r in rounds_of], "µs", "50 ms"))
    return rows


def run(strike, seconds):
    """Steady load over `seconds` without the broker and until all that was spooled is in its queue."""
    with brokers.node() as broker, broker.fresh_queue("classic"), harness.scratch_folder() as folder:
        settings = {
            "BEACONGATE_ROLE": "ingest", "BEACONGATE_BROKER_URLS": broker.url, "BEACONGATE_CONSOLE_FORMAT": "off"}
        body = folder / "event.json"
        body.write_bytes(harness.event_body())
        with harness.gateway(folder, "none", settings) as gateway, steady(gateway.port, seconds, body) as client:
            time.sleep(QUIET_SECONDS)
            with strike(broker):
                time.sleep(seconds)
            returned = time.monotonic()
            while harness.metric(gateway.admin, "beacongate_spool_events") > 0 or not connected(gateway.admin):
                if time.monotonic() - returned > DRAIN_LIMIT_SECONDS:
                    raise harness.BenchError(f"the spool was not empty after {DRAIN_LIMIT_SECONDS} s")
                time.sleep(0.5)
            drained = time.monotonic() - returned
            time.sleep(QUIET_SECONDS)
            result = references.answer(client, "enough\n")
            accepted = harness.accepted_events(gateway.admin)
            with broker.watching() as until:
                until(accepted)
            return result | {
                "failed": result["sent"] - result["messages"], "drained": drained,
                "spooled": harness.accepted_events(gateway.admin, 'stored="spool"')}


def connected(admin):
    return harness.metric(admin, "beacongate_broker_connected") == 1


@contextlib.contextmanager
def killed(broker):
    broker.kill()
    yield
    broker.start()


@contextlib.contextmanager
def frozen(broker):
    broker.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        broker.signal(signal.SIGCONT)


@contextlib.contextmanager
def steady(port, seconds, body):
    """The open loop, until it is told that it is enough."""
    limit = 2 * QUIET_SECONDS + seconds + DRAIN_LIMIT_SECONDS
    client = references.started("pacer", port, RATE, limit, CONNECTIONS, 1, body)
    try:
        yield client
    finally:
        references.ended(client)


def summary(result):
    return (
        f"{result['sent']:,} requests, {result['failed']} not answered 202, median {result['p50'] / 1000:.1f} ms, "
        f"p99 {result['p99'] / 1000:.1f} ms, worst {result['max'] / 1000:.0f} ms, {result['spooled']:,} by way of the spool, "
        f"drained {result['drained']:.1f} s after the broker was back")
