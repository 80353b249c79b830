import { createClient } from 'graphql-sse'

// One connection for each subscription.
export const distinct = createClient({ url: 'http://127.0.0.1:4000/graphql', retryAttempts: 1_000 })

// All subscriptions of a page on one connection: a browser opens six to a host over HTTP/1.1.
export const single = createClient({
  url: 'http://127.0.0.1:4000/graphql/stream',
  singleConnection: true,
  retryAttempts: 1_000,
})
