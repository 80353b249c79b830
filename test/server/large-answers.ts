import { createSchema, Repeater } from 'graphql-yoga'

/** A schema whose answers are as large as a client likes, and which counts what it did. */
export function createLargeAnswers() {
  const counts = { answers: 0, held: 0, streams: 0 }
  let letGo: () => void = () => {}
  let gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const schema = createSchema({
    typeDefs: /* GraphQL */ `
      type Query { hello: String! big(bytes: Int!): String! held: String! }
      type Mutation { pay: Int! }
      type Subscription { quiet: Int! bigs(bytes: Int!): String! }
    `,
    resolvers: {
      Query: {
        hello: () => 'hello',
        big(_root, { bytes }: { bytes: number }) {
          counts.answers += 1
          return 'x'.repeat(bytes)
        },
        async held() {
          counts.held += 1
          await gate
          return 'let go'
        },
      },
      Mutation: { pay: () => 1 },
      Subscription: {
        quiet: {
          subscribe: () =>
            new Repeater<never>(async (_push, stop) => {
              counts.streams += 1
              await stop
              counts.streams -= 1
            }),
        },
        bigs: {
          resolve: (value: string) => value,
          subscribe: (_root, { bytes }: { bytes: number }) =>
            (async function* () {
              for (;;) {
                counts.answers += 1
                yield 'x'.repeat(bytes)
              }
            })(),
        },
      },
    },
  })
  return {
    schema,
    counts,
    /** Ends every `held` that waits. */
    letGo() {
      letGo()
      gate = new Promise((resolve) => {
        letGo = resolve
      })
    },
  }
}
