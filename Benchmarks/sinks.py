"""A sink in this process that answers 200 to everything and counts it: slower than nginx, but it knows how much has arrived."""

import contextlib
import http.server
import threading

ANSWER = b"{}"


class CountingSink(http.server.ThreadingHTTPServer):
    """Listens on a free port of the loopback."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived = 0
        self.changed = threading.Condition()

    @property
    def port(self):
        return self.server_address[1]

    def count(self):
        with self.changed:
            self.arrived += 1
            self.changed.notify_all()

    def wait_for(self, count, limit):
        """Whether so many have arrived within `limit` seconds."""
        with self.changed:
            return self.changed.wait_for(lambda: self.arrived >= count, limit)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: the client is to see an answer at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)
        self.wfile.flush()
        self.server.count()

    def log_message(self, *_):
        """Silent."""


@contextlib.contextmanager
def counting():
    with CountingSink() as sink:
        threading.Thread(target=sink.serve_forever, daemon=True).start()
        try:
            yield sink
        finally:
            sink.shutdown()
