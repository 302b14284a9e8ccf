# The agent as the entrypoint of an Envoy image. Envoy itself is taken as it is.
#
#   docker build -t mtls-agent .
#   docker build -t mtls-agent --build-arg ENVOY_IMAGE=envoyproxy/envoy@sha256:… .     pinned by digest
#
# Node comes from the build stage, which has made the code cache with it: a cache is for one version of Node.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG ENVOY_IMAGE=envoyproxy/envoy:distroless-v1.40.0

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci"]
COPY LICENSE ./
COPY build build
COPY mesh mesh
COPY src src
RUN ["npm", "run", "build"]
RUN ["node", "build/image.mjs", "/image"]

FROM ${ENVOY_IMAGE} AS agent
ARG ENVOY_IMAGE
COPY --from=build /image/root/ /
# where MTLS_DIR goes when nobody mounts a tmpfs there: delivery by SDS keeps sockets in it and no key
COPY --from=build --chown=1337:1337 /image/run/ /run/
# Node's memory: one arena, and what is freed goes back. Envoy does not inherit these.
ENV MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536 MALLOC_MMAP_THRESHOLD_=65536 UV_THREADPOOL_SIZE=2
USER 1337:1337
LABEL org.opencontainers.image.title="mtls-agent" \
      org.opencontainers.image.description="Envoy under an agent that brings, rotates and proves its certificates" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="${ENVOY_IMAGE}"
# The start period covers MTLS_DEADLINE (60 s); an agent that lives answers within a tenth of a second.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/bin/mtls-agent", "status", "--health"]
ENTRYPOINT ["/usr/bin/mtls-agent", "run"]

# What stands beside the agents in container/compose.yaml. It can mint certificates, so it is an image of its own.
FROM agent AS demo
COPY --from=build /build/dist/companion.cjs /usr/lib/mtls-agent-demo/companion.cjs
HEALTHCHECK NONE
ENTRYPOINT ["/usr/bin/node", "/usr/lib/mtls-agent-demo/companion.cjs"]
CMD ["--help"]

FROM agent
