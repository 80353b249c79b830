import { readFileSync } from 'node:fs'
import { file, type Reply, refusal } from './http.ts'
import { has, stateAt, type Tasks } from './tasks.ts'
import type { Uploads } from './uploads.ts'

/** The files that can be downloaded: the clips, the outputs of finished tasks, and uploads. */
export interface Media {
  serve(pathname: string, range: string | undefined): Reply
}

export function createMedia(deps: { now: () => number; tasks: Tasks; uploads: Uploads }): Media {
  const source = clip('source.mp4')
  const output = clip('output.mp4')
  return {
    serve(pathname, range) {
      if (pathname === '/clips/source.mp4') return file(source, 'video/mp4', range)
      const [, id = '', upload = ''] =
        /^\/(?:outputs\/(\w+)\.mp4|uploads\/(\w+)\/[^/]+)$/.exec(pathname) ?? []
      if (upload !== '') return deps.uploads.serve(upload, range)
      const task = deps.tasks.get(id)
      const there = task && stateAt(task, deps.now()).status === 'completed' && !has(task, 'lost-output')
      return there ? file(output, 'video/mp4', range) : refusal(404, `there is nothing at ${pathname}`)
    },
  }
}

function clip(name: string): Buffer {
  return readFileSync(new URL(`clips/${name}`, import.meta.url))
}
