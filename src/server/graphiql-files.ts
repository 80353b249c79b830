import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import {
  css,
  editorWorkerService,
  favicon,
  graphqlWorker,
  js,
  jsonWorker,
} from '@graphql-yoga/render-graphiql/graphiql'
import { sendError } from './answer.ts'

/** Below it are the files of GraphiQL. An address has the hash of what it stands for, so that it can be kept for ever. */
export const graphiqlPath = '/graphiql/'

const script = 'text/javascript; charset=utf-8'

let built: ReturnType<typeof build> | undefined

/** The files by what they are; hashed when they are first asked for, since they have nine megabytes. */
export function graphiqlFiles() {
  built ??= build()
  return built
}

function build() {
  const icon = Buffer.from(favicon.replace(/^data:[^,]*,/, ''), 'base64')
  return {
    script: file('graphiql.js', script, js),
    style: file('graphiql.css', 'text/css; charset=utf-8', css),
    icon: file('favicon.ico', 'image/x-icon', icon),
    editorWorkerService: file('editor-worker.js', script, editorWorkerService),
    json: file('json-worker.js', script, jsonWorker),
    graphql: file('graphql-worker.js', script, graphqlWorker),
  }
}

interface PageFile {
  readonly path: string
  readonly type: string
  /** Its bytes in an encoding, made once, when they are first asked for. */
  encoded(encoding: Encoding): Promise<Uint8Array>
}

const encoders = {
  // The best quality would take half a minute for a tenth less.
  br: (bytes: Uint8Array) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
  gzip: (bytes: Uint8Array) => promisify(gzip)(bytes),
  identity: async (bytes: Uint8Array) => bytes,
}

type Encoding = keyof typeof encoders

function file(name: string, type: string, content: string | Uint8Array): PageFile {
  const bytes = Buffer.from(content)
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const made = new Map<Encoding, Promise<Uint8Array>>()
  return {
    path: `${graphiqlPath}${hash}/${name}`,
    type,
    encoded(encoding) {
      const known = made.get(encoding) ?? encoders[encoding](bytes)
      made.set(encoding, known)
      return known
    },
  }
}

/** Answers a request for a file of GraphiQL. */
export async function serveGraphiQLFile(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const found = Object.values(graphiqlFiles()).find((one) => one.path === path)
  if (!found)
    return sendError(response, 404, 'NOT_FOUND', 'There is no such file of GraphiQL: load the page again.')
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return sendError(response, 405, 'METHOD_NOT_ALLOWED', 'The files of GraphiQL can only be read.')
  }
  const encoding = chooseEncoding(headers['accept-encoding']?.toString() ?? '')
  const bytes = await found.encoded(encoding)
  response
    .writeHead(200, {
      'content-type': found.type,
      'content-length': bytes.length,
      ...(encoding !== 'identity' && { 'content-encoding': encoding }),
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Origin, Accept-Encoding',
    })
    .end(bytes)
}

/** The smallest form that a client takes. */
function chooseEncoding(accepted: string): Encoding {
  const offers = accepted
    .toLowerCase()
    .split(',')
    .map((offer) => offer.replace(/\s/g, ''))
    .filter((offer) => !/;q=0(\.0*)?$/.test(offer))
    .map((offer) => offer.split(';')[0])
  return (['br', 'gzip'] as const).find((encoding) => offers.includes(encoding)) ?? 'identity'
}
