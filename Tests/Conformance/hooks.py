"""What schemathesis cannot know of the gateway: lines of events, and the keys of dead letters that there are."""

import json
import os
import urllib.request
import zlib

import schemathesis

ADMIN = os.environ.get("CONFORMANCE_ADMIN")
TOKEN = os.environ.get("CONFORMANCE_TOKEN")
LINES_MAX = 6
CHOICES = {
    "level": [0, 1, 9, 11, 91, 99, "Error", "info_ctg", 5, None],
    "id": ["a", "b:1", "c d", None],
    "domain": ["localhost", "shop.example", "nowhere", None],
    "timestamp": ["2025-01-15T10:30:00+08:00", 0, "today", None],
}


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """Two of three texts become lines of events, good and bad ones; everything else is sent as it is."""
    text = value if isinstance(value, str) else json.dumps(value)
    drawn = zlib.crc32(text.encode(errors="surrogatepass"))
    if not isinstance(value, str) or drawn % 3 == 0 or text.startswith("{"):
        return text.encode(errors="surrogatepass")
    return b"\n".join(json.dumps(event(drawn, place, text)).encode() for place in range(drawn % LINES_MAX))


def event(drawn, place, text):
    chosen = {name: values[(drawn >> (3 * index + place)) % len(values)] for index, (name, values) in enumerate(CHOICES.items())}
    return chosen | {"def_name": text[:place * 40], "message": text, "extra_info": {"place": place}}


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Every other letter that is asked for by its key is one that is there."""
    if path_parameters and "key" in path_parameters and ADMIN and hash(str(path_parameters["key"])) % 2 == 0:
        keys = letters()
        if keys:
            path_parameters["key"] = keys[len(str(path_parameters["key"])) % len(keys)]
    return path_parameters


def letters():
    request = urllib.request.Request(f"{ADMIN}/api/dead?limit=20")
    if TOKEN:
        request.add_header("Authorization", f"Bearer {TOKEN}")
    with urllib.request.urlopen(request, timeout=5) as answer:
        return [letter["key"] for letter in json.load(answer)["letters"]]
