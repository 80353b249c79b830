import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Task } from './task.ts'

/** An upload as it was stored. */
export interface KeptUpload {
  readonly id: string
  readonly type: string
  readonly at: number
  readonly bytes: Buffer
}

/** What outlives the sandbox: its tasks and uploads, so that jobs go on after a restart as they do at the vendor. */
export interface Keep {
  /** What was kept before, oldest first. */
  readonly tasks: readonly Task[]
  /** Those of them that were deleted: they have cost what they have cost. */
  readonly gone: readonly string[]
  readonly uploads: readonly KeptUpload[]
  created(task: Task): void
  deleted(ids: readonly string[]): void
  uploaded(upload: KeptUpload): void
}

/** Keeps nothing: what is in memory ends with the sandbox. */
export const forgetful: Keep = { tasks: [], gone: [], uploads: [], created() {}, deleted() {}, uploaded() {} }

type Line =
  | {
      readonly created: Omit<Task, 'startsAt' | 'endsAt'> & { startsAt: number | null; endsAt: number | null }
    }
  | { readonly deleted: readonly string[] }
  | { readonly uploaded: Omit<KeptUpload, 'bytes'> }

/**
 * Keeps in a folder: a line of JSON for each change, and a file for each upload. Lines are only ever added, and a line
 * whose end is missing counts as not written, so a kill at any moment leaves what was answered before.
 */
export function openKeep(folder: string, oldest: number): Keep {
  const file = join(folder, 'sandbox.jsonl')
  const uploadPath = (id: string) => join(folder, id)
  mkdirSync(folder, { recursive: true })
  const tasks = new Map<string, Task>()
  const gone: string[] = []
  const uploads = new Map<string, KeptUpload>()

  function read(line: Line): void {
    if ('created' in line) {
      const { created } = line
      const task = { ...created, startsAt: moment(created.startsAt), endsAt: moment(created.endsAt) }
      if (task.createdAt > oldest) tasks.set(task.id, task)
    } else if ('deleted' in line) gone.push(...line.deleted)
    else if (line.uploaded.at > oldest) {
      const { uploaded } = line
      uploads.set(uploaded.id, { ...uploaded, bytes: readFileSync(uploadPath(uploaded.id)) })
    }
  }

  const text = readIfThere(file)
  for (const line of text.split('\n')) {
    try {
      if (line !== '') read(JSON.parse(line))
    } catch {
      // Cut off by a kill, or its file is gone: nobody can ask for it any more.
    }
  }
  // What was cut off must not swallow the next line.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n')
  const write = (line: Line) => appendFileSync(file, `${JSON.stringify(line)}\n`)

  return {
    tasks: [...tasks.values()],
    gone,
    uploads: [...uploads.values()],
    // JSON has no word for "never": it becomes null.
    created: (task) => write({ created: task }),
    deleted: (ids) => write({ deleted: ids }),
    uploaded({ bytes, ...uploaded }) {
      const part = `${uploadPath(uploaded.id)}.part`
      writeFileSync(part, bytes)
      renameSync(part, uploadPath(uploaded.id))
      write({ uploaded })
    },
  }
}

const moment = (at: number | null) => at ?? Number.POSITIVE_INFINITY

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
