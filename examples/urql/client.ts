import { Client, fetchExchange } from '@urql/core'
import { createCache } from './cache.ts'

export const createClient = (url: string, schema: Parameters<typeof createCache>[0]) =>
  // By default urql sends short queries by GET, which the gateway takes as well; POST is never cached on the way.
  new Client({ url, preferGetMethod: false, exchanges: [createCache(schema), fetchExchange] })
