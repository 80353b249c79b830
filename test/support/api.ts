import { execute, parse, validate } from 'graphql'
import { createKeyAdmin } from '../../src/access/keys.ts'
import { createMemoryEvents } from '../../src/events/memory.ts'
import { progressOf } from '../../src/jobs/estimate.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import type { SchemaContext } from '../../src/schema/builder.ts'
import { schema } from '../../src/schema/index.ts'
import { createLoaders } from '../../src/schema/loaders.ts'
import type { JobService } from '../../src/service/service.ts'
import { createFakeClock } from './fake-clock.ts'
import { createRandom } from './random.ts'
import type { JobStore } from './stores.ts'
import { somebody } from './viewer.ts'

/** Runs operations on the schema over a store, without sockets; an unexpected error fails the test with its words. */
export function createTestApi(store: JobStore, service?: JobService) {
  const clock = createFakeClock()
  const random = createRandom(1).bytes
  const audit = async () => {}
  return async (source: string, variableValues: Record<string, unknown> = {}) => {
    const document = parse(source)
    const faults = validate(schema, document)
    if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join('\n'))
    const contextValue: Omit<SchemaContext, 'service'> & { service: JobService | undefined } = {
      viewer: somebody,
      get keys() {
        const { access } = store
        return createKeyAdmin({ store: access, clock, random, environment: 'test' }, somebody, null, audit)
      },
      makeTicket: async () => ({ ticket: 'ticket', expiresAt: 0 }),
      audit,
      service,
      reader: store,
      get uploads() {
        return store.uploads.for(localTenant)
      },
      changes: { reader: store, signal: { next: () => () => {} }, clock, keptMs: 0 },
      follow: { reader: store, events: createMemoryEvents(), clock },
      loaders: createLoaders(store, { at: (urls) => store.uploads.for(localTenant).at(urls) }, () => ({
        windowStart: 0,
      })),
      gateway: {
        vendor: () => ({ state: 'OK', message: 'It answers.', since: 0 }),
        waitingFor: () => 'PLACE',
        sandbox: () => null,
        progressOf: (job) => progressOf(job, clock.now()),
        uploadBytes: 100_000_000,
        keepsOutputs: false,
        limits: { videosPerMinute: 2, concurrency: 2 },
        version: '0.0.0',
      },
      outputUrl: () => null,
    }
    const result = await execute({ schema, document, variableValues, contextValue })
    if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'))
    return JSON.parse(JSON.stringify(result.data)) as Record<string, unknown>
  }
}
