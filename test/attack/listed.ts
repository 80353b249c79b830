/** What the gateway behind the proxy runs, and nothing else. */
export const listed = {
  names: 'query Names { __typename }',
  cancel: 'mutation Cancel($id: ID!) { cancelJob(id: $id) { __typename } }',
}
