import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import type { Environment } from './variables.ts'

/** The variables of a `.env`; none if there is no such file. */
export function readDotEnv(path: string): Environment {
  try {
    return parseEnv(decode(readFileSync(path)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Editors on Windows begin a file with a mark of its encoding, which would become a part of the first name. */
function decode(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex')
  if (mark === 'fffe') return new TextDecoder('utf-16le').decode(bytes)
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(bytes)
  return new TextDecoder('utf-8').decode(bytes)
}
