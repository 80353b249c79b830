import { ApolloClient, HttpLink } from '@apollo/client'
import { createCache } from './cache.ts'

export const createClient = (uri: string) =>
  new ApolloClient({ link: new HttpLink({ uri }), cache: createCache() })
