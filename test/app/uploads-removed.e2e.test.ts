import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { histories } from '../support/histories.ts'
import { ask, bearer, create, openKeeping } from '../support/keyed-app.ts'
import { tenant } from '../support/keys.ts'
import { clip, upload } from '../support/uploads.ts'

const remove = (id: string) =>
  `mutation { deleteUpload(id: "${id}") { __typename ... on DeleteUploadSuccess { deletedUploadId } ... on Error { code } } }`
const isGone = { deleteUpload: { __typename: 'UploadNotFoundError', code: 'UPLOAD_NOT_FOUND' } }

describe.each(histories)('an upload that is deleted, on %s,', (history) => {
  it('is gone, and so is its copy; the jobs that were made of it stay', async () => {
    const { app, make, files } = await openKeeping({ history })
    const { secret } = await make()
    const { body } = await upload(app.url, clip, bearer(secret))
    const id = await create(app, secret, { video: body.id })
    expect(await ask(app, secret, remove(body.id))).toEqual({
      deleteUpload: { __typename: 'DeleteUploadSuccess', deletedUploadId: body.id },
    })
    expect(files()).toEqual([])
    const left = `{ upload(id: "${body.id}") { id } uploads { edges { node { id } } }
      job(id: "${id}") { source { url kept expiresAt } } }`
    expect(await ask(app, secret, left)).toEqual({
      upload: null,
      uploads: { edges: [] },
      job: { source: { url: body.url, kept: false, expiresAt: null } },
    })
    expect(await ask(app, secret, remove(body.id))).toEqual(isGone)
    // Nobody has it in mind any more.
    const again = await upload(app.url, clip, bearer(secret))
    expect([again.status, again.body.id === body.id]).toEqual([201, false])
  })

  it('is only ever one of the own tenant, and the audit log knows of it', async () => {
    const { app, make, files } = await openKeeping({ history })
    const [own, rival] = [
      await make({ scopes: ['uploads:write', 'admin'] }),
      await make({ tenant: tenant('rival') }),
    ]
    const { body } = await upload(app.url, clip, bearer(own.secret))
    expect(await ask(app, rival.secret, remove(body.id))).toEqual(isGone)
    expect(files()).toEqual([body.id, `${body.id}/0.mp4`])
    await ask(app, own.secret, remove(body.id))
    const { auditLog } = await ask<{ auditLog: unknown[] }>(
      app,
      own.secret,
      '{ auditLog { action target result } }',
    )
    expect(auditLog).toContainEqual({ action: 'deleteUpload', target: body.id, result: 'OK' })
  })
})

it('keeps an upload whose copy cannot be removed', async () => {
  const { app, make, folder } = await openKeeping()
  const { secret } = await make()
  const { body } = await upload(app.url, clip, bearer(secret))
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'a file where the folder should be')
  expect(await ask(app, secret, remove(body.id))).toEqual({
    deleteUpload: { __typename: 'ArchiveUnavailableError', code: 'ARCHIVE_UNAVAILABLE' },
  })
  expect(await ask(app, secret, `{ upload(id: "${body.id}") { id } }`)).toEqual({ upload: { id: body.id } })
  rmSync(folder)
  expect(await ask(app, secret, remove(body.id))).toMatchObject({
    deleteUpload: { __typename: 'DeleteUploadSuccess' },
  })
})

it('keeps an upload whose copy is in an archive that the gateway does not have', async () => {
  const { app, make } = await openKeeping()
  const { secret } = await make()
  const { body } = await upload(app.url, clip, bearer(secret))
  await app.restart({ env: { ARCHIVE_URL: '' } })
  expect(await ask(app, secret, remove(body.id))).toMatchObject({
    deleteUpload: { code: 'ARCHIVE_UNAVAILABLE' },
  })
})
