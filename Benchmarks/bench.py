#!/usr/bin/env python3
"""Measures Beacongate against references that run in the same minutes on the same cores, and prints ratios.

Exit codes: 0 measured, 1 a measurement cannot be believed, 64 usage. Goals are shown, never enforced: machines are shared.
"""

import argparse
import json
import signal
import sys

import harness
import rows


def table(results):
    lines = [
        "| row | work | reference | events/s | reference/s | ratio (min–max) | p99 | goal |",
        "|---|---|---|---:|---:|---:|---:|---|",
    ]
    for row in results:
        goal = "" if row["goal"] is None else f"≥ {row['goal']}×"
        lines.append(
            f"| {row['row']} | {row['work']} | {row['reference']} | {row['rate']:,.0f} | {row['reference_rate']:,.0f} "
            f"| {row['ratio']:.2f}× ({row['ratio_min']:.2f}–{row['ratio_max']:.2f}) "
            f"| {row['p99_microseconds'] / 1000:.1f} ms | {goal} |")
    return "\n".join(lines)


def document(results, machine, rounds, seconds):
    return f"""# Benchmarks

Only ratios mean something: a program and its reference run in turn on the same cores, the client beside them, and each
round's ratio is taken. Shown are medians of {rounds} rounds of {seconds} s. Rates are context. `make bench` repeats this.

{table(results)}

P1 posts one 250-byte event of level 1 per request. The gateway answers 202 after the fsync; nginx answers 202 and keeps
nothing. A round in which any answer is not 2xx is not counted but fails the run.

Machine: {machine['cpu']}, {machine['cores_used']} cores used, {machine['memory_gib']} GiB, Linux {machine['kernel']},
data on {machine['filesystem']}. Commit {machine['commit']}, {machine['date']}.

{analysis()}"""


def analysis():
    """What somebody has written about the figures outlives them."""
    text = (harness.ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    mark = text.find("## What the figures say")
    return text[mark:] if mark >= 0 else ""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", default="P1", help="comma separated: " + ", ".join(rows.ROWS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="length of a round")
    parser.add_argument("--noise", action="store_true", help="the reference against itself: how far ratios scatter here")
    parser.add_argument("--json", metavar="FILE", default=str(harness.SCRATCH / "results.json"))
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    given = parser.parse_args()
    given.rows = [name.strip().upper() for name in given.rows.split(",") if name.strip()]
    unknown = [name for name in given.rows if name not in rows.ROWS]
    if unknown or not given.rows:
        print(f"bench: no row {', '.join(unknown) or 'is named'}; there are {', '.join(rows.ROWS)}", file=sys.stderr)
        sys.exit(64)
    if not (1 <= given.rounds <= 50 and 1 <= given.seconds <= 60) or given.noise and given.write:
        print("bench: --rounds is 1 to 50, --seconds 1 to 60, and --noise writes no document", file=sys.stderr)
        sys.exit(64)
    return given


def main():
    given = arguments()
    # Ends the `with` blocks too, which stop what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    def tell(line):
        print(line, file=sys.stderr, flush=True)

    results = []
    for name in given.rows:
        results += rows.ROWS[name](given.rounds, given.seconds, given.noise, tell)
    machine = harness.machine()
    harness.SCRATCH.mkdir(parents=True, exist_ok=True)
    with open(given.json, "w", encoding="utf-8") as file:
        json.dump({"machine": machine, "rounds": given.rounds, "seconds": given.seconds, "results": results}, file, indent=2)
    print(table(results))
    print(f"\n{machine['cpu']}, {machine['cores_used']} cores, commit {machine['commit']}; all figures in {given.json}")
    if given.write:
        text = document(results, machine, given.rounds, given.seconds)
        (harness.ROOT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")


try:
    main()
except harness.BenchError as error:
    print(f"bench: {error}", file=sys.stderr)
    sys.exit(1)
except KeyboardInterrupt:
    sys.exit(130)
