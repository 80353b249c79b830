/**
 * A failure that a client can meet and has to be told of: a member of a mutation's result union; in a query or subscription a
 * GraphQL error. Whatever else is thrown is a fault of ours: the server masks it, and gives it the id of the request. Each
 * module has those that it throws.
 */
export abstract class ExpectedError extends Error {
  abstract readonly code: string
}
