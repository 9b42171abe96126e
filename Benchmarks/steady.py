"""A client that posts at a fixed rate, whatever the answers do: latency counts from when a request was due."""

import argparse
import collections
import json
import select
import socket
import sys
import time

import harness

# Requests that are due but have no connection; beyond it the server is so late that the measurement says nothing.
BACKLOG_MAX = 100_000


class Client:
    def __init__(self, port, rate, connections):
        body = harness.event_body()
        self.request = (
            f"POST /log HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        self.interval = 1 / rate
        self.epoll = select.epoll()
        self.sockets = {}
        self.idle = []
        self.sent = {}
        self.due = collections.deque()
        self.seconds = {}
        for _ in range(connections):
            connection = socket.create_connection(("127.0.0.1", port), timeout=harness.ANSWER_LIMIT_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setblocking(False)
            self.sockets[connection.fileno()] = connection
            self.epoll.register(connection, select.EPOLLIN)
            self.idle.append(connection)
        self.epoll.register(sys.stdin, select.EPOLLIN)

    def run(self):
        """Until a line comes on standard input, and every request has its answer."""
        start = time.monotonic()
        next_due, stopping = start, False
        while not stopping or self.sent or self.due:
            now = time.monotonic()
            while not stopping and next_due <= now:
                self.due.append(next_due)
                next_due += self.interval
            if len(self.due) > BACKLOG_MAX:
                raise harness.BenchError("the gateway does not keep up with the rate")
            while self.due and self.idle:
                connection = self.idle.pop()
                self.sent[connection.fileno()] = self.due.popleft()
                connection.sendall(self.request)
            for number, _ in self.epoll.poll(max(0, next_due - time.monotonic()) if not stopping else 1):
                if number == sys.stdin.fileno():
                    self.epoll.unregister(sys.stdin)
                    stopping = True
                else:
                    self.answered(number, start)
            if stopping and self.sent and time.monotonic() - min(self.sent.values()) > harness.ANSWER_LIMIT_SECONDS:
                raise harness.BenchError("a request was not answered in time")

    def answered(self, number, start):
        """An answer fits in one packet."""
        connection = self.sockets[number]
        answer = connection.recv(4096)
        now = time.monotonic()
        if not answer:
            raise harness.BenchError("a connection was closed")
        due = self.sent.pop(number)
        self.idle.append(connection)
        second = self.seconds.setdefault(int(due - start), {"microseconds": [], "status": collections.Counter(), "stored": collections.Counter()})
        second["microseconds"].append(int((now - due) * 1_000_000))
        second["status"][answer[9:12].decode()] += 1
        at = answer.find(b'"stored":"')
        second["stored"][answer[at + 10:answer.find(b'"', at + 10)].decode() if at >= 0 else "?"] += 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("rate", type=int)
    parser.add_argument("connections", type=int)
    given = parser.parse_args()
    client = Client(given.port, given.rate, given.connections)
    client.run()
    json.dump(client.seconds, sys.stdout)
