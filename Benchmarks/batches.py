"""NDJSON batches: clients that post so many events in one request."""

import concurrent.futures
import http.client
import os
import time

import harness

EVENTS = 1000
TYPE = "application/x-ndjson"
REQUEST_LIMIT_SECONDS = 30


def body(events=EVENTS):
    """So many lines of the event that the other rows post."""
    return (harness.event_body() + b"\n") * events


def post(connection, events, content):
    """Posts a batch; it must be accepted whole. Gives the microseconds that it took."""
    start = time.monotonic()
    connection.request("POST", "/log", content, {"Content-Type": TYPE})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 202 or b'"status":"accepted"' not in text:
        raise harness.BenchError(f"a batch of {events} was answered {answer.status}: {text[:300]!r}")
    return round((time.monotonic() - start) * 1_000_000)


def fill(port, events):
    """Posts exactly `events` over one connection, batch by batch."""
    content = body()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=REQUEST_LIMIT_SECONDS)
    try:
        for _ in range(events // EVENTS):
            post(connection, EVENTS, content)
        if events % EVENTS:
            post(connection, events % EVENTS, body(events % EVENTS))
    except (OSError, http.client.HTTPException) as error:
        raise harness.BenchError(f"a batch was not answered: {error!r}") from None
    finally:
        connection.close()


def load(port, connections, seconds, events=EVENTS):
    """Posts batches of `events` over `connections` for `seconds`; every answer counts, and the time until the last one.

    wrk drops what is under way when its time is over, which here may be a second's worth of events.
    """
    content, start = body(events), time.monotonic()

    def client():
        os.sched_setaffinity(0, harness.CORES)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=REQUEST_LIMIT_SECONDS)
        try:
            latencies = []
            while time.monotonic() - start < seconds:
                latencies.append(post(connection, events, content))
            return latencies
        except (OSError, http.client.HTTPException) as error:
            raise harness.BenchError(f"a batch was not answered: {error!r}") from None
        finally:
            connection.close()

    with concurrent.futures.ThreadPoolExecutor(connections) as clients:
        latencies = sorted(sum((future.result() for future in [clients.submit(client) for _ in range(connections)]), []))
    elapsed = (time.monotonic() - start) * 1_000_000
    messages = len(latencies) * events
    return {
        "messages": messages, "microseconds": round(elapsed), "rate": messages * 1_000_000 / elapsed,
        "p50": latencies[len(latencies) // 2], "p99": latencies[len(latencies) * 99 // 100]}
