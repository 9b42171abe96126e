"""Row P10: how the rate of single events changes with connections, a spool that fills, domains and threads."""

import batches
import comparison
import harness

CONNECTIONS = [1, 8, 64, 512, 4096]
USUAL_CONNECTIONS = 64
DOMAINS = [1, 1000]
THREADS = [1, 2]
# From the usual number of connections up, and with a spool that fills.
GOAL = 0.8
QUIET = {"BEACONGATE_CONSOLE_FORMAT": "off"}


def measure_p10(rounds, seconds, noise, tell):
    """P10: events/s of one gateway against itself at another point, in the same rounds."""
    if noise:
        return []
    spooled = [0, harness.spooled // 10, harness.spooled]
    return [
        *growth("connections", CONNECTIONS, USUAL_CONNECTIONS, GOAL, rounds, tell, lambda count: run(
            seconds, connections=count)),
        *growth("spooled before", spooled, 0, GOAL, rounds, tell, lambda count: run(seconds, spooled=count)),
        *growth("domains", DOMAINS, 1, None, rounds, tell, lambda count: run_domains(seconds, count)),
        *growth("http.threads", THREADS, 1, None, rounds, tell, lambda count: run(
            seconds, settings={"BEACONGATE_HTTP_THREADS": str(count)})),
    ]


def growth(series, points, base, goal, rounds, tell, measure):
    """A row for each point; the goal is for those beyond the one that all are compared with."""
    results = comparison.in_turn(f"P10 {series}", rounds, {point: lambda _, at=point: measure(at) for point in points}, tell)
    return [
        comparison.rates(
            "P10", f"{series}: {point:,}", f"{series}: {base:,}", results[point], results[base], goal if point > base else None)
        for point in points]


def run(seconds, connections=USUAL_CONNECTIONS, spooled=0, settings=None):
    with harness.scratch_folder() as folder, harness.gateway(folder, "none", QUIET | (settings or {})) as gateway:
        batches.fill(gateway.port, spooled)
        return checked(harness.load(gateway.port, "/log", connections, seconds, folder), gateway, spooled)


def checked(result, gateway, before=0):
    """A result, believed if the gateway counts as many."""
    counted = harness.accepted_events(gateway.admin)
    if counted < before + result["requests"]:
        raise harness.BenchError(f"{before + result['requests']} were answered, but {counted} are counted as accepted")
    return result


def run_domains(seconds, count):
    """Events go to the domains in turn; the client has the same work with one domain as with many."""
    names = [f"shop-{number}.example.com" for number in range(1, count + 1)]
    settings = QUIET | {"BEACONGATE_DOMAINS": ",".join(names)}
    with harness.scratch_folder() as folder, harness.gateway(folder, "none", settings) as gateway:
        turns = [names[number % count] for number in range(max(DOMAINS))]
        return checked(harness.load(gateway.port, "/log", USUAL_CONNECTIONS, seconds, folder, domains=turns), gateway)
