/** Stands for the id of the newest job in the variables of an example; the page replaces it when it sends a request. */
export const lastJobPlaceholder = 'LAST_JOB'

export interface ExampleTab {
  readonly query: string
  readonly variables: string
}

/** The whole flow as GraphiQL tabs, in the order in which one meets it; `sandboxUrl` is null with the real vendor. */
export function exampleTabs(sandboxUrl: string | null): ExampleTab[] {
  const video = sandboxUrl === null ? 'https://example.com/your-clip.mp4' : `${sandboxUrl}/clips/source.mp4`
  const lastJob = { id: lastJobPlaceholder }
  return [
    tab(models, {}),
    tab(create, {
      input: {
        model: 'WAN_2_1_V2V_480P_LORA',
        video,
        prompt: 'A watercolor painting of the same scene, soft light, visible brush strokes',
        strength: 0.9,
        duration: 5,
      },
    }),
    tab(follow, lastJob),
    tab(history, { first: 20 }),
    tab(detail, lastJob),
    tab(cancel, lastJob),
    tab(retry, lastJob),
    tab(remove, lastJob),
  ]
}

function tab(query: string, variables: object): ExampleTab {
  return { query, variables: JSON.stringify(variables, null, 2) }
}

const models = `# 1. What can be made
# The models, and their parameters. Those of a family
# are made by its mutation: V2VLora by createV2VLoraJob.
query Models {
  models {
    name
    family
    title
    description
    parameters {
      name
      type
      required
      default
      allowed
      minimum
      maximum
      maxItems
      items {
        name
        required
        minimum
        maximum
        description
      }
      description
    }
  }
}
`

const create = `# 2. Make a video
# Change the variables below and press play.
# Invalid input comes back as data, every issue at once.
# The next tabs use the newest job of this page wherever
# their variables say "LAST_JOB".
mutation Create($input: CreateV2VLoraJobInput!) {
  createV2VLoraJob(input: $input) {
    __typename
    ... on CreateV2VLoraJobSuccess {
      job {
        id
        state
        queuePosition
        createdAt
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      issues {
        path
        message
        minimum
        maximum
      }
    }
  }
}
`

const follow = `# 3. Follow the job
# Its state as it stands, then each change, until it
# is over. Run the tab Create first.
subscription Follow($id: ID!) {
  prediction(jobId: $id) {
    id
    state
    queuePosition
    version
    updatedAt
    outputs {
      url
    }
    error {
      code
      message
    }
  }
}
`

const history = `# 4. The history
# Everything that was ever made, newest first. Pass
# pageInfo.endCursor as "after" for the next page.
query History($first: Int, $after: String) {
  jobs(first: $first, after: $after) {
    edges {
      node {
        id
        model
        state
        createdAt
        finishedAt
        input {
          prompt
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`

const detail = `# 5. One job in full
# What was asked for, what happened when, and what
# came of it. Each family of models has parameters of
# its own: those of createV2VLoraJob are asked for here.
query Detail($id: ID!) {
  job(id: $id) {
    id
    model
    state
    predictionId
    input {
      prompt
      seed
      ... on V2VLoraParameters {
        video
        negativePrompt
        loras {
          path
          scale
        }
        numInferenceSteps
        duration
        strength
        guidanceScale
        flowShift
      }
    }
    timeline {
      at
      state
      message
    }
    outputs {
      url
      kept
      nsfw
      expiresAt
    }
    error {
      code
      message
      retryable
      billed
    }
    createdAt
    finishedAt
  }
}
`

const cancel = `# 6. Cancel a job
# One that is not over yet: create one, then come
# here at once.
mutation Cancel($id: ID!) {
  cancelJob(id: $id) {
    __typename
    ... on CancelJobSuccess {
      job {
        id
        state
      }
    }
    ... on Error {
      message
      code
    }
  }
}
`

const retry = `# 7. Retry a job
# A failed or canceled one, as a new job with the same
# input.
mutation Retry($id: ID!) {
  retryJob(id: $id) {
    __typename
    ... on RetryJobSuccess {
      job {
        id
        state
        retryOf {
          id
        }
      }
    }
    ... on Error {
      message
      code
    }
  }
}
`

const remove = `# 8. Delete a job
# A finished one, from the history, and from the vendor
# too where "fromVendor" is true.
mutation Delete($id: ID!, $fromVendor: Boolean) {
  deleteJob(id: $id, fromVendor: $fromVendor) {
    __typename
    ... on DeleteJobSuccess {
      deletedJobId
    }
    ... on Error {
      message
      code
    }
  }
}
`
