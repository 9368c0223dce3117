# reviewseed alone: a static program in an otherwise empty image, without root. The database is somebody else's (see
# compose.yaml). scripts/test-image builds and runs it.
#   docker build -t reviewseed .
#   docker run --rm -v "$PWD/csv:/data:ro" -v "$PWD/rejects:/rejects" -e DATABASE_URL reviewseed seed /data

FROM rust:1-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev musl-tools && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Cargo.toml Cargo.lock build.rs ./
COPY src src
COPY crates crates
COPY queries queries
COPY scripts/dist scripts/dist
COPY schema.sql README.md ./
# the only folders that it writes to: those of temporary files, and of rejects and reports
RUN program=$(scripts/dist binary) \
    && install -D -m 755 "$program" /image/usr/local/bin/reviewseed \
    && install -d -m 1777 /image/tmp \
    && install -d -o 10001 -g 10001 /image/rejects

FROM scratch
COPY --from=build /image /
USER 10001:10001
WORKDIR /rejects
ENTRYPOINT ["/usr/local/bin/reviewseed"]
CMD ["--help"]
