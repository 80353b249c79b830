import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Attack, Kind } from '../attack.ts'
import { send } from '../http.ts'

const clip = readFileSync('sandbox/clips/source.mp4')
const hash = createHash('sha256').update(clip).digest('hex')
const video = 'content-type: video/mp4'

const upload = (
  name: string,
  headers: readonly string[],
  body: string | Buffer | undefined,
  answer: Attack['answer'],
  more: { readonly key?: 'reader' | 'revoked' | 'expired' | null; readonly method?: string } = {},
): Attack => ({
  name,
  send: ({ keyed, keys }) => {
    const { key: shown = 'rival', method } = more
    const key = shown === null ? null : keys[shown]
    return send(keyed, {
      path: '/uploads',
      headers,
      key,
      ...(method && { method }),
      ...(body !== undefined && { body }),
    })
  },
  answer,
})

const names = ['%', '%00', 'a%0d%0aset-cookie:b', '..', '%2e%2e', 'a%2f', `${'a'.repeat(300)}.mp4`]

const attacks: readonly Attack[] = [
  upload('without a key', [video], clip, '401 UNAUTHENTICATED', { key: null }),
  upload('with a key that may only read', [video], clip, '403 FORBIDDEN', { key: 'reader' }),
  upload('with a key that was revoked', [video], clip, '401 UNAUTHENTICATED', { key: 'revoked' }),
  upload('with a key that has expired', [video], clip, '401 UNAUTHENTICATED', { key: 'expired' }),
  ...['PUT', 'GET', 'DELETE', 'PATCH'].map((method) =>
    upload(`by ${method}`, [video], clip, '405 METHOD_NOT_ALLOWED', { method }),
  ),
  upload(
    'from a page of another site',
    [video, 'origin: https://evil.example'],
    clip,
    '403 ORIGIN_NOT_ALLOWED',
  ),
  upload('a text', [video], 'I am no video. '.repeat(1_000), '415 UNSUPPORTED_MEDIA'),
  upload('a page', [video], `<script>alert(1)</script>${' '.repeat(9_000)}`, '415 UNSUPPORTED_MEDIA'),
  upload(
    'an archive',
    [video],
    Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(9_000)]),
    '415 UNSUPPORTED_MEDIA',
  ),
  upload('a video as an image', ['content-type: image/png'], clip, '415 UNSUPPORTED_MEDIA'),
  upload('nothing', [video], '', '415 UNSUPPORTED_MEDIA'),
  upload('as SVG', ['content-type: image/svg+xml'], '<svg onload="alert(1)"/>', '415 UNSUPPORTED_MEDIA'),
  upload('as a form', ['content-type: multipart/form-data; boundary=a'], '--a--', '415 UNSUPPORTED_MEDIA'),
  upload('compressed', [video, 'content-encoding: gzip'], clip, '415 CONTENT_ENCODING_NOT_SUPPORTED'),
  upload('of unknown length', [video, 'transfer-encoding: chunked'], undefined, '411 LENGTH_REQUIRED'),
  upload('of 9 GB', [video, 'content-length: 9000000000'], undefined, '413 UPLOAD_TOO_LARGE'),
  upload('of more bytes than numbers hold', [video, `content-length: ${'9'.repeat(30)}`], undefined, [
    '400',
    '413 UPLOAD_TOO_LARGE',
  ]),
  ...names.map((name) =>
    upload(`named ${name.slice(0, 20)}`, [video, `x-file-name: ${name}`], clip, '400 BAD_UPLOAD'),
  ),
  upload('with a hash that is none', [video, "x-content-sha256: ' OR 1=1"], clip, '400 BAD_UPLOAD'),
  upload(
    'with the hash of another',
    [video, `x-content-sha256: ${'ab'.repeat(32)}`],
    clip,
    '400 CONTENT_MISMATCH',
  ),
  {
    name: 'the hash of a clip of another tenant',
    async send({ keyed, keys }) {
      const path = '/uploads'
      await send(keyed, { path, headers: [video], body: clip, key: keys.victim })
      // It is sent and not answered by what the other has.
      return send(keyed, { path, headers: [video, `x-content-sha256: ${hash}`], body: clip, key: keys.rival })
    },
    answer: '201',
  },
  {
    name: 'twenty at once that bring nothing',
    async send({ keyed, keys }) {
      const begin = () =>
        send(keyed, { path: '/uploads', headers: [video, 'content-length: 100000'], key: keys.rival })
      const answers = await Promise.all(Array.from({ length: 20 }, begin))
      const refused = answers.filter(({ outcome }) => outcome === '429 TOO_MANY_UPLOADS')
      return {
        outcome: `${refused.length} of 20 are refused`,
        bytes: answers.reduce((sum, { bytes }) => sum + bytes, 0),
      }
    },
    answer: '12 of 20 are refused',
    mostBytes: 40_000,
  },
]

export const uploads: Kind = { name: 'uploads', attacks }
