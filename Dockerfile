# The image of beacongate: one binary with Swift's own libraries linked in, on a slim Debian.
#
#   docker build -t beacongate .
#   docker run -e BEACONGATE_AUTH_ALLOW_ANONYMOUS=true -p 127.0.0.1:8080:8080 -v beacongate:/var/lib/beacongate beacongate
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
WORKDIR /src
COPY scripts/deps scripts/deps
RUN scripts/deps build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN swift build -c release --static-swift-stdlib --product beacongate \
  && install -D -s "$(swift build -c release --static-swift-stdlib --show-bin-path)/beacongate" /out/beacongate

FROM ${DEBIAN_IMAGE}
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates tzdata \
    libcurl4 libnghttp2-14 librabbitmq4 libsimdjson14 libsqlite3-0 libssl3 libstdc++6 libxxhash0 libyaml-0-2 libzstd1 zlib1g \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --system --gid 10001 beacongate \
  && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/beacongate --no-create-home \
    --shell /usr/sbin/nologin beacongate \
  && install -d -o 10001 -g 10001 -m 0700 /var/lib/beacongate /var/lib/beacongate-keys
COPY --from=build /out/beacongate /usr/local/bin/beacongate
COPY deploy/image/beacongate.yaml /etc/beacongate/beacongate.yaml

LABEL org.opencontainers.image.title="beacongate" \
  org.opencontainers.image.description="HTTP log gateway: takes events, answers once they are durable, delivers them" \
  org.opencontainers.image.licenses="Apache-2.0"

ENV BEACONGATE_CONFIG=/etc/beacongate/beacongate.yaml BEACONGATE_DATA_DIR=/var/lib/beacongate LANG=C.UTF-8
USER 10001:10001
WORKDIR /var/lib/beacongate
# /var/lib/beacongate-keys is for API keys that several workers share; it is used where logbeacon.key_dir says so.
VOLUME /var/lib/beacongate
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
# Whether every thread still turns. A broker or a sink that is down is no reason to restart, so it is not /health.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["/bin/bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/live HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -t 2 -u 3 _ status _ && [ \"$status\" = 200 ]"]
ENTRYPOINT ["/usr/local/bin/beacongate"]
CMD ["serve"]
