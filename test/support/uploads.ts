import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestApp } from './app.ts'

/** A video as browsers send them. */
export const clip = readFileSync('sandbox/clips/source.mp4')
export const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** A file of this length that begins like a video. */
export function longClip(bytes: number): Buffer {
  const file = Buffer.alloc(bytes)
  clip.copy(file)
  return file
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: {
    readonly id: string
    readonly url: string
    readonly reused: boolean
    readonly [name: string]: unknown
  } & {
    readonly errors?: readonly [{ readonly message: string; readonly extensions: { readonly code: string } }]
  }
}

/** An upload under way, whose bytes are sent by hand. */
export interface Sending {
  readonly request: ClientRequest
  readonly answer: Promise<Answer>
}

/** Begins an upload; nothing of its body is sent. */
export function begin(url: string, headers: Record<string, string | number>): Sending {
  const sent = request(new URL('/uploads', url), { method: 'POST', headers })
  const answer = new Promise<Answer>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      text(response).then((body) => {
        const { statusCode: status = 0, headers: given } = response
        resolve({ status, headers: given, body: JSON.parse(body) })
      }, reject)
    })
  })
  answer.catch(() => {}) // Told to whoever waits for it.
  sent.flushHeaders()
  return { request: sent, answer }
}

/** Uploads a file whole. */
export function upload(url: string, bytes: Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const all = { 'content-type': 'video/mp4', 'content-length': bytes.length, ...headers }
  const { request: sent, answer } = begin(url, all)
  sent.end(bytes)
  return answer
}

/** The code with which an upload was refused. */
export const codeOf = ({ status, body }: Answer) => `${status} ${body.errors?.[0].extensions.code ?? 'taken'}`

/** The requests that brought files to the vendor, each with how it ended. */
export const operationsOf = ({ sandbox }: Pick<TestApp, 'sandbox'>): string[] =>
  sandbox.ledger
    .requests()
    .filter(({ operation }) => ['ticket', 'put', 'upload'].includes(operation))
    .map(({ operation, status }) => `${operation} ${status}`)

/** How many uploads are recorded. */
export async function countOf({ graphql }: Pick<TestApp, 'graphql'>): Promise<number> {
  const { uploads } = await graphql<{ uploads: { edges: unknown[] } }>(
    '{ uploads { edges { node { id } } } }',
  )
  return uploads.edges.length
}
