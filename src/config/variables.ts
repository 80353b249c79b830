/** What the gateway reads from the environment, with the default as it would be written there. */
export const gatewayVariables = {
  PORT: '4000',
  HOST: '127.0.0.1',
  PUBLIC_URL: '',
  CORS_ORIGINS: '',
  ALLOWED_HOSTS: '',
  TRUSTED_PROXIES: '0',
  CONNECTIONS: '20000',
  CONNECTIONS_PER_ADDRESS: '1000',
  LOCAL_WITHOUT_KEY: '0',
  AUTH_JWKS_URL: '',
  AUTH_ISSUER: '',
  AUTH_AUDIENCE: '',
  AUTH_TENANT_CLAIM: 'tenant',
  AUTH_SCOPE_CLAIM: 'scope',
  GRAPHIQL: '',
  TENANT_REQUESTS_PER_SECOND: '100',
  TENANT_COST_PER_MINUTE: '3000000',
  TENANT_CREATIONS_PER_MINUTE: '120',
  TENANT_WAITING_JOBS: '5000',
  TENANT_RUNNING_JOBS: '',
  TENANT_STREAMS: '2000',
  TENANT_UPLOADS_PER_DAY: '500',
  UPLOAD_MAX_MB: '100',
  PERSISTED_DOCUMENTS: '',
  PERSISTED_ONLY: '0',
  WAVESPEED_API_KEY: '',
  WAVESPEED_BASE_URL: 'https://api.wavespeed.ai',
  WAVESPEED_TIER: 'bronze',
  WAVESPEED_VIDEOS_PER_MINUTE: '',
  WAVESPEED_CONCURRENCY: '',
  WAVESPEED_POLL_SECONDS: '5',
  DATABASE_URL: 'file:data/jobs.db',
  ROLE: 'all',
  HTTPS_PROXY: '',
  HTTP_PROXY: '',
  NO_PROXY: '',
  JOB_DEADLINE_MINUTES: '60',
  CHANGES_DAYS: '30',
  ARCHIVE_URL: '',
  ARCHIVE_MAX_MB: '500',
  FFMPEG: 'ffmpeg',
  AWS_REGION: '',
  AWS_ENDPOINT_URL: '',
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
  LOG_LEVEL: 'info',
} as const

/** What `npm run demo` and `npm run sandbox` read besides; they are documented with the others. */
export const sandboxVariables = {
  SANDBOX_PORT: '4010',
  SANDBOX_TASK_SECONDS: '8',
  SANDBOX_TIER: 'ultra',
  SANDBOX_FOLDER: '',
} as const

/** Those of earlier versions, and why they have no effect any more. */
export const formerVariables: Readonly<Record<string, string>> = {
  ALLOW_ANONYMOUS:
    'who may call is said by keys (`npm run keys`), or by LOCAL_WITHOUT_KEY=1 where everyone may',
  REDIS_URL: 'gateways share their work and their events through PostgreSQL alone',
}

export type Environment = Readonly<Record<string, string | undefined>>
