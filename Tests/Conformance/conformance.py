#!/usr/bin/env python3
"""Holds running gateways to openapi.yaml: schemathesis draws requests from it and judges every answer.

Exit codes: 0 nothing found, 1 answers that openapi.yaml does not have, 64 usage, 69 it could not be run. Needs the release binary,
and the package index once.
"""

import argparse
import contextlib
import http.server
import os
import pathlib
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks"))

import harness  # noqa: E402

EXAMPLES_MAX = 10_000
RUN_LIMIT_SECONDS = 1800
# In the guarded gateway's settings alone.
CLIENT_TOKEN = "conformance-client-token"
ADMIN_TOKEN = "conformance-admin-token"
# Whom the client's certificate is for.
CERTIFIED = "conformance"
PUBLIC = "^/(log|health)"
# /api/tail has no end to wait for.
ADMIN = "^/($|health|metrics|api/(status|dead)|openapi)"


class Refuser(http.server.BaseHTTPRequestHandler):
    """A LogBeacon that takes nothing, so that there are dead letters."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def refuser():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuser)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def environment():
    """The folder of a virtual environment with what requirements.txt names, made at the first call."""
    return harness.virtual_environment(HERE / "requirements.txt", harness.ROOT / ".build" / "conformance" / "venv")


def settings(logbeacon):
    """What every gateway under test has: two domains, a sink that refuses, one that is unwanted."""
    return {
        "BEACONGATE_DOMAINS": "localhost,shop.example", "BEACONGATE_LOGBEACON_URL": f"http://127.0.0.1:{logbeacon}/",
        "BEACONGATE_TELEGRAM_BOT_TOKEN": "none", "BEACONGATE_CONSOLE_FORMAT": "off", "BEACONGATE_MONITOR_API_TIME": "false"}


def guarded(logbeacon):
    """A gateway that asks for tokens; the client's may not write to every domain, nor as fast as it likes."""
    token = f'[{{"name":"c","token":"{CLIENT_TOKEN}","domains":["localhost"],"rate":200,"burst":200}}]'
    return settings(logbeacon) | {
        "BEACONGATE_AUTH_TOKENS": token, "BEACONGATE_AUTH_ALLOW_ANONYMOUS": "false", "BEACONGATE_ADMIN_TOKEN": ADMIN_TOKEN}


def certificates(folder):
    """The files of an authority, of a certificate that it has signed for 127.0.0.1, and of the key; they are the client's too."""
    authority, authority_key, request, certificate, key = (
        str(folder / name) for name in ("ca.pem", "ca.key", "own.csr", "own.pem", "own.key"))
    made = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    for command in (
            [*made, "-x509", "-days", "2", "-subj", "/CN=Conformance authority", "-keyout", authority_key, "-out", authority],
            [*made, "-subj", f"/CN={CERTIFIED}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", request],
            ["openssl", "x509", "-req", "-in", request, "-copy_extensions", "copy", "-days", "2", "-CA", authority, "-CAkey",
             authority_key, "-CAcreateserial", "-out", certificate]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise harness.BenchError(f"{' '.join(command[:2])} ended with {done.returncode}: {done.stderr[-300:]}")
    return authority, certificate, key


def certified(logbeacon, authority, certificate, key):
    """A gateway that speaks TLS with those alone who have a certificate, and takes events from the one whom it names."""
    client = f'[{{"name":"c","subject":"CN={CERTIFIED}","domains":["localhost"],"rate":200,"burst":200}}]'
    return settings(logbeacon) | {
        "BEACONGATE_AUTH_TOKENS": client, "BEACONGATE_AUTH_ALLOW_ANONYMOUS": "false", "BEACONGATE_HTTP_TLS_CERTIFICATE": certificate,
        "BEACONGATE_HTTP_TLS_KEY": key, "BEACONGATE_HTTP_TLS_CLIENT_CA": authority}


def run(title, given, port, paths, admin=None, token=None, admin_token=None, authority=None, client=()):
    """One run of schemathesis, over TLS with the file of an authority, and with `client`, files of a certificate and its key, as whom
    they name; whether it has found nothing."""
    print(f"conformance: {title}", flush=True)
    command = [
        str(environment() / "bin" / "schemathesis"), "--config-file", str(HERE / "schemathesis.toml"), "run",
        str(ROOT / "openapi.yaml"), "--url", f"http{'s' if authority else ''}://127.0.0.1:{port}", "--include-path-regex", paths, "--seed",
        str(given.seed), "--max-examples", str(given.examples), "--continue-on-failure", "--no-color", "--warnings", "off"]
    if authority:
        command += ["--tls-verify", authority]
    if client:
        command += ["--request-cert", client[0], "--request-cert-key", client[1]]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    variables = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    if admin:
        variables |= {"CONFORMANCE_ADMIN": f"http://127.0.0.1:{admin}"}
    if admin_token:
        variables |= {"CONFORMANCE_TOKEN": admin_token}
    try:
        done = subprocess.run(
            command, cwd=harness.SCRATCH, env=variables, capture_output=True, text=True, timeout=RUN_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise harness.BenchError(f"schemathesis did not end within {RUN_LIMIT_SECONDS} s") from None
    if done.returncode == 0:
        print("\n".join(line for line in done.stdout.splitlines() if "generated" in line), flush=True)
        return True
    print(done.stdout, done.stderr, flush=True)
    if done.returncode != 1:
        raise harness.BenchError(f"schemathesis ended with {done.returncode}")
    return False


def conform(given):
    """All runs; whether none has found anything."""
    kept = []
    with harness.scratch_folder() as folder, refuser() as logbeacon:
        (folder / "open").mkdir()
        with harness.gateway(folder / "open", "logbeacon", settings(logbeacon)) as gateway:
            kept.append(run("public listener", given, gateway.port, PUBLIC))
            kept.append(run("admin listener", given, gateway.admin, ADMIN, admin=gateway.admin))
        (folder / "guarded").mkdir()
        with harness.gateway(folder / "guarded", "logbeacon", guarded(logbeacon)) as gateway:
            kept.append(run("public listener, no token", given, gateway.port, PUBLIC))
            kept.append(run("public listener, a token", given, gateway.port, PUBLIC, token=CLIENT_TOKEN))
            kept.append(run("admin listener, no token", given, gateway.admin, ADMIN))
            kept.append(run(
                "admin listener, a token", given, gateway.admin, ADMIN, admin=gateway.admin, token=ADMIN_TOKEN,
                admin_token=ADMIN_TOKEN))
        (folder / "certified").mkdir()
        authority, *client = certificates(folder)
        with harness.gateway(
                folder / "certified", "logbeacon", certified(logbeacon, authority, *client), asks_admin=True) as gateway:
            kept.append(run(
                "public listener over TLS, a certificate", given, gateway.port, PUBLIC, authority=authority, client=client))
    return all(kept)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--examples", type=int, default=50, help="random cases for each operation; default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--gateway", metavar="FILE", default=str(harness.RELEASE), help="test this binary instead")
    given = parser.parse_args()
    if not 1 <= given.examples <= EXAMPLES_MAX:
        print(f"conformance: --examples is 1 to {EXAMPLES_MAX}", file=sys.stderr)
        sys.exit(64)
    harness.binary = pathlib.Path(given.gateway).resolve()
    try:
        found_nothing = conform(given)
    except harness.BenchError as error:
        print(f"conformance: {error}", file=sys.stderr)
        sys.exit(69)
    print("conformance: nothing found" if found_nothing else "conformance: answers that openapi.yaml does not have")
    sys.exit(0 if found_nothing else 1)


if __name__ == "__main__":
    main()
