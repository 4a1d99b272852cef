# Builds with the tools that native modules may need; the second stage has none of them, and no development dependency.
FROM node:20.20.2-bookworm-slim AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 make g++ \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts ./scripts
COPY console ./console
COPY src ./src
# Optional dependencies stay: compilers come as binaries for each platform.
RUN npm run build && npm prune --omit=dev

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production \
    GATEHOUSE_HOST=0.0.0.0 \
    GATEHOUSE_PORT=8021 \
    GATEHOUSE_DATA=/data \
    GATEHOUSE_PLUGINS=/plugins
WORKDIR /opt/gatehouse
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
RUN mkdir -m 700 /data && mkdir /plugins && chown 10001:10001 /data /plugins \
    && ln -s /opt/gatehouse/dist/main.js /usr/local/bin/gatehouse
USER 10001:10001
VOLUME /data
EXPOSE 8021
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GATEHOUSE_PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# node itself, so that SIGTERM reaches it: it drains and exits 0.
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
