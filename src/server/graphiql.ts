import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import type { GraphiQLOptions } from 'graphql-yoga'
import { exampleTabs, lastJobPlaceholder } from './examples.ts'

export interface GraphiQLPageOptions {
  /** The sandbox's address when the vendor is a sandbox, else null. */
  readonly sandbox: () => string | null
}

export interface GraphiQLPage {
  readonly options: () => GraphiQLOptions
  readonly render: (options: GraphiQLOptions) => string
}

/** GraphiQL with the examples in its tabs. Everything is in the page itself, so it works without internet access. */
export function createGraphiQLPage({ sandbox }: GraphiQLPageOptions): GraphiQLPage {
  return {
    options() {
      const sandboxUrl = sandbox()
      return {
        title: sandboxUrl === null ? 'WaveSpeed GraphQL' : 'WaveSpeed GraphQL (sandbox)',
        defaultTabs: exampleTabs(sandboxUrl),
      }
    },
    render(options) {
      const vendor = sandbox()
      const head = `${tabFix}${vendor === null ? '' : sandboxBanner}<script>${freshTabs(vendor)}${lastJobScript}</script>`
      return renderGraphiQL(options).replace('<div id="root"></div>', (root) => head + root)
    },
  }
}

/**
 * GraphiQL leaves tabs that were not opened by hand with a stale offset, which takes effect while a tab has the focus:
 * it jumps away between mouse down and up, and the click is lost.
 */
const tabFix = '<style>.graphiql-tab { transform: none !important; }</style>'

/**
 * GraphiQL keeps its tabs over reloads. When another vendor answers at the same address they start afresh: a tab of
 * the demo, with the sandbox's clip in it, must not be what the next click sends to the vendor that bills it.
 */
const freshTabs = (sandboxUrl: string | null) => `
{
  const vendor = ${JSON.stringify(sandboxUrl ?? 'vendor')}
  if ((localStorage.getItem('vendor') ?? vendor) !== vendor) {
    for (const key of ['tabState', 'query', 'variables']) localStorage.removeItem('graphiql:' + key)
    sessionStorage.removeItem('lastJob')
  }
  localStorage.setItem('vendor', vendor)
}
`

const sandboxBanner = `
<style>
  #sandbox { box-sizing: border-box; height: 32px; padding: 7px 16px; background: #fde68a; color: #422006; font: 600 14px/18px system-ui, sans-serif; }
  #root, #root .graphiql-container { height: calc(100vh - 32px) !important; }
</style>
<div id="sandbox" role="status">Sandbox: no real video is made, nothing is billed.</div>
`

/**
 * Lets the examples run as they stand: a job's id is only known once it was created, so the page remembers the newest
 * one and sends it in place of "LAST_JOB". The API knows nothing of it; without a job the request goes out unchanged.
 */
const lastJobScript = `
{
  const send = window.fetch
  let lastJob = sessionStorage.getItem('lastJob')
  window.fetch = async (input, init) => {
    const body = init?.body
    if (lastJob && typeof input === 'string') input = input.replaceAll('%22${lastJobPlaceholder}%22', '%22' + lastJob + '%22')
    if (typeof body !== 'string') return send(input, init) // subscriptions go by GET
    if (lastJob) init = { ...init, body: body.replaceAll('"${lastJobPlaceholder}"', JSON.stringify(lastJob)) }
    const response = await send(input, init)
    if (/createV2VLoraJob|retryJob/.test(body) && response.headers.get('content-type')?.includes('json')) {
      const job = (await response.clone().text()).match(/"id":"(job_\\w+)"/)
      if (job) sessionStorage.setItem('lastJob', (lastJob = job[1]))
    }
    return response
  }
}
`
