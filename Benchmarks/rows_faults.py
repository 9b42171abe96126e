"""The row about faults: what clients notice while the broker is away. It has no reference."""

import collections
import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import broker as brokers
import comparison
import harness

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
            "BEACONGATE_ROLE": "ingest", "BEACONGATE_BROKER_URLS": broker.url, "BEACONGATE_CONSOLE_FORMAT": "off",
            "BEACONGATE_HTTP_IDLE_TIMEOUT": "1h"}
        with harness.gateway(folder, "none", settings) as gateway, steady(gateway.port) as client:
            time.sleep(QUIET_SECONDS)
            began = time.monotonic()
            with strike(broker):
                time.sleep(seconds)
            returned = time.monotonic()
            while harness.metric(gateway.admin, "beacongate_spool_events") > 0 or not connected(gateway.admin):
                if time.monotonic() - returned > DRAIN_LIMIT_SECONDS:
                    raise harness.BenchError(f"the spool was not empty after {DRAIN_LIMIT_SECONDS} s")
                time.sleep(0.5)
            drained = time.monotonic() - returned
            time.sleep(QUIET_SECONDS)
            result = measured(client) | {"drained": drained}
            accepted = harness.accepted_events(gateway.admin)
            with broker.watching() as until:
                until(accepted)
            return result


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
def steady(port):
    client = subprocess.Popen(
        [sys.executable, str(harness.ROOT / "Benchmarks" / "steady.py"), str(port), str(RATE), str(CONNECTIONS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, harness.CORES))
    try:
        yield client
    finally:
        client.kill()
        client.wait()


def measured(client):
    out, errors = client.communicate("stop\n", timeout=2 * harness.ANSWER_LIMIT_SECONDS)
    if client.returncode != 0:
        raise harness.BenchError(f"the client ended with {client.returncode}: {errors[-300:]}")
    seconds = {int(second): figures for second, figures in json.loads(out).items()}
    microseconds = sorted(value for figures in seconds.values() for value in figures["microseconds"])
    status = sum((collections.Counter(figures["status"]) for figures in seconds.values()), collections.Counter())
    stored = sum((collections.Counter(figures["stored"]) for figures in seconds.values()), collections.Counter())
    return {
        "answers": len(microseconds),
        "failed": len(microseconds) - status["202"],
        "stored": dict(stored),
        "p50": microseconds[len(microseconds) // 2],
        "p99": microseconds[len(microseconds) * 99 // 100],
        "p999": microseconds[len(microseconds) * 999 // 1000],
        "worst": microseconds[-1],
        "seconds": {second: percentile(figures["microseconds"]) for second, figures in sorted(seconds.items())},
    }


def percentile(values):
    values = sorted(values)
    return values[len(values) // 2], values[len(values) * 99 // 100], len(values)


def summary(result):
    return (
        f"{result['answers']:,} answers, {result['failed']} not 202, median {result['p50'] / 1000:.1f} ms, "
        f"p99 {result['p99'] / 1000:.1f} ms, p99.9 {result['p999'] / 1000:.1f} ms, worst {result['worst'] / 1000:.0f} ms, "
        f"stored {result['stored']}, drained {result['drained']:.1f} s after the broker was back")
