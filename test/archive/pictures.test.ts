import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { createPictures } from '../../src/archive/pictures.ts'
import { type DrawPoster, findPosters } from '../../src/archive/poster.ts'
import type { KeptCopy } from '../../src/jobs/job.ts'
import { describeWith, ffmpeg } from '../support/needs.ts'
import { clip, convert, sizeOfJpeg } from '../support/videos.ts'

const never = new AbortController().signal
const key = 'job_00000000000000000000000000/0.mp4'
const posterKey = 'job_00000000000000000000000000/0.poster.jpg'

/** An archive with this one file in it. */
function open(file: Buffer, options: { draw?: DrawPoster; limitMs?: number; canStore?: boolean } = {}) {
  const { draw = null, limitMs = 10_000, canStore = true } = options
  const put = new Map<string, Buffer>()
  const warned: unknown[] = []
  const world = { file, read: 0 }
  const pictures = createPictures({
    archive: {
      async read(_key, { start, end }) {
        const bytes = world.file.subarray(start, end)
        world.read += bytes.length
        return bytes
      },
      async put(key, { body }) {
        if (!canStore) throw new Error('the disk is full')
        put.set(key, await buffer(body))
      },
    },
    draw,
    limitMs,
    log: { warn: (...words: unknown[]) => void warned.push(words) } as never,
  })
  onTestFinished(() => pictures.close())
  const of = (signal = never, contentType = 'video/mp4') =>
    pictures.of({ key, bytes: world.file.length, contentType } satisfies KeptCopy, signal)
  return { of, put, warned, world }
}

it('tells the size, the length and the frame rate of a video by a small part of it', async () => {
  const { of, world } = open(clip)
  expect((await of()).video).toEqual({ width: 832, height: 480, durationMs: 3_000, framesPerSecond: 16 })
  expect(world.read).toBeLessThan(clip.length / 4)
})

it.each([
  ['a text', Buffer.from('WEBVTT\n\n'.repeat(1_000))],
  ['nothing', Buffer.alloc(0)],
  ['a video that was cut short', clip.subarray(0, 900)],
])('takes %s that is named a video as it is', async (_name, file) => {
  const { of } = open(file)
  expect(await of()).toEqual({ key, bytes: file.length, contentType: 'video/mp4' })
})

it('does not even read what is no video', async () => {
  const { of, world } = open(clip)
  expect(await of(never, 'image/png')).not.toHaveProperty('video')
  expect(world.read).toBe(0)
})

/** The clip with another value in one of its boxes, so many bytes after the box's name. */
function lying(box: string, offset: number, value: number): Buffer {
  const file = Buffer.from(clip)
  file.writeUInt32BE(value, file.indexOf(box) + offset)
  return file
}

it('gives a file up that keeps its reader busy, and reads the next one', async () => {
  const { of, world, warned } = open(lying('stts', 12, 0x7fffffff), { limitMs: 1_500 })
  const first = of()
  const second = of().then(() => {
    world.file = clip
  })
  expect(await first).not.toHaveProperty('video')
  await second
  expect(warned).toHaveLength(2)
  expect((await of()).video?.durationMs).toBe(3_000)
})

it('believes no length of years, and no million of frames a second', async () => {
  expect(await open(lying('stts', 16, 0x7fffffff)).of()).not.toHaveProperty('video')
  expect(await open(lying('mdhd', 16, 0x7fffffff)).of()).not.toHaveProperty('video')
})

it('tells nothing of a broken file, or what can be', { timeout: 60_000 }, async () => {
  const { of, world } = open(clip, { limitMs: 200 })
  const boxes = fc.array(fc.record({ at: fc.nat(1_376), value: fc.nat(255) }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(boxes, async (changes) => {
      world.file = Buffer.from(clip)
      for (const { at, value } of changes) world.file[at] = value
      const { video } = await of()
      if (!video) return
      expect(video.width).toBeLessThanOrEqual(16_384)
      expect(video.durationMs).toBeGreaterThan(0)
      expect(video.durationMs).toBeLessThanOrEqual(86_400_000)
    }),
    { numRuns: 50 },
  )
})

it('is over at once when its copy is broken off', async () => {
  const broken = new AbortController()
  const { of, warned } = open(lying('stts', 12, 0x7fffffff))
  const found = of(broken.signal)
  setTimeout(() => broken.abort(), 300)
  expect(await found).not.toHaveProperty('video')
  expect(warned).toEqual([])
})

it('keeps what it knows where no poster can be drawn or stored', async () => {
  const fails = async () => Promise.reject(new Error('no decoder'))
  const drawn = async () => Buffer.from('a picture')
  for (const options of [{ draw: fails }, { draw: drawn, canStore: false }]) {
    const { of, warned } = open(clip, options)
    const { video, poster } = await of()
    expect(video?.width).toBe(832)
    expect(poster).toBeUndefined()
    expect(warned).toHaveLength(1)
  }
})

/** A program that does this instead of drawing. */
async function drawBy(script: string): Promise<DrawPoster | null> {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-drawing-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'draw'), `#!/bin/sh\n[ "$1" = -version ] && exit 0\n${script}\n`)
  chmodSync(join(folder, 'draw'), 0o755)
  return findPosters({ program: 'draw', searchPath: `${folder}:/bin:/usr/bin` })
}

it('finds no program that is not there, or does not run', async () => {
  expect(await findPosters({ program: 'no-such-program', searchPath: '/usr/bin' })).toBeNull()
  expect(await findPosters({ program: '/bin/false', searchPath: '/usr/bin' })).toBeNull()
})

it('gives the program that draws nothing but the frame: no key is in its environment', async () => {
  process.env['WAVESPEED_API_KEY'] = 'hunter2'
  onTestFinished(() => void delete process.env['WAVESPEED_API_KEY'])
  const draw = await drawBy('env; cat >/dev/null')
  const seen = String(await draw?.(Buffer.from('frame'), never))
  expect(seen).toContain('PATH=')
  expect(seen).not.toContain('hunter2')
})

it.each([
  ['draws nothing', 'exit 0'],
  ['fails', 'exit 3'],
  ['does not read what it is given', 'exec <&-; sleep 0.1; exit 1'],
  ['draws without end', 'yes'],
])('takes no poster of a program that %s', async (_name, script) => {
  const draw = await drawBy(script)
  await expect(draw?.(Buffer.alloc(1_000_000), never)).rejects.toThrow()
})

it('ends a program that hangs, once its copy is broken off', async () => {
  const draw = await drawBy('exec sleep 60')
  const broken = new AbortController()
  const drawing = draw?.(Buffer.from('frame'), broken.signal)
  broken.abort()
  await expect(drawing).rejects.toThrow('abort')
})

describeWith('ffmpeg', 'with ffmpeg', () => {
  const find = async () =>
    (await findPosters({ program: ffmpeg, searchPath: '' })) ?? expect.unreachable('there is no ffmpeg')

  it.each([
    ['a WebM', ['-c:v', 'libvpx', '-b:v', '300k'], 'webm', [832, 480, 3_000, 16]],
    ['a MOV of 29.97 frames a second', ['-r', '30000/1001', '-t', '1.001'], 'mov', [832, 480, 1_001, 29.97]],
    ['an MP4 whose boxes come last', ['-c', 'copy', '-movflags', '-faststart'], 'mp4', [832, 480, 3_000, 16]],
    [
      'an MP4 in pieces',
      ['-c', 'copy', '-movflags', 'frag_keyframe+empty_moov'],
      'mp4',
      [832, 480, 3_000, 16],
    ],
    ['one of oblong pixels', ['-vf', 'scale=720:480,setsar=4/3', '-t', '1'], 'mp4', [960, 480, 1_000, 16]],
    ['a portrait', ['-vf', 'scale=480:832,setsar=1', '-t', '1'], 'mp4', [480, 832, 1_000, 16]],
  ] as const)('reads %s, and draws it', async (_name, args, extension, facts) => {
    const [width, height, durationMs, framesPerSecond] = facts
    const { of, put } = open(convert(args, extension), { draw: await find() })
    const copy = await of()
    expect({ ...copy.video, durationMs: Math.round((copy.video?.durationMs ?? 0) / 10) * 10 }).toEqual({
      width,
      height,
      durationMs: Math.round(durationMs / 10) * 10,
      framesPerSecond,
    })
    expect(copy.poster).toBe(posterKey)
    expect(sizeOfJpeg(put.get(posterKey) ?? Buffer.alloc(2))).toEqual({ width, height })
  })

  it('draws wide videos at most 1,280 pixels wide', async () => {
    const wide = convert(['-vf', 'scale=1920:1080,setsar=1', '-frames:v', '1'], 'mp4')
    const { of, put } = open(wide, { draw: await find() })
    expect((await of()).video).toMatchObject({ width: 1_920, height: 1_080, framesPerSecond: null })
    expect(sizeOfJpeg(put.get(posterKey) ?? Buffer.alloc(2))).toEqual({ width: 1_280, height: 720 })
  })
})
