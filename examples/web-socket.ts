import { createClient } from 'graphql-ws'

const client = createClient({
  url: 'ws://127.0.0.1:4000/graphql',
  retryAttempts: Number.POSITIVE_INFINITY,
  // By default a refused connection is final, and a gateway that restarts refuses for a moment.
  shouldRetry: () => true,
})

export function follow(id: string, show: (job: unknown) => void) {
  let broken = false
  return client.subscribe<{ prediction: unknown }>(
    {
      query: `subscription ($id: ID!) {
        prediction(jobId: $id) { id version state queuePosition outputs { url } error { code message } }
      }`,
      variables: { id },
    },
    {
      next({ data, errors }) {
        if (!errors) return show(data?.prediction)
        broken = true // no such job, for example
        console.error(errors)
      },
      error: (error) => console.error(error),
      complete: () => console.log(broken ? 'the stream has ended' : 'the job is over'),
    },
  )
}
