import { InMemoryCache } from '@apollo/client'
import { relayStylePagination } from '@apollo/client/utilities'
import generated from './possible-types.json' with { type: 'json' }

export const createCache = () =>
  new InMemoryCache({
    // So that `... on Error` and `... on V2VLoraParameters` are understood: GraphQL Code Generator writes the file.
    possibleTypes: generated.possibleTypes,
    typePolicies: {
      Query: {
        fields: {
          jobs: relayStylePagination(['filter', 'orderBy']),
          uploads: relayStylePagination(),
          // A job that a list or a stream has brought is not fetched again.
          job: (existing, { args, toReference }) =>
            existing ?? toReference({ __typename: 'Job', id: args?.['id'] }),
        },
      },
      // Jobs have an `id`; these have not.
      ModelInfo: { keyFields: ['vendorId'] },
      Gateway: { keyFields: [] },
      VendorStatus: { keyFields: false },
    },
  })
