"""The reference programs in C: compiled when their source is newer, started on our cores, asked for their result."""

import contextlib
import json
import os
import subprocess

import harness

LIBRARIES = {
    "consumer": "-lrabbitmq", "pacer": None, "poster": "-lcurl", "publisher": "-lrabbitmq", "queue": "-lrabbitmq",
    "sketch": "-lsqlite3", "writer": "-lsqlite3"}
COMPILE_LIMIT_SECONDS = 120
RESULT_LIMIT_SECONDS = 120


def started(name, *arguments):
    """Starts a program; its `answer` comes when it is done."""
    return subprocess.Popen(
        [compiled(name), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, preexec_fn=lambda: os.sched_setaffinity(0, harness.CORES))


def answer(child, text=None, limit=RESULT_LIMIT_SECONDS):
    """What a program prints when it is done."""
    try:
        output, errors = child.communicate(text, timeout=limit)
    except subprocess.TimeoutExpired:
        raise harness.BenchError(f"{child.args[0].name} did not end within {limit} s") from None
    finally:
        ended(child)
    if child.returncode != 0 or not output.startswith("RESULT "):
        raise harness.BenchError(f"{child.args[0].name} ended with {child.returncode}: {(errors or output)[-300:].strip()}")
    return json.loads(output.removeprefix("RESULT "))


def measured(name, *arguments):
    """Runs a program that counts messages; its result with the rate."""
    result = answer(started(name, *arguments))
    return result | {"rate": result["messages"] * 1_000_000 / result["microseconds"]}


def ended(child):
    """Ends a program that may still run."""
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    child.wait()


@contextlib.contextmanager
def sketch(folder):
    """The least that an HTTP server with a durable store does, with as many loops as the gateway; gives its port."""
    port = harness.free_port()
    command = [compiled("sketch"), str(port), str(folder / "sketch.db"), str(len(harness.CORES))]
    with harness.running(command, harness.answers(port, "/"), folder / "sketch.log", gently=False):
        yield port


def compiled(name):
    """The path of a program's binary."""
    source = harness.REFERENCE / f"{name}.c"
    binary = harness.SCRATCH / "bin" / name
    newest = max(file.stat().st_mtime for file in [source, *harness.REFERENCE.glob("*.h")])
    if not binary.exists() or binary.stat().st_mtime < newest:
        binary.parent.mkdir(parents=True, exist_ok=True)
        command = [harness.program("cc"), "-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", binary, source]
        command += [LIBRARIES[name]] if LIBRARIES[name] else []
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_LIMIT_SECONDS)
        if done.returncode != 0:
            raise harness.BenchError(f"{source.name} does not compile; call scripts/deps bench\n{done.stderr[-500:]}")
    return binary
