import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions } from 'node:zlib'

type Decoder = (bytes: Uint8Array, limit: ZlibOptions & { maxOutputLength: number }) => Promise<Buffer>

const decoders: Readonly<Record<string, Decoder>> = {
  gzip: promisify<Uint8Array, ZlibOptions, Buffer>(gunzip),
  'x-gzip': promisify<Uint8Array, ZlibOptions, Buffer>(gunzip),
  br: promisify<Uint8Array, ZlibOptions, Buffer>(brotliDecompress),
  deflate: inflateEither,
  identity: async (bytes) => Buffer.from(bytes),
}

/** What of the encodings may be asked for: those that are understood. */
export const acceptedEncodings = 'gzip, deflate, br'

/** More than this in a row is nobody's honest answer. */
const mostLayers = 3

/** "deflate" is zlib's form by its standard, and the bare one by many servers' custom. */
async function inflateEither(bytes: Uint8Array, options: ZlibOptions): Promise<Buffer> {
  const isZlib = (bytes[0] ?? 0) % 16 === 8 && (((bytes[0] ?? 0) << 8) + (bytes[1] ?? 0)) % 31 === 0
  return promisify<Uint8Array, ZlibOptions, Buffer>(isZlib ? inflate : inflateRaw)(bytes, options)
}

/**
 * The bytes of a body without its content encodings.
 *
 * @param limit of the bytes at every layer: one that would grow beyond it is refused before it has
 * @throws Error if an encoding is unknown, broken, or too large
 */
export async function decompress(
  bytes: Uint8Array,
  encoding: string,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const layers = encoding
    .toLowerCase()
    .split(',')
    .map((layer) => layer.trim())
    .filter((layer) => layer !== '')
  if (layers.length > mostLayers) throw new Error(`an answer with ${layers.length} encodings`)
  let decoded = Buffer.from(bytes)
  for (const layer of layers.reverse()) {
    const decoder = Object.hasOwn(decoders, layer) ? decoders[layer] : undefined
    if (!decoder) throw new Error(`an answer in the unknown encoding ${JSON.stringify(layer.slice(0, 40))}`)
    if (decoded.length > 0) decoded = Buffer.from(await decoder(decoded, { maxOutputLength: limit }))
  }
  return decoded
}
