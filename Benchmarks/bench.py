#!/usr/bin/env python3
"""Measures Beacongate against references that run in the same minutes on the same cores, and prints ratios.

Exit codes: 0 measured, 1 a measurement cannot be believed and its row is left out, 64 usage. Goals are shown, never enforced:
machines are shared.
"""

import argparse
import json
import pathlib
import shlex
import signal
import sys

import document
import harness
import rows

# A round is long enough to leave its start behind, and short enough not to fill a queue beyond what memory holds.
SECONDS_MAX = 10
SPOOLED_MAX = 10_000_000
# Rows that look at the process, which would be the observer.
UNOBSERVED = ("P7", "P8", "P9")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", default=",".join(rows.USUAL), help="comma separated; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="length of a round")
    parser.add_argument("--noise", action="store_true", help="the reference against itself: how far ratios scatter here")
    parser.add_argument("--gateway", metavar="FILE", default=str(harness.RELEASE), help="measure this binary instead")
    parser.add_argument("--spooled", type=int, default=harness.spooled, help="events that fill a spool; default: %(default)s")
    parser.add_argument("--under", metavar="COMMAND", default="", help="run the gateway under this, such as 'perf record -g'")
    parser.add_argument("--json", metavar="FILE", default=str(harness.SCRATCH / "results.json"))
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    given = parser.parse_args()
    names = {name.upper(): name for name in rows.ROWS}
    given.rows = [names.get(name.strip().upper(), name.strip()) for name in given.rows.split(",") if name.strip()]
    unknown = [name for name in given.rows if name not in rows.ROWS]
    if unknown or not given.rows:
        print(f"bench: no row {', '.join(unknown) or 'is named'}; there are {', '.join(rows.ROWS)}", file=sys.stderr)
        sys.exit(64)
    if not (1 <= given.rounds <= 50 and 1 <= given.seconds <= SECONDS_MAX):
        print(f"bench: --rounds is 1 to 50, --seconds 1 to {SECONDS_MAX}", file=sys.stderr)
        sys.exit(64)
    if not 1000 <= given.spooled <= SPOOLED_MAX:
        print(f"bench: --spooled is 1000 to {SPOOLED_MAX}", file=sys.stderr)
        sys.exit(64)
    if given.under and (observed := [name for name in given.rows if name in UNOBSERVED]):
        print(f"bench: {', '.join(observed)} would measure what --under names", file=sys.stderr)
        sys.exit(64)
    if given.write and (unwritten := [name for name in given.rows if name in rows.OF_OTHER_DOCUMENTS]):
        print(f"bench: {', '.join(unwritten)} belong into other documents than docs/benchmarks.md", file=sys.stderr)
        sys.exit(64)
    if given.write and (given.noise or given.under or given.spooled != harness.spooled or given.gateway != str(harness.RELEASE)):
        print("bench: what --noise, --gateway, --spooled or --under measures is not for the document", file=sys.stderr)
        sys.exit(64)
    return given


def main():
    given = arguments()
    harness.raise_file_limit()
    harness.binary = pathlib.Path(given.gateway).resolve()
    harness.spooled = given.spooled
    harness.observer = shlex.split(given.under)
    # Ends the `with` blocks too, which stop what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    def tell(line):
        print(line, file=sys.stderr, flush=True)

    # Before anything is written: the document is a part of the tree whose commit this names.
    machine = harness.machine()
    results, unbelieved = [], []
    for name in given.rows:
        try:
            measured = rows.ROWS[name](given.rounds, given.seconds, given.noise, tell)
        except harness.BenchError as error:
            tell(f"bench: {name}: {error}")
            unbelieved.append(name)
            continue
        results += measured
        # Row by row, so that a run that breaks off keeps what it has.
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump({"machine": machine, "rounds": given.rounds, "seconds": given.seconds, "results": results}, file, indent=2)
        if given.write:
            document.write(measured, machine, given.rounds, given.seconds)
    print(document.table(results))
    print(f"\n{machine['cpu']}, {machine['cores_used']} cores, commit {machine['commit']}; all figures in {given.json}")
    if unbelieved:
        raise harness.BenchError(f"no figures for {', '.join(unbelieved)}; see above")


try:
    main()
except harness.BenchError as error:
    print(f"bench: {error}", file=sys.stderr)
    sys.exit(1)
except KeyboardInterrupt:
    sys.exit(130)
