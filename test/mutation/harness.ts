import { relative, resolve } from 'node:path'
import { type File, startTests, type Task, type Test, type VitestRunner } from '@vitest/runner'
import { createViteServer } from 'vitest/node'
import { provideWorkerState } from './worker-state.ts'

/** What a run of a test file came to. */
export interface Run {
  readonly passed: boolean
  /** Whether a test took too long. */
  readonly timedOut: boolean
  readonly fault: string | null
  /** In the order in which they stand in the file. */
  readonly tests: readonly { readonly ms: number; readonly coverage: Readonly<Record<string, number>> }[]
}

export interface Harness {
  /**
   * Runs a test file on fresh modules.
   *
   * @param chosen places of tests in the file; null for all
   */
  run(testFile: string, chosen: ReadonlySet<number> | null, limitMs: number): Promise<Run>
  close(): Promise<void>
}

/** What the instrumented code reads and writes. */
export interface Switches {
  activeMutant: string | undefined
  currentTestId: string | undefined
  hitCount: number | undefined
  hitLimit: number | undefined
  readonly mutantCoverage: { static: Record<string, number>; perTest: Record<string, Record<string, number>> }
}

/**
 * Runs test files in this process, again and again, with vitest's own tests, hooks and assertions, and Vite's loading of
 * modules. Packages stay loaded; every file of the project is evaluated anew for each run, constants of modules
 * included.
 *
 * @param sources code that takes the place of files, by their paths from `root`
 */
export async function createHarness(
  root: string,
  sources: Readonly<Record<string, string>>,
  switches: Switches,
): Promise<Harness> {
  provideWorkerState()
  const server = await createViteServer({
    configFile: false,
    root,
    logLevel: 'silent',
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    oxc: { target: 'node20' },
    optimizeDeps: { noDiscovery: true },
    plugins: [
      {
        name: 'instrumented',
        enforce: 'pre',
        load: (id) => sources[relative(root, id.split('?')[0] ?? id)],
      },
    ],
  })
  const environment = server.environments['ssr'] as unknown as { readonly runner: ModuleRunner }
  const modules = environment.runner
  let strayFault: string | null = null
  const stray = (error: unknown) => {
    strayFault ??= wordsOf(error)
  }
  process.on('unhandledRejection', stray).on('uncaughtException', stray)

  return {
    async run(testFile, chosen, limitMs) {
      forget(modules)
      strayFault = null
      const times: { ms: number; coverage: Readonly<Record<string, number>> }[] = []
      const state = { failed: false, timedOut: false, fault: null as string | null, begun: 0 }
      const note = (task: Task) => {
        const [error] = task.result?.errors ?? []
        if (task.result?.state !== 'fail') return
        state.failed = true
        state.fault ??= `${task.name}: ${error?.message ?? 'failed'}`
        if (/timed out in \d+ms/.test(error?.message ?? '')) state.timedOut = true
      }
      const runner: VitestRunner = {
        config: configOf(root, limitMs),
        importFile: (path) => modules.import(path),
        onCollected(files) {
          for (const file of files) {
            note(file)
            for (const [place, test] of testsOf(file).entries()) {
              if (chosen && !chosen.has(place)) test.mode = 'skip'
            }
          }
        },
        onBeforeRunTask(test) {
          if (state.failed) test.mode = 'skip'
          state.begun = performance.now()
        },
        onBeforeTryTask(test) {
          switches.currentTestId = test.id
        },
        onAfterRunTask(test) {
          switches.currentTestId = undefined
          note(test)
        },
        onAfterRunSuite: note,
        onAfterTryTask(test) {
          const coverage = switches.mutantCoverage.perTest[test.id] ?? {}
          times[testsOf(test.file).indexOf(test as Test)] = { ms: performance.now() - state.begun, coverage }
        },
      }
      const files = await startTests([resolve(root, testFile)], runner)
      for (const file of files) note(file)
      switches.currentTestId = undefined
      await new Promise((done) => setImmediate(done))
      const fault = state.fault ?? strayFault
      const tests = Array.from(times, (time) => time ?? { ms: 0, coverage: {} })
      return { passed: !state.failed && strayFault === null, timedOut: state.timedOut, fault, tests }
    },

    async close() {
      process.off('unhandledRejection', stray).off('uncaughtException', stray)
      await server.close()
    },
  }
}

/** The part of Vite's module runner that is needed here. */
interface ModuleRunner {
  import(path: string): Promise<unknown>
  readonly evaluatedModules: {
    readonly idToModuleMap: ReadonlyMap<string, { readonly file: string }>
    invalidateModule(module: unknown): void
  }
}

/** Lets the next import evaluate every file of the project anew. */
function forget({ evaluatedModules }: ModuleRunner): void {
  for (const module of evaluatedModules.idToModuleMap.values()) {
    if (!module.file.includes('/node_modules/')) evaluatedModules.invalidateModule(module)
  }
}

function configOf(root: string, limitMs: number): VitestRunner['config'] {
  return {
    root,
    setupFiles: [],
    name: undefined,
    passWithNoTests: true,
    testNamePattern: undefined,
    allowOnly: false,
    sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
    maxConcurrency: 1,
    testTimeout: limitMs,
    hookTimeout: limitMs,
    retry: 0,
    includeTaskLocation: false,
    tags: [],
    tagsFilter: undefined,
    strictTags: false,
  } as unknown as VitestRunner['config']
}

function testsOf(suite: File | Extract<Task, { type: 'suite' }>): Test[] {
  return suite.tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task) : [task]))
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
