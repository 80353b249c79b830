# What is compiled, and the tools for it (better-sqlite3 needs them where no prebuilt binary can be fetched), stay behind.
FROM node:24.11.1-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts && npm rebuild better-sqlite3
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY sandbox ./sandbox
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24.11.1-bookworm-slim
WORKDIR /app
# Only what is published is reached from outside; the gateway asks for keys all the same.
ENV NODE_ENV=production HOST=0.0.0.0
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
RUN mkdir data && chown node:node data
USER node
VOLUME /app/data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "dist/scripts/health.js"]
CMD ["node", "dist/src/main.js"]
