# better-sqlite3 is compiled where no prebuilt binary can be fetched; the tools for that stay behind.
FROM node:24-bookworm AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=packages /app/node_modules ./node_modules
COPY package.json schema.graphql ./
COPY openapi ./openapi
COPY sandbox ./sandbox
COPY src ./src
RUN mkdir data && chown node:node data
USER node
EXPOSE 4000
# Not npm: it would keep SIGTERM to itself.
CMD ["node", "--import", "tsx", "src/main.ts"]
