import type { Scope } from '../../src/access/viewer.ts'

export interface Operation {
  /** With `ID` for the id of a job. */
  readonly operation: string
  /** What it needs; null is to be signed in. */
  readonly scope: Scope | null
}

const input = '{ video: "https://clips.test/a.mp4", prompt: "a fox" }'
const created = '__typename ... on Error { code message }'
const makes = (field: string, of = input): Operation => ({
  operation: `mutation { ${field}(input: ${of}) { ${created} } }`,
  scope: 'jobs:write',
})

/** One of every field of the schema's roots, by its name there. */
export const operations: Record<string, Operation> = {
  'Query.node': { operation: '{ node(id: "ID") { id } }', scope: 'jobs:read' },
  'Query.nodes': { operation: '{ nodes(ids: ["ID"]) { id } }', scope: 'jobs:read' },
  'Query.job': { operation: '{ job(id: "ID") { id } }', scope: 'jobs:read' },
  'Query.jobs': { operation: '{ jobs { edges { node { id } } } }', scope: 'jobs:read' },
  'Query.upload': { operation: '{ upload(id: "upl_none") { id } }', scope: 'uploads:write' },
  'Query.uploads': { operation: '{ uploads { edges { node { id } } } }', scope: 'uploads:write' },
  'Query.jobCounts': { operation: '{ jobCounts { state count } }', scope: 'jobs:read' },
  'Query.models': { operation: '{ models { name } }', scope: null },
  'Query.gateway': { operation: '{ gateway { vendor { state } } }', scope: null },
  'Query.viewer': { operation: '{ viewer { tenant } }', scope: null },
  'Query.accessKeys': { operation: '{ accessKeys { id } }', scope: 'admin' },
  'Query.auditLog': { operation: '{ auditLog { sequence } }', scope: 'admin' },
  'Mutation.createJob': {
    operation: `mutation { createJob(model: "WAN_2_1_V2V_480P_LORA", parameters: ${input}) { ${created} } }`,
    scope: 'jobs:write',
  },
  'Mutation.createV2VLoraJob': makes('createV2VLoraJob'),
  'Mutation.createI2VLoraJob': makes(
    'createI2VLoraJob',
    '{ image: "https://clips.test/a.png", prompt: "a fox" }',
  ),
  'Mutation.createT2VLoraJob': makes('createT2VLoraJob', '{ prompt: "a fox" }'),
  'Mutation.cancelJob': { operation: `mutation { cancelJob(id: "ID") { ${created} } }`, scope: 'jobs:write' },
  'Mutation.retryJob': { operation: `mutation { retryJob(id: "ID") { ${created} } }`, scope: 'jobs:write' },
  'Mutation.deleteJob': { operation: `mutation { deleteJob(id: "ID") { ${created} } }`, scope: 'jobs:write' },
  'Mutation.deleteUpload': {
    operation: `mutation { deleteUpload(id: "ID") { ${created} } }`,
    scope: 'uploads:write',
  },
  'Mutation.createAccessKey': {
    operation: `mutation { createAccessKey(name: "k", scopes: [JOBS_READ]) { ${created} } }`,
    scope: 'admin',
  },
  'Mutation.revokeAccessKey': {
    operation: `mutation { revokeAccessKey(id: "key_none") { ${created} } }`,
    scope: 'admin',
  },
  'Mutation.createStreamTicket': {
    operation: `mutation { createStreamTicket { ${created} } }`,
    scope: 'jobs:read',
  },
  'Subscription.prediction': {
    operation: 'subscription { prediction(jobId: "ID") { id } }',
    scope: 'jobs:read',
  },
  'Subscription.jobChanges': { operation: 'subscription { jobChanges { kind } }', scope: 'jobs:read' },
  'Subscription.jobs': { operation: 'subscription { jobs(ids: ["ID"]) { id } }', scope: 'jobs:read' },
}
