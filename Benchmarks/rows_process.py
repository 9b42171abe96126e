"""Rows about the process itself: memory, start, idling. They have no reference; the figures are the machine's own."""

import contextlib
import os
import pathlib
import socket
import time

import batches
import broker as brokers
import comparison
import delivery
import document
import harness
import rows_broker

IDLE_CONNECTIONS = 10_000
# What the process opens besides its clients' connections.
SPARE_FILES = 200
STARTS = 20
# How long a process idles, for each second of a round: 30 s for one of 5 s.
IDLE_FACTOR = 6
# After the start, or the last event, until memory and processor time are those of a process that idles.
SETTLE_SECONDS = 1
# A gateway that talks on the console measures its log file as well.
QUIET = {"BEACONGATE_CONSOLE_FORMAT": "off"}


def measure_p7(rounds, seconds, noise, tell):
    """P7: resident memory after the start, with idle connections, with a full spool."""
    if noise:
        return []
    situations = {
        "after the start": (run_started, "30 MiB"),
        f"{IDLE_CONNECTIONS:,} idle connections": (run_connected, "100 MiB"),
        f"{harness.spooled:,} events spooled": (run_spooled, "60 MiB"),
    }
    rows = []
    for work, (run, goal) in situations.items():
        results = []
        for number in range(rounds):
            results.append(run())
            now, peak = (document.figure(results[-1][name], "KiB") for name in ("VmRSS", "VmHWM"))
            tell(f"P7 {work}, round {number + 1}/{rounds}: {now}, at most {peak}")
        rows.append(comparison.alone("P7", work, [result["VmRSS"] for result in results], "KiB", goal))
        rows.append(comparison.alone("P7", f"{work}, the most until then", [result["VmHWM"] for result in results], "KiB"))
    return rows


def run_started():
    with harness.scratch_folder() as folder, harness.gateway(folder, "none", QUIET) as gateway:
        time.sleep(SETTLE_SECONDS)
        return memory(gateway.pid)


def run_connected():
    """Each connection asks once and stays open, as a client's that keeps it for the next event."""
    settings = QUIET | {
        "BEACONGATE_HTTP_MAX_CONNECTIONS": str(IDLE_CONNECTIONS + SPARE_FILES), "BEACONGATE_HTTP_IDLE_TIMEOUT": "10m"}
    with harness.scratch_folder() as folder, harness.gateway(folder, "none", settings) as gateway:
        with contextlib.ExitStack() as connections:
            for _ in range(IDLE_CONNECTIONS):
                connection = connections.enter_context(connected(gateway.port))
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                if not connection.recv(4096).startswith(b"HTTP/1.1 200 "):
                    raise harness.BenchError("a connection was not answered 200")
            time.sleep(SETTLE_SECONDS)
            counted = harness.metric(gateway.admin, "beacongate_http_connections")
            if counted < IDLE_CONNECTIONS:
                raise harness.BenchError(f"{IDLE_CONNECTIONS} connections are open, but the gateway counts {counted:.0f}")
            return memory(gateway.pid)


def connected(port):
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=harness.ANSWER_LIMIT_SECONDS)
    except OSError as error:
        raise harness.BenchError(f"a connection could not be opened: {error}; is ulimit -n high enough?") from None


def run_spooled():
    with harness.scratch_folder() as folder, harness.gateway(folder, "none", QUIET) as gateway:
        batches.fill(gateway.port, harness.spooled)
        time.sleep(SETTLE_SECONDS)
        counted = harness.metric(gateway.admin, "beacongate_spool_events")
        if counted != harness.spooled:
            raise harness.BenchError(f"{harness.spooled} events were posted, but {counted:.0f} lie in the spool")
        return memory(gateway.pid)


def memory(pid):
    """VmRSS, and VmHWM, its highest value so far, in KiB."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: int(value.split()[0]) for name, value in (line.split(":", 1) for line in lines) if name in ("VmRSS", "VmHWM")}


def measure_p8(rounds, seconds, noise, tell):
    """P8: from the fork to the first 200 on /health, embedded queue, a data folder of its own; the median of 20 starts."""
    if noise:
        return []
    values = []
    for _ in range(STARTS):
        with harness.scratch_folder() as folder, harness.gateway(folder, "none", QUIET) as gateway:
            values.append(gateway.start_seconds * 1_000_000)
    tell(f"P8, {STARTS} starts: {min(values) / 1000:.1f} to {max(values) / 1000:.1f} ms")
    return [comparison.alone("P8", f"start to the first 200, median of {STARTS}", values, "µs", "100 ms")]


def measure_p9(rounds, seconds, noise, tell):
    """P9: processor time of a process that has nothing to do, role all, without and with a broker."""
    if noise:
        return []
    length = IDLE_FACTOR * seconds
    with brokers.node() as broker:
        situations = {"embedded queue": None, "RabbitMQ": broker}
        values = {name: [] for name in situations}
        for number in range(rounds):
            for name, its_broker in situations.items():
                values[name].append(run_idle(its_broker, length))
                tell(f"P9 {name}, round {number + 1}/{rounds}: {values[name][-1]:.3f} % of a core over {length} s")
    return [
        comparison.alone("P9", f"{name}, role all, idle for {length} s", of_rounds, "%", "0.2 %")
        for name, of_rounds in values.items()]


def run_idle(broker, length):
    """The share of a core, in percent. Both workers run; nobody answers where they would deliver, since nothing is to be."""
    settings = delivery.settings(harness.free_port()) | {
        "BEACONGATE_TELEGRAM_API_BASE": f"http://127.0.0.1:{harness.free_port()}",
        "BEACONGATE_TELEGRAM_BOT_TOKEN": "100000:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "BEACONGATE_TELEGRAM_DEVELOPER_CHAT_ID": "1",
        "BEACONGATE_TELEGRAM_CUSTOMER_CHAT_ID": "2",
    }
    if broker:
        settings["BEACONGATE_BROKER_URLS"] = broker.url
    with harness.scratch_folder() as folder, harness.gateway(folder, "logbeacon,telegram", settings) as gateway:
        if broker:
            rows_broker.wait_until_connected(gateway.admin)
        time.sleep(SETTLE_SECONDS)
        before = processor_seconds(gateway.pid)
        start = time.monotonic()
        time.sleep(length)
        after, elapsed = processor_seconds(gateway.pid), time.monotonic() - start
        if broker and harness.metric(gateway.admin, "beacongate_broker_connected") != 1:
            raise harness.BenchError("the gateway has lost its broker")
        return 100 * max(later - sooner for sooner, later in zip(before, after, strict=True)) / elapsed


def processor_seconds(pid):
    """User and system time of all threads so far (fields 14 and 15 of proc(5)'s stat, counted after the name in brackets).

    That counts in hundredths of a second. What the scheduler has counted for the threads that run now is finer, and may be more.
    """
    process = pathlib.Path(f"/proc/{pid}")
    fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
    coarse = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    fine = sum(int(file.read_text().split()[0]) for file in process.glob("task/*/schedstat")) / 1_000_000_000
    return coarse, fine
