import { beforeEach, describe, expect, it } from 'vitest'
import type { TenantUploads, Upload } from '../../src/uploads/upload.ts'
import { stores, useStore } from '../support/stores.ts'
import { tenantOf } from '../support/tenants.ts'

const dayMs = 86_400_000

function sample(change: Partial<Upload>): Upload {
  return {
    id: 'upl_a',
    tenant: tenantOf('a'),
    url: 'https://files.example.com/a.mp4',
    filename: 'a "clip" \u00e4.mp4',
    contentType: 'video/mp4',
    bytes: 1_500_000_000,
    hash: 'ab'.repeat(32),
    createdAt: 1_000,
    expiresAt: 9_000,
    kept: null,
    ...change,
  }
}

describe.each(stores)('what is kept of uploads, on $name,', ({ open }) => {
  const opened = useStore(open)
  let own: TenantUploads
  let rival: TenantUploads
  beforeEach(() => {
    const { uploads } = opened.store
    own = uploads.for(tenantOf('a'))
    rival = uploads.for(tenantOf('b'))
  })

  it('comes back as it was written, to its tenant alone', async () => {
    const upload = sample({ kept: 'upl_a/0.mp4' })
    await own.add(upload)
    expect(await own.upload('upl_a')).toEqual(upload)
    expect(await own.at([upload.url, 'https://files.example.com/none'])).toEqual([upload, null])
    expect(await own.withHash(upload.hash, 8_999)).toEqual(upload)
    expect(await own.page(null, 10)).toEqual([upload])
    expect(await rival.upload('upl_a')).toBeNull()
    expect(await rival.at([upload.url])).toEqual([null])
    expect(await rival.withHash(upload.hash, 0)).toBeNull()
    expect(await rival.page(null, 10)).toEqual([])
  })

  it('is found by its hash while the vendor keeps it: what it keeps longest first', async () => {
    const [short, long] = [
      sample({ id: 'upl_a', expiresAt: 9_000 }),
      sample({ id: 'upl_b', expiresAt: 20_000 }),
    ]
    await own.add(short)
    await own.add(long)
    expect((await own.withHash(short.hash, 8_000))?.id).toBe('upl_b')
    expect((await own.withHash(short.hash, 19_999))?.id).toBe('upl_b')
    expect(await own.withHash(short.hash, 20_000)).toBeNull()
    expect(await own.withHash('cd'.repeat(32), 0)).toBeNull()
  })

  it('is listed newest first, each once', async () => {
    for (const id of ['upl_c', 'upl_a', 'upl_d', 'upl_b']) await own.add(sample({ id }))
    const ids = async (before: string | null, limit: number) =>
      (await own.page(before, limit)).map(({ id }) => id)
    expect(await ids(null, 3)).toEqual(['upl_d', 'upl_c', 'upl_b'])
    expect(await ids('upl_b', 3)).toEqual(['upl_a'])
    expect(await ids('upl_a', 3)).toEqual([])
  })

  it('of several at one address is the newest', async () => {
    for (const id of ['upl_a', 'upl_c', 'upl_b']) await own.add(sample({ id }))
    const [found] = await own.at(['https://files.example.com/a.mp4'])
    expect(found?.id).toBe('upl_c')
  })

  it('is counted for each tenant in its day, which begins with the first one', async () => {
    await own.count(2, 1_000)
    await own.count(2, 5_000)
    await expect(own.count(2, 6_000)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      limit: 'uploadsPerDay',
      retryAfter: dayMs / 1_000 - 5,
    })
    await rival.count(2, 6_000)
    await own.count(2, 1_000 + dayMs)
    await own.count(2, 1_001 + dayMs)
    await expect(own.count(2, 1_002 + dayMs)).rejects.toThrow('2 uploads a day')
  })

  it('lasts', async () => {
    await own.add(sample({}))
    const { uploads } = await opened.reopen()
    expect(await uploads.for(tenantOf('a')).upload('upl_a')).toEqual(sample({}))
  })
})
