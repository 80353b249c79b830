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

/** Waits until the gateway writes no further, since nobody reads. */
export async function untilStuck(count: () => number): Promise<void> {
  for (let last = -1, same = 0; same < 10; ) {
    same = count() === last ? same + 1 : 0
    last = count()
    await new Promise((done) => setTimeout(done, 20))
  }
}
