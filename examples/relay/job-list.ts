import { graphql } from 'relay-runtime'

export const query = graphql`
  query jobListQuery($first: Int!) {
    ...jobList_jobs @arguments(first: $first)
  }
`

export const jobs = graphql`
  fragment jobList_jobs on Query
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
  @refetchable(queryName: "jobListPageQuery") {
    jobs(first: $first, after: $after) @connection(key: "jobList_jobs") {
      edges { node { id state createdAt input { prompt } } }
    }
  }
`

export const changes = graphql`
  subscription jobListSubscription {
    jobs { id version state outputs { url } }
  }
`
