"""The table of results, and docs/benchmarks.md around it."""

import re

import harness
import plots

ROW_LINE = re.compile(r"\| (([PR])(\d+)([a-z]?)) \|")
PATH = harness.ROOT / "docs" / "benchmarks.md"
RESULTS_HEAD = [
    "| row | work | reference | ours | the reference's | ratio (min–max) | p99 | goal |",
    "|---|---|---|---:|---:|---:|---:|---|",
]
ORIGINS_HEAD = ["| row | rounds | commit | date | machine |", "|---|---|---|---|---|"]
ORIGINS_TITLE = "## Where it was measured"
# What somebody has written about the figures, from here to the end, outlives them.
ANALYSIS_TITLE = "## What the figures say"

INTRODUCTION = """# Benchmarks

Only ratios mean something: a program and its reference run in turn on the same cores, the client beside them, and each
round's ratio is taken. Shown are medians. Absolute figures are context, other than memory, start and idling (P7 to P9), which
have no reference. `make bench` repeats this; `make bench ROWS=P2,P3` measures some rows, and `WRITE=1` writes them here, with
the plots below. All rows together, without R4, take about an hour."""

EXPLANATION = """Rows P1 to P5b post a 250-byte event of level 1, with wrk and one per request unless it is said otherwise. A round in which
any answer is not 2xx is not counted but fails the run.

- **P1**: the gateway answers 202 after the fsync; nginx answers 202 and keeps nothing. The sketch (`Benchmarks/reference/sketch.c`) is what is
  left of a gateway without JSON, checks, ids, counters and limits: as many loops, one thread that puts all bodies that have come into a
  row of SQLite and syncs it, then the 202. It shows how much of the distance to nginx is the fsync's and HTTP's alone.
- **P2**: the gateway, role `ingest`, answers 202 after RabbitMQ's confirm. Its reference has no HTTP: a C program on librabbitmq
  (`Benchmarks/reference/publisher.c`) sends the same messages, with the same properties, persistent and mandatory, with at most
  1024 unconfirmed, to the same node. What counts for the gateway is messages in the broker's queue, and the time until the last
  one that was answered lies there: what took the way through the spool has cost its time too. Each round has a queue of its own,
  classic or quorum. Two further runs show what HTTP costs any publisher on two cores: the C program, while nginx answers as many
  requests as the gateway did; once with its window, and once with as many unconfirmed as the gateway can have, whose 256 clients wait for
  their answers. The last rows show a burst of 10 s: 32 clients with batches of 1000 have more under way than the
  broker confirms within `broker.confirm_timeout`, so that part goes by way of the spool. *Accepted* are events answered 202, *all
  in the queue* are the same events over the time until the last of them lies in the broker's queue, and none is there twice.
- **P2b**: the same with `broker.packing`: copies that wait at the same moment share a message. What counts are events in the queue's
  messages, counted by taking them out afterwards, and the time until the spool is empty. The reference stays the C program whose
  every event is a message.
- **P3**: the same work against a gateway of some 80 lines on FastAPI and aio-pika (`Benchmarks/reference/fastapi_gateway.py`), one
  uvicorn process with uvloop and httptools, which answers after the confirm as well.
- **P4**: median latency of requests one after the other on one connection, against the C program waiting for each confirm.
- **P5**: NDJSON batches of 1000 events, each answered 202 after the fsync; console lines are off. The reference has neither HTTP
  nor JSON: a C program (`Benchmarks/reference/writer.c`) that stores the same messages in SQLite, 1000 rows a commit, with the log
  and the fsync that the gateway's store has. What counts are events.
- **P5b**: the whole life of an event in one process: taken, stored, posted to a local nginx that answers 200 in LogBeacon's place,
  settled, deleted. The time runs until the last event is delivered and the store is empty, as `/metrics` says. The reference is
  the gateway itself without a worker, as in P1, in the same rounds.
- **P6**: the worker alone, from a queue that was filled before: the embedded one (filled without a worker, then started with one),
  and RabbitMQ's (filled by the C publisher; role `worker`). The time runs from the first look at `/metrics` that finds deliveries.
  The reference is a C program on libcurl's multi interface (`Benchmarks/reference/poster.c`) that posts the same bodies to the same
  nginx, 16 in flight as ours by default; for RabbitMQ it is the slower of that and a C program that consumes the same messages
  with our default prefetch and acks them in groups (`Benchmarks/reference/consumer.c`).
- **P7**: resident memory (`VmRSS`) after the start; with 10,000 connections that have asked for `/health` once and stay open; with
  a million events in the spool that came in batches and that nobody delivers. `VmHWM` is the most until then.
- **P8**: from the fork to the first 200 on `/health`, embedded queue, a new data folder each time.
- **P9**: processor time of all threads, as `/proc` counts it, over 30 s without a request or an event; both workers run.
- **P10**: the rate of single events, as in P1 without a worker, at other numbers of connections, with events in the spool before,
  with events for 1000 domains in turn, and with one or two loops. It is compared with the gateway itself at the point that is
  named as the reference, in the same rounds.
- **R4**: 1000 requests a second, due at fixed times whatever the answers do, while the broker is killed or frozen for five minutes,
  and until all that was spooled is in its queue. Latency counts from when a request was due. It is run by name, once:
  `make bench ROWS=R4 ROUNDS=1`.

In the first plot a bar is a row's figure divided by its goal: it has to reach the line where the goal is *at least* (≥), and to end
before it where it is *at most* (≤). Green has reached its goal.

Rows P7 to P10 have no program to be compared with. `bench.py --spooled 10000` fills a smaller spool, for a quick look.

The broker is one RabbitMQ node, started for the row on free ports of the loopback with its data on the same disk."""

PROFILING = """## How to look inside

`bench.py --under` runs the gateway under an observer, with everything around it as usual; rates are then only good for
comparing observed runs with each other, and nothing can be written here. With `--rows P2 --rounds 1 --under …`:

| to see | observer | then |
|---|---|---|
| where time goes | `perf record -F 499 -g -o p2.perf` | `perf report -i p2.perf --no-children --sort comm,symbol` |
| how busy each thread is | the same | `perf report -i p2.perf --no-children -g none --sort comm` |
| instructions per event, repeatable | `valgrind --tool=callgrind --callgrind-out-file=p2.%p.callgrind` | `callgrind_annotate p2.*.callgrind` |
| allocations per event | `valgrind --tool=dhat --dhat-out-file=p2.%p.dhat` | `dh_view.html` of valgrind |
| system calls per event | `strace -c -f -o p2.strace` | read it |

Relative file names end in a folder that is thrown away: give absolute ones. Each start of the gateway writes its file, and P2
starts it for classic queues first, then for quorum queues. valgrind 3.19 cannot read the debug information that Swift writes:
strip a copy with `strip -g -o COPY .build/release/beacongate` and name it with `--gateway COPY`. To leave the start out of a
figure per event, run once with `--seconds 2` and once with `--seconds 10`, and divide the difference of the figures by the
difference of the events, which are told at the end of each round. `--gateway` also compares two builds.

`make guard` counts what an event costs in instructions (callgrind) and in allocations (dhat), one at a time and in batches, and fails
where it is more than a tenth, or one allocation, above `Benchmarks/baseline.json`. Counts do not depend on how busy the machine is, so it
is part of CI. What is meant to cost more is written with `make guard WRITE=1`.

`--noise` measures each reference against itself: how far ratios scatter on this machine."""


def table(results):
    return "\n".join(RESULTS_HEAD + [result_line(row) for row in results])


def result_line(row):
    """A row of the table; what has no reference has no ratio."""
    ratio = f"{row['ratio']:.2f}× ({row['ratio_min']:.2f}–{row['ratio_max']:.2f})" if "ratio" in row else ""
    cells = [
        row["row"], row["work"], row.get("reference", ""), figure(row["value"], row["unit"]),
        figure(row.get("reference_value"), row["unit"]), ratio, figure(row.get("p99_microseconds"), "µs"), row["goal"] or ""]
    return "| " + " | ".join(cells) + " |"


def figure(value, unit):
    """A rate as it is, a time in milliseconds, memory in MiB, a share in percent; with the digits that mean something."""
    if value is None:
        return ""
    if unit == "/s":
        return f"{value:,.0f}/s"
    if unit == "KiB":
        return f"{value / 1024:.1f} MiB"
    if unit == "answers":
        return f"{value:,.0f}"
    if unit == "%":
        return f"{value:.3f} %" if value < 0.1 else f"{value:.2f} %"
    milliseconds = value / 1000
    return f"{milliseconds:.2f} ms" if milliseconds < 1 else f"{milliseconds:,.1f} ms"


def origin_line(name, machine, rounds, seconds):
    where = (
        f"{machine['cpu']}, {machine['cores_used']} cores used, {machine['memory_gib']} GiB, Linux {machine['kernel']}, "
        f"data on {machine['filesystem']}")
    return f"| {name} | {rounds} of {seconds} s | {machine['commit']} | {machine['date']} | {where} |"


def write(results, machine, rounds, seconds):
    """Replaces the lines of the rows that were measured; all others stay as they are."""
    names = list(dict.fromkeys(row["row"] for row in results))
    before, _, after = PATH.read_text(encoding="utf-8").partition(ORIGINS_TITLE)
    origins, _, analysis = after.partition(ANALYSIS_TITLE)
    result_lines = merged(before, names, [result_line(row) for row in results])
    origin_lines = merged(origins, names, [origin_line(name, machine, rounds, seconds) for name in names])
    parts = [
        INTRODUCTION, "\n".join(RESULTS_HEAD + result_lines), plots.draw(result_lines), EXPLANATION, ORIGINS_TITLE,
        "\n".join(ORIGINS_HEAD + origin_lines), PROFILING]
    PATH.write_text("\n\n".join(parts) + "\n\n" + ANALYSIS_TITLE + analysis, encoding="utf-8")


def merged(text, names, lines):
    kept = [line for line in text.splitlines() if row_of(line) and row_of(line) not in names]
    return sorted(kept + lines, key=place_of)


def row_of(line):
    """P1 for a line of row P1, P5b for one of P5b, otherwise empty."""
    found = ROW_LINE.match(line)
    return found[1] if found else ""


def place_of(line):
    """Rows stand in the order of their numbers: P5, P5b, P10, R4."""
    found = ROW_LINE.match(line)
    return found[2], int(found[3]), found[4]
