"""Rows about intake on the embedded queue."""

import batches
import broker
import comparison
import harness
import references

# Clients that post batches; each waits for its answer.
BATCH_CONNECTIONS = 4
SKETCH = "a sketch in C, without JSON or checks"


def measure_p1(rounds, seconds, noise, tell):
    """P1: single events, embedded queue, fsync before the 202, against nginx `return 202`."""
    rows = []
    for connections, goal in ((64, 0.6), (256, 0.8)):
        programs = {"nginx": lambda _: run_server(harness.nginx, connections, seconds)}
        # The goal is for intake; delivery on the same cores, and what is left when all but HTTP and SQLite is left out, are shown beside it.
        goals = {"intake alone": goal, "intake and console delivery": None, SKETCH: None}
        if noise:
            programs["the reference again"] = programs["nginx"]
            goals = {"the reference again": None}
        else:
            programs["intake alone"] = lambda _: run_p1("none", connections, seconds)
            programs["intake and console delivery"] = lambda _: run_p1("logbeacon,telegram", connections, seconds)
            programs[SKETCH] = lambda _: run_server(references.sketch, connections, seconds)
        results = comparison.in_turn(f"P1 {connections} connections", rounds, programs, tell)
        for name, its_goal in goals.items():
            rows.append(comparison.rates(
                "P1", f"{connections} connections, {name}", "nginx `return 202`", results[name], results["nginx"], its_goal))
    return rows


def run_server(server, connections, seconds):
    """One round of a program that is no gateway."""
    with harness.scratch_folder() as folder, server(folder) as port:
        return harness.load(port, "/log", connections, seconds, folder)


def run_p1(workers, connections, seconds):
    """One round of the gateway on fresh data."""
    with harness.scratch_folder() as folder, harness.gateway(folder, workers) as gateway:
        result = harness.load(gateway.port, "/log", connections, seconds, folder)
        counted = harness.accepted_events(gateway.admin)
        if counted < result["requests"]:
            raise harness.BenchError(f"{result['requests']} were answered, but {counted} are counted as accepted")
        return result


def measure_p5(rounds, seconds, noise, tell):
    """P5: batches of 1000 lines, embedded queue, fsync before the 202, against SQLite alone with as many rows a commit."""
    reference = f"C on SQLite, {batches.EVENTS} rows a commit"
    name, goal = ("the reference again", None) if noise else ("intake alone", 0.5)
    results = comparison.in_turn("P5", rounds, {
        reference: lambda _: run_writer(seconds),
        name: lambda _: run_writer(seconds) if noise else run_batches(seconds),
    }, tell)
    work = name if noise else f"batches of {batches.EVENTS}, {BATCH_CONNECTIONS} connections, {name}"
    return [comparison.rates("P5", work, reference, results[name], results[reference], goal)]


def run_writer(seconds):
    with harness.scratch_folder() as folder:
        body = folder / "message.json"
        body.write_bytes(broker.queued_body())
        return references.measured("writer", folder / "events.db", batches.EVENTS, seconds, body)


def run_batches(seconds):
    """Without console lines, which would be a thousand a request."""
    settings = {"BEACONGATE_CONSOLE_FORMAT": "off"}
    with harness.scratch_folder() as folder, harness.gateway(folder, "none", settings) as gateway:
        result = harness.load(gateway.port, "/log", BATCH_CONNECTIONS, seconds, folder, batch=batches.EVENTS)
        events = result["requests"] * batches.EVENTS
        counted = harness.accepted_events(gateway.admin)
        if counted < events:
            raise harness.BenchError(f"{events} events were answered, but {counted} are counted as accepted")
        return result | {"messages": events, "rate": result["rate"] * batches.EVENTS}
