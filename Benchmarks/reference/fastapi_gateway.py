"""The reference of row P3: a gateway as one writes it with FastAPI and aio-pika. A 202 means confirmed and not returned.

Environment: BENCH_BROKER_URL, BENCH_QUEUE.
"""

import contextlib
import datetime
import json
import os
import uuid

import aio_pika
import fastapi
import pydantic

LEVELS = {0: "Debug", 1: "Info", 9: "Error", 11: "Info_CTG", 91: "Error_CTG", 99: "Monitor"}
DOMAIN = "localhost"


class Event(pydantic.BaseModel):
    level: int
    def_name: str = pydantic.Field(min_length=1, max_length=255)
    message: str
    extra_info: str = ""
    hash_value: str = pydantic.Field("", max_length=128)
    program_name: str = pydantic.Field("default", pattern=r"^[A-Za-z0-9._-]{1,64}$")

    @pydantic.field_validator("level")
    @classmethod
    def known(cls, level):
        if level not in LEVELS:
            raise ValueError("level must be one of 0, 1, 9, 11, 91, 99")
        return level


@contextlib.asynccontextmanager
async def lifespan(app):
    connection = await aio_pika.connect_robust(os.environ["BENCH_BROKER_URL"])
    async with connection:
        app.state.channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        yield


app = fastapi.FastAPI(lifespan=lifespan)


@app.get("/health")
async def health():
    return {"status": "pass"}


@app.post("/log", status_code=202)
async def log(event: Event):
    identity = str(uuid.uuid4())
    now = datetime.datetime.now(datetime.timezone.utc)
    body = {
        "v": 1,
        "id": identity,
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03}Z",
        "domain": DOMAIN,
        "program_name": event.program_name,
        "level": event.level,
        "level_name": LEVELS[event.level],
        "def_name": event.def_name,
        "message": event.message,
        "extra_info": event.extra_info,
        "hash_value": event.hash_value,
    }
    message = aio_pika.Message(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=identity,
        timestamp=now,
        type="log.v1",
        app_id=event.program_name,
        headers={"x-attempt": 0},
    )
    await app.state.channel.default_exchange.publish(message, routing_key=os.environ["BENCH_QUEUE"], mandatory=True)
    return {"id": identity, "status": "accepted", "stored": "broker", "routes": ["logbeacon"]}
