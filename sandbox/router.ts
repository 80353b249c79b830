import { models } from '../src/generated/parameters.ts'
import type { Operation } from './ledger.ts'

/** Where a request leads. */
export interface Route {
  operation: Operation
  /** Whether the request has to carry the API key. */
  keyed: boolean
  /** The prediction or upload that the path names. */
  id?: string
  model?: string
  /** Set when the path exists and the method is another one. */
  allow?: string
}

const prefix = '/api/v3/'
/** What clients still call at version 2, which answers as version 3 does. */
const version2 = /^\/api\/v2\/(predictions\/[^/]+\/result|media\/upload\/binary)$/

const fixed: { readonly [path: string]: readonly [method: string, operation: Operation] } = {
  predictions: ['POST', 'list'],
  'predictions/delete': ['POST', 'delete'],
  balance: ['GET', 'balance'],
  'model/price': ['POST', 'price'],
  'model/pricing': ['POST', 'price'],
  models: ['GET', 'models'],
  'billings/search': ['POST', 'billing'],
  'user/usage_stats': ['POST', 'usage'],
  'webhook/secret': ['GET', 'secret'],
  'media/uploads': ['POST', 'ticket'],
  'media/upload/binary': ['POST', 'upload'],
}

/** Finds the operation of a request; `unknown` where the vendor has none. */
export function findRoute(method: string, pathname: string): Route {
  if (method === 'OPTIONS') return { operation: 'preflight', keyed: false }
  const [, old] = version2.exec(pathname) ?? []
  if (old === undefined && !pathname.startsWith(prefix)) return findFile(method, pathname)
  const path = old ?? pathname.slice(prefix.length)
  const found = Object.hasOwn(fixed, path) ? fixed[path] : undefined
  if (found) return allow(method, found[0], { operation: found[1], keyed: true })
  const [, id] = /^predictions\/([^/]+)(?:\/result)?$/.exec(path) ?? []
  if (id !== undefined && method === 'DELETE' && !path.endsWith('/result'))
    return { operation: 'delete', keyed: true, id }
  if (id !== undefined) return allow(method, 'GET', { operation: 'result', keyed: true, id })
  if (models.some((it) => it.id === path))
    return allow(method, 'POST', { operation: 'submit', keyed: true, model: path })
  return { operation: 'unknown', keyed: true }
}

/** Addresses outside the API, which on the vendor's side lie on storage hosts and need no key. */
function findFile(method: string, pathname: string): Route {
  const [, ticket] = /^\/uploads\/([0-9a-f]{32})$/.exec(pathname) ?? []
  if (ticket !== undefined) return allow(method, 'PUT', { operation: 'put', keyed: false, id: ticket })
  if (/^\/(clips|outputs|uploads)\//.test(pathname)) {
    return allow(method === 'HEAD' ? 'GET' : method, 'GET', { operation: 'download', keyed: false })
  }
  return { operation: 'unknown', keyed: false }
}

function allow(method: string, allowed: string, route: Route): Route {
  return method === allowed ? route : { ...route, allow: allowed }
}
