import { GraphQLError, type OperationTypeNode } from 'graphql'
import type { Limits } from './limits.ts'

/** Counts the operations of one WebSocket or one single-connection stream. */
export interface Quota {
  /** A place for an operation, to be given back when it is over; null if there is none. */
  take(type: OperationTypeNode): (() => void) | null
}

export function createQuota({ operations, subscriptions }: Limits): Quota {
  const streams = createPlaces(subscriptions)
  const rest = createPlaces(operations)
  return { take: (type) => (type === 'subscription' ? streams() : rest()) }
}

function createPlaces(most: number): () => (() => void) | null {
  let taken = 0
  return () => {
    if (taken >= most) return null
    taken += 1
    return () => {
      taken -= 1
    }
  }
}

export function tooManyOperations(): GraphQLError {
  return new GraphQLError('Too many operations run on this connection: wait until some of them are over.', {
    extensions: { code: 'TOO_MANY_OPERATIONS' },
  })
}
