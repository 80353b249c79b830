import { readFileSync } from 'node:fs'
import { lasting } from './clip.ts'
import { file, type Reply, refusal } from './http.ts'
import type { Task } from './task.ts'
import { has, stateAt, type Tasks } from './tasks.ts'
import type { Uploads } from './uploads.ts'

/** The files that can be downloaded: the clips, the outputs of finished tasks, and uploads. */
export interface Media {
  serve(pathname: string, range: string | undefined): Promise<Reply>
}

export function createMedia(deps: { now: () => number; tasks: Tasks; uploads: Uploads }): Media {
  const source = clip('source.mp4')
  const output = clip('output.mp4')
  /** By their length: all are made of the same clip. */
  const outputs = new Map<number, Promise<Buffer>>()

  /** A video as long as was asked. */
  function outputOf({ input: { duration } }: Task): Promise<Buffer> {
    const seconds = typeof duration === 'number' ? duration : defaultSeconds
    const made = outputs.get(seconds) ?? lasting(output, seconds)
    outputs.set(seconds, made)
    return made
  }

  return {
    async serve(pathname, range) {
      if (pathname === '/clips/source.mp4') return file(source, 'video/mp4', range)
      const [, id = '', upload = ''] =
        /^\/(?:outputs\/(\w+)\.mp4|uploads\/(\w+)\/[^/]+)$/.exec(pathname) ?? []
      if (upload !== '') return deps.uploads.serve(upload, range)
      const task = deps.tasks.get(id)
      const there = task && stateAt(task, deps.now()).status === 'completed' && !has(task, 'lost-output')
      if (!there) return refusal(404, `there is nothing at ${pathname}`)
      return file(await outputOf(task), 'video/mp4', range)
    },
  }
}

/** What a model makes whose length nobody chooses. */
const defaultSeconds = 5

function clip(name: string): Buffer {
  return readFileSync(new URL(`clips/${name}`, import.meta.url))
}
