import { rmSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { useArchived } from '../support/archived.ts'

describe('a deletion where outputs are kept', () => {
  const world = useArchived()

  it('removes the files of a deleted job', async () => {
    await world.start()
    const { id, url } = await world.kept()
    expect(await readdir(join(world.folder, id))).toEqual(['0.mp4'])
    expect(await world.remove(id)).toMatchObject({ __typename: 'DeleteJobSuccess' })
    expect((await fetch(url)).status).toBe(404)
    expect(await readdir(world.folder)).not.toContain(id)
  })

  it('does not delete a job whose files it cannot remove', async () => {
    await world.start()
    const { id } = await world.kept()
    rmSync(world.folder, { recursive: true })
    writeFileSync(world.folder, 'a file where the folder should be')
    expect(await world.remove(id)).toMatchObject({
      __typename: 'ArchiveUnavailableError',
      code: 'ARCHIVE_UNAVAILABLE',
    })
    expect(await world.app.state(id)).toBe('COMPLETED')
    await world.app.restart({ env: { ARCHIVE_URL: '' } })
    expect(await world.remove(id)).toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
    // The copy is out of reach, so what is told is what can still be had.
    expect(await world.output(id)).toMatchObject({ kept: false, expiresAt: expect.any(String) })
  })

  const removeEverywhere = async (id: string) => {
    const response = await fetch(world.app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation { deleteJob(id: "${id}", fromVendor: true) { __typename ... on Error { message } } }`,
      }),
    })
    return { status: response.status, body: JSON.stringify(await response.json()) }
  }

  it('destroys nothing elsewhere while the history cannot be written', async () => {
    await world.start()
    const { id, url } = await world.kept()
    world.failing = /^\s*(insert|update|delete|create)/i
    const refused = await removeEverywhere(id)
    expect(refused.status).toBe(503)
    expect(refused.body).toMatch(/HISTORY_UNAVAILABLE/)
    expect(refused.body).toMatch(/Nothing was changed/)
    expect((await fetch(url)).status).toBe(200)
    expect(world.app.sandbox.ledger.requests({ operation: 'delete' })).toHaveLength(0)
    world.failing = null
    expect((await removeEverywhere(id)).body).toMatch(/DeleteJobSuccess/)
    expect(world.app.sandbox.ledger.requests({ operation: 'delete' })).toHaveLength(1)
  })

  it('tells what is gone already when a job could not be removed after all', async () => {
    await world.start()
    const { id } = await world.kept()
    world.failing = /^\s*delete/i
    const { status, body } = await removeEverywhere(id)
    expect(status).toBe(503)
    expect(body).toMatch(/The vendor has deleted its prediction\. Its kept outputs are deleted\./)
    expect(body).not.toMatch(/Nothing was changed/)
    world.failing = null
    expect(await world.app.state(id)).toBe('COMPLETED')
    expect(await world.remove(id)).toMatchObject({ __typename: 'DeleteJobSuccess' })
  })

  it('tells that the vendor deleted it where the archive did not', async () => {
    await world.start()
    const { id } = await world.kept()
    rmSync(world.folder, { recursive: true })
    writeFileSync(world.folder, 'a file where the folder should be')
    const { body } = await removeEverywhere(id)
    expect(body).toMatch(/ArchiveUnavailableError/)
    expect(body).toMatch(/The vendor has deleted its prediction/)
  })
})
