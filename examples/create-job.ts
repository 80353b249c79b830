const query = `mutation ($input: CreateV2VLoraJobInput!) {
  createV2VLoraJob(input: $input) {
    ... on CreateV2VLoraJobSuccess { job { id state } }
    ... on Error { code message }
  }
}`

/** Makes one job, however often it has to ask. */
export async function createJob(input: { video: string; prompt: string }): Promise<unknown> {
  const variables = { input: { ...input, idempotencyKey: crypto.randomUUID() } }
  for (let pause = 1_000; ; pause *= 2) {
    try {
      const response = await fetch('http://127.0.0.1:4000/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      if (response.status < 500) return await response.json()
    } catch {
      // No answer: there may be a job now.
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, 60_000)))
  }
}
