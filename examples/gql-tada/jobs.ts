import type { ResultOf, VariablesOf } from 'gql.tada'
import { graphql } from './graphql.ts'

export const follow = graphql(`
  subscription ($id: ID!) {
    prediction(jobId: $id) { id version state updatedAt outputs { url expiresAt } error { code message } }
  }
`)

export const variables: VariablesOf<typeof follow> = { id: 'job_01h455vb4pex5vsknk084sn02q' }

export const lastChange = ({ prediction }: ResultOf<typeof follow>): Date => new Date(prediction.updatedAt)
