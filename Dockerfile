# The loader alone, small and without root; the database is somebody else's (see compose.yaml).
#   docker build -t reviewseed .
#   docker run --rm -v "$PWD/csv:/data:ro" -v "$PWD/rejects:/rejects" reviewseed \
#       seed /data --rejects /rejects --database-url mysql://app:secret@db:3306/reviews

FROM rust:1-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY crates crates
COPY queries queries
COPY schema.sql README.md ./
RUN cargo build --profile dist --locked --bin reviewseed

FROM debian:bookworm-slim
COPY --from=build /src/target/dist/reviewseed /usr/local/bin/reviewseed
RUN useradd --uid 10001 --no-create-home seed && install -d -o seed /rejects
USER seed
WORKDIR /rejects
ENTRYPOINT ["reviewseed"]
CMD ["--help"]
