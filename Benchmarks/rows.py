"""The rows of the benchmark table: each measures a program against its reference, in turn, round by round."""

import statistics

import harness


def measure_p1(rounds, seconds, noise, tell):
    """P1: single events, embedded queue, fsync before the 202, against nginx `return 202`."""
    programs = {"intake alone": "none", "intake and console delivery": "logbeacon,telegram"}
    if noise:
        programs = {"the reference again": None}
    rows = []
    for connections, goal in ((64, 0.6), (256, 0.8)):
        rates = {name: [] for name in ["reference", *programs]}
        p99 = {name: [] for name in rates}
        for number in range(rounds):
            for name in rates:
                result = run_p1(programs.get(name), connections, seconds)
                rates[name].append(result["rate"])
                p99[name].append(result["p99"])
                tell(f"P1 {connections} connections, round {number + 1}/{rounds}: {name} {result['rate']:,.0f}/s")
        for name in programs:
            ratios = [own / other for own, other in zip(rates[name], rates["reference"])]
            rows.append({
                "row": "P1",
                "work": f"{connections} connections, {name}",
                "reference": "nginx `return 202`",
                "rates": rates[name],
                "reference_rates": rates["reference"],
                "rate": statistics.median(rates[name]),
                "reference_rate": statistics.median(rates["reference"]),
                "ratio": statistics.median(ratios),
                "ratio_min": min(ratios),
                "ratio_max": max(ratios),
                "p99_microseconds": statistics.median(p99[name]),
                # The goal is for intake; delivery on the same cores is shown beside it.
                "goal": goal if name == "intake alone" else None,
            })
    return rows


def run_p1(workers, connections, seconds):
    """One round on fresh data; `workers` of the gateway, or None for the reference."""
    with harness.scratch_folder() as folder:
        if workers is None:
            with harness.nginx(folder) as port:
                return harness.load(port, "/log", connections, seconds, folder)
        with harness.gateway(folder, workers) as (port, admin):
            result = harness.load(port, "/log", connections, seconds, folder)
            counted = harness.accepted_events(admin)
            if counted < result["requests"]:
                raise harness.BenchError(f"{result['requests']} were answered, but {counted} are counted as accepted")
            return result


ROWS = {"P1": measure_p1}
