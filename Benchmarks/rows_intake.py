"""Rows about intake on the embedded queue."""

import comparison
import harness


def measure_p1(rounds, seconds, noise, tell):
    """P1: single events, embedded queue, fsync before the 202, against nginx `return 202`."""
    rows = []
    for connections, goal in ((64, 0.6), (256, 0.8)):
        programs = {"nginx": lambda _: run_p1(None, connections, seconds)}
        # The goal is for intake; delivery on the same cores is shown beside it.
        goals = {"intake alone": goal, "intake and console delivery": None}
        if noise:
            programs["the reference again"] = programs["nginx"]
            goals = {"the reference again": None}
        else:
            programs["intake alone"] = lambda _: run_p1("none", connections, seconds)
            programs["intake and console delivery"] = lambda _: run_p1("logbeacon,telegram", connections, seconds)
        results = comparison.in_turn(f"P1 {connections} connections", rounds, programs, tell)
        for name, its_goal in goals.items():
            rows.append(comparison.rates(
                "P1", f"{connections} connections, {name}", "nginx `return 202`", results[name], results["nginx"], its_goal))
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
