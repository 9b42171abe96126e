"""Delivery to LogBeacon as the gateway counts it, with a local nginx in LogBeacon's place."""

import time
import typing

import harness

DELIVERED = "beacongate_deliveries_total"
# Until everything has been delivered; at 5 s a round there is some half a million.
LIMIT_SECONDS = 300
POLL_SECONDS = 0.02


def settings(sink):
    """Deliver to LogBeacon at port `sink`, and tell nobody on the console."""
    return {
        "BEACONGATE_LOGBEACON_URL": f"http://127.0.0.1:{sink}/",
        "BEACONGATE_TELEGRAM_BOT_TOKEN": "none",
        "BEACONGATE_CONSOLE_FORMAT": "off",
    }


class Progress(typing.NamedTuple):
    """One moment of a gateway: events accepted, copies that LogBeacon has taken, copies that are left."""

    accepted: int
    delivered: int
    left: int


def progress(admin):
    """How far delivery is; any other outcome of a call spoils the measurement."""
    lines = harness.scrape(admin)
    delivered = int(harness.total(lines, DELIVERED, 'outcome="delivered"'))
    others = int(harness.total(lines, DELIVERED)) - delivered
    if others:
        raise harness.BenchError(f"{others} deliveries did not end as delivered")
    accepted = int(harness.total(lines, "beacongate_events_accepted_total"))
    return Progress(accepted, delivered, int(harness.total(lines, "beacongate_spool_events")))


def wait_until_delivered(admin, found=0):
    """Waits until all that was accepted, and all that was `found` at the start, is delivered and gone from the store."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while (now := progress(admin)).left > 0 or now.delivered < now.accepted + found:
        if time.monotonic() > deadline:
            raise harness.BenchError(f"{now.delivered} of {now.accepted + found} were delivered after {LIMIT_SECONDS} s")
        time.sleep(POLL_SECONDS)
    if now.delivered > now.accepted + found:
        raise harness.BenchError(f"{now.delivered} were delivered, of {now.accepted + found}")
    return now


def drained(admin, events):
    """The rate of a worker that has just started on `events`: from the first look that finds some delivered, to the last."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while (first := progress(admin).delivered) == 0:
        if time.monotonic() > deadline:
            raise harness.BenchError(f"nothing was delivered within {LIMIT_SECONDS} s")
    start = time.monotonic()
    wait_until_delivered(admin, events)
    elapsed = time.monotonic() - start
    if first > events / 2:
        raise harness.BenchError(f"{first} of {events} events were delivered at the first look: too few for a rate")
    return {"rate": (events - first) / elapsed, "messages": events - first, "microseconds": round(elapsed * 1_000_000)}
