import { judging } from '../support/judging.ts'

/**
 * What vitest's assertions and spies expect of the process they run in. Its own workers have more of it; nothing else of
 * it is read by what our tests use.
 */
export function provideWorkerState(): void {
  const state = {
    ctx: { pool: 'forks' },
    config: { expect: {}, snapshotOptions: {}, fakeTimers: {}, environment: 'node' },
    environment: { name: 'node' },
    providedContext: {},
    rpc: {},
    resolvingModules: new Set(),
    evaluatedModules: { idToModuleMap: new Map() },
    onCancel() {},
    onCleanup() {},
  }
  Object.assign(globalThis, { [judging]: true })
  Object.defineProperty(globalThis, '__vitest_worker__', { value: state, configurable: true, writable: true })
}
