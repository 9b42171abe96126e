#!/usr/bin/env python3
"""Counts what one event costs the release binary, in instructions and in allocations, and compares it with a baseline.

Counts do not depend on how busy a machine is: they are taken under valgrind, once with few and once with many events, so that what a
start costs drops out. Intake is asked by one client that sends one request after the other; a delivery is one from a full embedded
queue to LogBeacon, libcurl's part included.

Exit codes: 0 within the baseline, 1 dearer than it or not to be believed, 64 usage.
"""

import argparse
import http.client
import json
import pathlib
import re
import subprocess
import sys

import batches
import delivery
import harness
import sinks

BASELINE = pathlib.Path(__file__).with_name("baseline.json")
FEW, MANY = 500, 2500
BATCH = 100
# How much dearer than the baseline an event may be before somebody has to look.
INSTRUCTIONS_TOLERANCE = 1.10
ALLOCATIONS_TOLERANCE = 1.0
# A program under valgrind is slow.
VALGRIND_LIMIT_SECONDS = 60


def send(port, count, batch):
    """Sends `count` events over one connection, `batch` to a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=VALGRIND_LIMIT_SECONDS)
    event = harness.event_body()
    body = event if batch == 1 else b"\n".join([event] * batch)
    headers = {"Content-Type": "application/json" if batch == 1 else "application/x-ndjson"}
    for _ in range(count // batch):
        connection.request("POST", "/log", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 202:
            raise harness.BenchError(f"an event was answered {answer.status}: {text[:300]!r}")
    connection.close()


def take(folder, batch, count):
    """Intake of `count` events, `batch` to a request, without a worker."""
    with harness.gateway(folder, "none") as (port, *_):
        send(port, count, batch)


def deliver(folder, count):
    """A worker that starts on `count` events."""
    with sinks.counting() as sink:
        settings = delivery.settings(sink.port)
        observer, harness.observer = harness.observer, []
        with harness.gateway(folder, "none", settings) as (port, *_):
            batches.fill(port, count)
        harness.observer = observer
        with harness.gateway(folder, "logbeacon", settings):
            if not sink.wait_for(count, VALGRIND_LIMIT_SECONDS):
                raise harness.BenchError(f"{sink.arrived} of {count} events were delivered in {VALGRIND_LIMIT_SECONDS} s")


def observed(tool, work, count, pattern):
    """Runs the gateway under a tool of valgrind for `count` events; the number that `pattern` finds in what the tool wrote."""
    with harness.scratch_folder() as folder:
        output = folder / "valgrind.out"
        log = folder / "valgrind.log"
        harness.observer = ["valgrind", f"--log-file={log}", *[part.replace("@", str(output)) for part in tool]]
        work(folder, count)
        text = log.read_text(errors="replace") + (output.read_text(errors="replace") if output.exists() else "")
        found = re.search(pattern, text, re.MULTILINE)
        if found is None:
            raise harness.BenchError(f"{tool[0]} told nothing: {text[-300:]}")
        return int(found.group(1).replace(",", ""))


def cost(tool, work, pattern):
    few, many = (observed(tool, work, count, pattern) for count in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def measure():
    callgrind = ["--tool=callgrind", "--callgrind-out-file=@"]
    heap = ["--tool=dhat", "--dhat-out-file=/dev/null"]
    costs = {}
    for name, work in (
            ("single", lambda folder, count: take(folder, 1, count)),
            (f"batch of {BATCH}", lambda folder, count: take(folder, BATCH, count)),
            ("delivery", deliver)):
        costs[name] = {
            "instructions": round(cost(callgrind, work, r"^(?:summary|totals): (\d+)")),
            "allocations": round(cost(heap, work, r"Total: +[\d,]+ bytes in ([\d,]+) blocks"), 1),
        }
    return costs


def complaints(costs, baseline):
    for name, now in costs.items():
        before = baseline.get(name)
        if before is None:
            yield f"{name}: there is no baseline; write one with --write"
            continue
        if now["instructions"] > before["instructions"] * INSTRUCTIONS_TOLERANCE:
            yield f"{name}: {now['instructions']:,} instructions an event, {before['instructions']:,} in the baseline"
        if now["allocations"] > before["allocations"] + ALLOCATIONS_TOLERANCE:
            yield f"{name}: {now['allocations']} allocations an event, {before['allocations']} in the baseline"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--gateway", metavar="FILE", default=str(harness.RELEASE), help="the release binary")
    parser.add_argument("--write", action="store_true", help="make what is measured the baseline")
    given = parser.parse_args()
    harness.program("valgrind")
    harness.SCRATCH.mkdir(parents=True, exist_ok=True)
    # valgrind of Debian 12 cannot read the debug information that Swift writes.
    harness.binary = harness.SCRATCH / "stripped"
    subprocess.run([harness.program("strip"), "-g", "-o", harness.binary, given.gateway], check=True)
    costs = measure()
    for name, one in costs.items():
        print(f"{name}: {one['instructions']:,} instructions and {one['allocations']} allocations an event")
    if given.write:
        BASELINE.write_text(json.dumps(costs, indent=2) + "\n", encoding="utf-8")
        return 0
    found = list(complaints(costs, json.loads(BASELINE.read_text(encoding="utf-8"))))
    for line in found:
        print(f"guard: {line}", file=sys.stderr)
    return 1 if found else 0


try:
    sys.exit(main())
except harness.BenchError as error:
    print(f"guard: {error}", file=sys.stderr)
    sys.exit(1)
