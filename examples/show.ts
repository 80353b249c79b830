import { createClient } from 'graphql-ws'

const client = createClient({ url: 'ws://127.0.0.1:4000/graphql' })
const query = `subscription ($id: ID!) { prediction(jobId: $id) { state outputs { url } error { message } } }`

export async function show(id: string) {
  for await (const { data } of client.iterate({ query, variables: { id } })) console.log(data)
}
