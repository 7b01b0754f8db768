# syntax=docker/dockerfile:1

# Parlance in a container: one binary, the C library that it is linked with, CA certificates, and no shell.
#
#   docker build -t parlance .
#   docker run -p 127.0.0.1:3000:3000 -v parlance:/data parlance
#
# compose.yaml runs two of them on PostgreSQL behind a proxy; docs/operations.md says the rest.

# As in rust-toolchain.toml; deploy/lint compares the two.
ARG RUST_VERSION=1.96.0

# The versions of the tools, from where bin/dev has them. A stage of its own, of which only the result counts: a
# new Cargo.lock with the same wasm-bindgen leaves the stages of the tools in the cache.
FROM rust:${RUST_VERSION}-slim-trixie AS versions
WORKDIR /versions
COPY Cargo.lock bin/support/tools.sh /from/
RUN awk -F '"' '$2 == "wasm-bindgen" && /^name/ { getline; print "WASM_BINDGEN_VERSION=" $2; exit }' /from/Cargo.lock > tools.env \
    && grep -E '^(CARGO_LEPTOS|BINARYEN)_VERSION=' /from/tools.sh >> tools.env \
    && test "$(wc -l < tools.env)" -eq 3

FROM node:24-trixie-slim AS binaryen
COPY --from=versions /versions/tools.env /
RUN . /tools.env \
    && npm install --global --prefix /opt/binaryen --ignore-scripts --no-audit --no-fund "binaryen@$BINARYEN_VERSION"

FROM rust:${RUST_VERSION}-slim-trixie AS tools
ARG RUST_VERSION
# It wins over rust-toolchain.toml, for which rustup would fetch clippy and rustfmt, too.
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION}
# npm's wasm-opt is a script for Node. hadolint wants a version of the package: Debian keeps only the newest.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends nodejs \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add wasm32-unknown-unknown
COPY --from=versions /versions/tools.env /
# Quick to build matters more here than quick to run. The lock file of wasm-bindgen-cli may name what was yanked since.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    . /tools.env \
    && export CARGO_TARGET_DIR=/tmp/tools CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    && cargo install wasm-bindgen-cli --version "=$WASM_BINDGEN_VERSION" \
    && cargo install cargo-leptos --version "=$CARGO_LEPTOS_VERSION" --locked \
    && rm -rf /tmp/tools
COPY --from=binaryen /opt/binaryen /opt/binaryen
ENV PATH=/opt/binaryen/bin:$PATH

FROM tools AS build
WORKDIR /src
# Cargo.toml names the benches, so cargo wants to see them.
COPY Cargo.toml Cargo.lock build.rs ./
COPY benches benches
COPY migrations migrations
COPY public public
COPY style style
COPY src src
# What is compiled stays in the builder's cache: after a change only what depends on it is compiled again.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo leptos build --release --precompress --cargo-locked \
    && install -D target/release/parlance /out/parlance \
    && mkdir /out/data

FROM gcr.io/distroless/cc-debian13:nonroot
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Parlance" \
    org.opencontainers.image.description="A self-hosted AI chat for teams" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.base.name="gcr.io/distroless/cc-debian13:nonroot"
COPY LICENSE /usr/share/doc/parlance/LICENSE
COPY --from=build /out/parlance /usr/local/bin/parlance
# A new volume takes over the owner; a folder of the host has to be given to 65532 by hand.
COPY --from=build --chown=65532:65532 /out/data /data
ENV PARLANCE_DATA=/data \
    LEPTOS_SITE_ADDR=0.0.0.0:3000
WORKDIR /data
# In figures, so that Kubernetes can see that it is not root.
USER 65532:65532
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
# No HEALTHCHECK: it would have to be a program in here, and there is none that could ask. Whoever sends requests asks
# /readyz over the network: the proxy in compose.yaml, a probe of Kubernetes, a load balancer.
ENTRYPOINT ["/usr/local/bin/parlance"]
CMD ["serve"]
