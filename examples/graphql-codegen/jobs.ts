import type { CreateJobMutation, JobsQuery } from './generated/graphql.ts'
import { graphql } from './generated/index.ts'

export const createJob = graphql(`
  mutation CreateJob($input: CreateV2VLoraJobInput!) {
    createV2VLoraJob(input: $input) {
      __typename
      ... on CreateV2VLoraJobSuccess { job { id state } }
      ... on InvalidInputError { issues { path message } }
      ... on Error { code message }
    }
  }
`)

export const jobs = graphql(`
  query Jobs($first: Int!, $after: String) {
    jobs(first: $first, after: $after) {
      edges {
        node {
          id
          state
          createdAt
          input { prompt seed ... on V2VLoraParameters { video strength } }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`)

/** Whoever adds a state or a kind of failure to the gateway is told here by the compiler. */
export function wordsFor({ createV2VLoraJob: result }: CreateJobMutation): string {
  switch (result.__typename) {
    case 'CreateV2VLoraJobSuccess':
      return `${result.job.id} is ${result.job.state}`
    case 'InvalidInputError':
      return result.issues.map(({ path, message }) => `${path}: ${message}`).join('\n')
    case 'IdempotencyConflictError':
    case 'RateLimitedError':
      return `${result.code}: ${result.message}`
  }
}

export const created = ({ jobs: page }: JobsQuery): Date[] =>
  page.edges.map(({ node }) => new Date(node.createdAt))
