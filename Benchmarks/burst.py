"""A burst above what the broker takes: how fast it is accepted, what goes by way of the spool, when all of it is in the queue."""

import time

import batches
import comparison
import harness

# A burst lasts this many rounds' lengths: 10 s for rounds of 5 s.
LENGTH = 2
# Together these have more events under way than the broker confirms within broker.confirm_timeout.
CONNECTIONS = 32
# Until the broker has what came in the burst.
ARRIVAL_LIMIT_SECONDS = 300
# A copy that was sent twice may be on its way when the last expected one arrives.
SETTLE_SECONDS = 0.3


def run(broker, kind, seconds, settings, wait_until_connected):
    """Posts batches for `LENGTH` rounds; everything accepted must arrive in the queue, exactly once."""
    with harness.scratch_folder() as folder, broker.fresh_queue(kind):
        with (
            harness.gateway(folder, "none", settings) as gateway,
            broker.watching(ARRIVAL_LIMIT_SECONDS) as until,
            broker.watching() as until_settled,
        ):
            wait_until_connected(gateway.admin)
            start = time.monotonic()
            result = batches.load(gateway.port, CONNECTIONS, LENGTH * seconds)
            accepted = harness.accepted_events(gateway.admin)
            if accepted != result["messages"]:
                raise harness.BenchError(f"{result['messages']} events were answered, but {accepted} are counted as accepted")
            spooled = harness.accepted_events(gateway.admin, 'stored="spool"')
            until(accepted)
            until_queued = (time.monotonic() - start) * 1_000_000
            time.sleep(SETTLE_SECONDS)
            settled = until_settled(accepted)["messages"]
            if settled != accepted:
                raise harness.BenchError(f"{settled} messages are in the queue, of {accepted} events accepted")
            return result | {"spooled": spooled, "until_queued": until_queued}


def rows(kind, reference, results, publisher_results):
    """The burst's rows of the table; the broker's own speed is what the C publisher makes of it in the same rounds."""
    work = f"{kind} queue, burst"
    return [
        comparison.rates("P2", f"{work}, accepted", reference, results, publisher_results, None),
        comparison.alone(
            "P2", f"{work}, by way of the spool", [100 * result["spooled"] / result["messages"] for result in results], "%"),
        comparison.alone("P2", f"{work}, until all is in the queue", [result["until_queued"] for result in results], "µs"),
        comparison.rates("P2", f"{work}, all in the queue", reference, [
            result | {"rate": result["messages"] * 1_000_000 / result["until_queued"]} for result in results
        ], publisher_results, None),
    ]
