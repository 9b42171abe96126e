"""Rows about gateways that somebody means harm, or asks for more than they can do: R7 and R8. docs/http.md and docs/overload.md
have what they showed."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys

import attacks
import comparison
import document
import harness
import references
import rows_process

# The legitimate client: requests a second, over so many connections, from an address of its own.
CLIENT_RATE = 300
CLIENT_CONNECTIONS = 8
CLIENT_ADDRESS = "192.0.2.1"
READY_LIMIT_SECONDS = 30
STOP_LIMIT_SECONDS = 20
QUIET = {"BEACONGATE_CONSOLE_FORMAT": "off"}
BEHIND_PROXY = QUIET | {"BEACONGATE_HTTP_PROXY_PROTOCOL": "true", "BEACONGATE_HTTP_TRUSTED_PROXIES": "127.0.0.1"}
OVERLOAD = 3
# How many connections reach the peak of clients that wait for their answers, of these.
PEAK_CONNECTIONS = (64, 128, 256, 512)
# And at which of these multiples of that peak most is accepted of clients that do not.
OPEN_LOOP_RATES = (2, 3, 4)
# Requests that a connection of such a client has under way.
DEPTH = 64
PACER_RATE_MAX = 500_000
# Clients with one request under way each.
CROWD = 6000
# An event so large that such a crowd has more under way than fits into http.max_buffered_bytes, and how many connections reach its peak.
LARGE_EVENT = json.dumps({"level": 1, "def_name": "f", "message": "x" * 9000, "extra_info": "y" * 2900}).encode()
LARGE_CONNECTIONS = 256
# A store that is full at once.
SMALL_STORE = "4MiB"
# What a gateway may hold beside http.max_buffered_bytes is as much again.
MEMORY_GOAL = "128 MiB"


def measure_r7(rounds, seconds, noise, tell):
    """R7: a client at a modest rate while each attack runs, against itself before and after the attack."""
    if noise:
        return []
    results = {name: [] for name in attacks.ATTACKS}
    with harness.scratch_folder() as folder, harness.gateway(folder, "none", BEHIND_PROXY, asks_admin=True) as gateway:
        body = folder / "event.json"
        body.write_bytes(harness.event_body())
        paced(gateway.port, body, CLIENT_RATE, seconds, address=[CLIENT_ADDRESS])
        for number in range(rounds):
            for name in attacks.ATTACKS:
                results[name].append(attacked(gateway, body, name, seconds))
                tell(f"R7 {name}, round {number + 1}/{rounds}: {told(results[name][-1])}")
    return [row for name in attacks.ATTACKS for row in rows_of(name, results[name])]


def told(result):
    return (
        f"{result['own']['messages']} of {result['own']['due']} are 202, p99 {result['own']['p99'] / 1000:.1f} ms, quiet "
        f"{result['quiet']['p99'] / 1000:.1f} ms, {document.figure(result['memory'], 'KiB')} at most, {result['attack']}")


def rows_of(name, results):
    accepted, due = (sum(result["own"][figure] for result in results) for figure in ("messages", "due"))
    work = f"{name}: {accepted:,} of {due:,} are 202"
    quiet = [{"p99": result["quiet"]["p99"]} for result in results]
    own = [{"p99": result["own"]["p99"]} for result in results]
    return [
        comparison.compared("R7", work, "the client alone, p99", own, quiet, "p99", "µs", "≤", 2),
        comparison.alone("R7", f"{name}: most resident memory", [result["memory"] for result in results], "KiB", "128 MiB")]


def attacked(gateway, body, name, seconds):
    """The client without the attack, then with it; the most memory meanwhile."""
    quiet = paced(gateway.port, body, CLIENT_RATE, seconds, address=[CLIENT_ADDRESS])
    # Sets VmHWM to what is resident now (proc(5)).
    pathlib.Path(f"/proc/{gateway.pid}/clear_refs").write_text("5")
    with attacker(name, gateway.port) as attack:
        own = paced(gateway.port, body, CLIENT_RATE, seconds, address=[CLIENT_ADDRESS])
    return {"quiet": quiet, "own": own, "memory": rows_process.memory(gateway.pid)["VmHWM"], "attack": attack}


@contextlib.contextmanager
def attacker(name, port):
    """Runs the attack while the block does; what it has done is there afterwards."""
    child = subprocess.Popen(
        [sys.executable, str(pathlib.Path(attacks.__file__)), name, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, preexec_fn=lambda: os.sched_setaffinity(0, harness.CORES))
    result = {}
    try:
        if child.stdout.readline() != "READY\n":
            raise harness.BenchError(f"the attack '{name}' did not begin")
        yield result
        output, _ = child.communicate(timeout=STOP_LIMIT_SECONDS)
        result.update(json.loads(output))
    finally:
        references.ended(child)


def paced(port, body, rate, seconds, connections=CLIENT_CONNECTIONS, depth=1, address=()):
    """The open loop of the C program `pacer`; with an address it says whose its connections are."""
    return references.answer(references.started("pacer", port, rate, seconds, connections, depth, body, *address))


def measure_r8(rounds, seconds, noise, tell):
    """R8: three times the connections that reach the peak, and open loops of three times the peak's rate, against the peak."""
    if noise:
        return []
    results = {}

    def measured(name, run, peak=None):
        result = run() | {"peak": peak and peak["rate"]}
        results.setdefault(name, []).append(result)
        tell(f"R8 {name}: {overload_told(result)}")
        return result

    def best(runs):
        return max((measured(name, run) for name, run in runs.items()), key=lambda result: result["rate"])

    for _ in range(rounds):
        peak = best({f"{count} connections": lambda count=count: closed(count, seconds) for count in PEAK_CONNECTIONS})
        connections = OVERLOAD * peak["connections"]
        measured(f"{OVERLOAD}× the connections", lambda: closed(connections, seconds), peak)
        rates = {rate: int(rate * peak["rate"]) for rate in OPEN_LOOP_RATES}
        piped = best({
            f"open loop, {rate}× that rate, {DEPTH} requests a connection":
                lambda given=given: open_loop(given, connections, DEPTH, seconds) for rate, given in rates.items()})
        measured(
            f"open loop, {OVERLOAD}× the rate, {DEPTH} requests a connection",
            lambda: open_loop(OVERLOAD * int(piped["rate"]), connections, DEPTH, seconds), piped)
        measured(
            f"open loop, {OVERLOAD}× the rate, {CROWD} connections",
            lambda: open_loop(OVERLOAD * int(peak["rate"]), CROWD, 1, seconds), peak)
        large = measured(
            f"12 kB events, {LARGE_CONNECTIONS} connections",
            lambda: open_loop(OVERLOAD * int(peak["rate"]), LARGE_CONNECTIONS, 1, seconds, LARGE_EVENT))
        measured(
            f"12 kB events, open loop, {OVERLOAD}× the rate, {CROWD} connections",
            lambda: open_loop(OVERLOAD * int(large["rate"]), CROWD, 1, seconds, LARGE_EVENT), large)
        measured("full store, half the rate", lambda: full_store(int(peak["rate"]) // 2, connections, seconds))
    return [row for name, own in results.items() for row in overload_rows(name, own)]


def overload_rows(name, own):
    rows = []
    if own[0]["peak"]:
        peaks = [{"rate": result["peak"]} for result in own]
        rows.append(comparison.rates("R8", f"{name}: goodput", "the peak", own, peaks, 0.9))
        memory = [result["memory"] for result in own]
        rows.append(comparison.alone("R8", f"{name}: most resident memory", memory, "KiB", MEMORY_GOAL))
    if any(result.get("refused") for result in own):
        rows.append(comparison.alone("R8", f"{name}: p99 of refusals", [result["refused_p99"] for result in own], "µs", "20 ms"))
    return rows


def overload_told(result):
    text = f"{result['rate']:,.0f}/s, {document.figure(result['memory'], 'KiB')} at most"
    if "refused" in result:
        text += (
            f", {result['refused']:,} refused (median {result['refused_p50'] / 1000:.1f} ms, p99 {result['refused_p99'] / 1000:.1f} ms, "
            f"{result['without_retry_after']} without Retry-After), {result['lost']:,} lost, {result['unexpected']:,} other answers, "
            f"{result['sent']:,} of {result['due']:,} sent")
    return text


def closed(connections, seconds):
    """As P1 has it: each connection waits for its answer."""
    with harness.scratch_folder() as folder, harness.gateway(folder, "none", QUIET) as gateway:
        result = harness.load(gateway.port, "/log", connections, seconds, folder)
        return result | {
            "connections": connections, "memory": rows_process.memory(gateway.pid)["VmHWM"]}


def open_loop(rate, connections, depth, seconds, event=None, settings=None):
    with harness.scratch_folder() as folder, harness.gateway(folder, "none", QUIET | (settings or {})) as gateway:
        body = folder / "event.json"
        body.write_bytes(event or harness.event_body())
        result = paced(gateway.port, body, min(rate, PACER_RATE_MAX), seconds, connections, depth)
        return result | {"rate": result["in_time"] / seconds, "memory": rows_process.memory(gateway.pid)["VmHWM"]}


def full_store(rate, connections, seconds):
    """What is refused because nothing is left to store it in, at a rate that the processor bears."""
    return open_loop(rate, connections, 1, seconds, settings={"BEACONGATE_SPOOL_MAX_BYTES": SMALL_STORE})
