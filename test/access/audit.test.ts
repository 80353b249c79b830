import { beforeEach, describe, expect, it } from 'vitest'
import { audited, createAudit } from '../../src/access/audit.ts'
import { AccessKeyError } from '../../src/access/error.ts'
import type { AuditEntry } from '../../src/access/store.ts'
import { createLog } from '../../src/log.ts'
import { tenant } from '../support/keys.ts'
import { somebody } from '../support/viewer.ts'

const ann = { ...somebody, tenant: tenant('acme'), kind: 'key', id: 'key_1' } as const

describe('what somebody does', () => {
  let now = 0
  let entries: AuditEntry[]
  let lines: { readonly msg: string; readonly level: number }[]
  let fault: Error | null
  beforeEach(() => {
    now = 1_000
    entries = []
    lines = []
    fault = null
  })
  const open = () =>
    createAudit({
      store: {
        async addEntry(entry) {
          await new Promise((later) => setImmediate(later))
          if (fault) throw fault
          entries.push(entry)
        },
      },
      clock: { now: () => now },
      log: createLog('info', { write: (line) => void lines.push(JSON.parse(line)) }),
    })

  it('is written down with who, when, from where and with which result', async () => {
    await open()(ann, '192.0.2.7')('cancelJob', 'job_1', 'OK')
    expect(entries).toEqual([
      {
        at: 1_000,
        tenant: 'acme',
        actor: 'key key_1',
        action: 'cancelJob',
        target: 'job_1',
        address: '192.0.2.7',
        result: 'OK',
      },
    ])
  })

  it('is nobody’s where no key is needed', async () => {
    await open()(somebody, null)('cancelJob', 'job_1', 'OK')
    expect(entries).toEqual([])
  })

  it('has an id no longer than ids are', async () => {
    const audit = open()(ann, null)
    await audit('cancelJob', 'x'.repeat(500), 'JOB_NOT_FOUND')
    await audit('createJob', null, 'INVALID_INPUT')
    expect(entries.map(({ target }) => target)).toEqual(['x'.repeat(80), null])
  })

  it('is written down sixty times a minute where it is refused, and always where it is done', async () => {
    const audit = open()
    for (let time = 0; time < 60; time += 1) await audit(ann, null)('cancelJob', 'a', 'FORBIDDEN')
    expect([entries.length, lines]).toEqual([60, []])
    for (let time = 0; time < 40; time += 1) await audit(ann, null)('cancelJob', 'a', 'FORBIDDEN')
    expect(entries).toHaveLength(60)
    expect(lines).toEqual([expect.objectContaining({ level: 40, viewer: 'acme key key_1' })])
    for (let time = 0; time < 100; time += 1) await audit(ann, null)('cancelJob', 'a', 'OK')
    await audit({ ...ann, id: 'key_2' }, null)('cancelJob', 'a', 'FORBIDDEN')
    await audit({ ...ann, tenant: tenant('rival') }, null)('cancelJob', 'a', 'FORBIDDEN')
    expect(entries).toHaveLength(162)
    now += 60_000
    await audit(ann, null)('cancelJob', 'a', 'FORBIDDEN')
    expect(entries).toHaveLength(163)
  })

  it('is a line of the log where it cannot be written, and no error', async () => {
    fault = new Error('the disk is full')
    await open()(ann, null)('cancelJob', 'job_1', 'OK')
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'an audit entry is lost', action: 'cancelJob', target: 'job_1' }),
    ])
  })

  it('tells what came of it: what was made, which error, and nothing of our own faults', async () => {
    const told: unknown[][] = []
    const audit = async (...deed: unknown[]) => {
      await new Promise((later) => setImmediate(later))
      told.push(deed)
    }
    expect(
      await audited(
        audit,
        'createJob',
        null,
        async () => ({ id: 'job_1' }),
        ({ id }) => id,
      ),
    ).toEqual({
      id: 'job_1',
    })
    expect(told).toHaveLength(1)
    expect(await audited(audit, 'cancelJob', 'job_2', async () => 5)).toBe(5)
    const refused = audited(audit, 'createAccessKey', null, () => Promise.reject(new AccessKeyError('no')))
    await expect(refused).rejects.toThrow('no')
    expect(told).toHaveLength(3)
    const broken = audited(audit, 'createJob', null, () => Promise.reject(new TypeError('ours')))
    await expect(broken).rejects.toThrow('ours')
    expect(told).toEqual([
      ['createJob', 'job_1', 'OK'],
      ['cancelJob', 'job_2', 'OK'],
      ['createAccessKey', null, 'ACCESS_KEY'],
    ])
  })
})
