"""A program's rounds beside its reference's, as one row of the table."""

import statistics


def in_turn(title, rounds, programs, tell):
    """Runs each program once a round; gives the results by name.

    `programs` maps a name to a function, which is given the results so far.
    """
    results = {name: [] for name in programs}
    for number in range(rounds):
        for name, run in programs.items():
            results[name].append(run(results))
            tell(f"{title}, round {number + 1}/{rounds}: {name} {summary(results[name][-1])}")
    return results


def summary(result):
    """How a round went, in a few words."""
    events = result["messages"] if "messages" in result else result["requests"]
    text = f"{result['rate']:,.0f}/s, {events:,} in all"
    if "p50" in result:
        text += f", median {result['p50'] / 1000:.2f} ms"
    if result.get("spooled"):
        text += f", {result['spooled']:,} by way of the spool"
    if "packed" in result:
        text += f", {result['packed']:.1f} events a message"
    if "beside" in result:
        text += f", beside {result['beside']:,.0f} requests/s"
    return text


def rates(row, work, reference, own, other, goal):
    """Rounds of events per second; more is better."""
    return compared(row, work, reference, own, other, "rate", "/s", "≥", goal)


def latencies(row, work, reference, own, other, goal):
    """Rounds of median latencies; less is better."""
    return compared(row, work, reference, own, other, "p50", "µs", "≤", goal)


def compared(row, work, reference, own, other, figure, unit, relation, goal):
    """`own` and `other` are results of rounds that ran in turn: the ratio is taken within each round."""
    values = [result[figure] for result in own]
    reference_values = [result[figure] for result in other]
    ratios = [mine / its for mine, its in zip(values, reference_values, strict=True)]
    return {
        "row": row,
        "work": work,
        "reference": reference,
        "unit": unit,
        "values": values,
        "reference_values": reference_values,
        "value": statistics.median(values),
        "reference_value": statistics.median(reference_values),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "p99_microseconds": statistics.median(result["p99"] for result in own) if "p99" in own[0] else None,
        "goal": None if goal is None else f"{relation} {goal}×",
    }


def alone(row, work, values, unit, goal=None):
    """Rounds of a figure that has no reference; less is better. `goal` is a text, such as `30 MiB`."""
    return {
        "row": row,
        "work": work,
        "unit": unit,
        "values": values,
        "value": statistics.median(values),
        "goal": None if goal is None else f"≤ {goal}",
    }
