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
      const head = `${sandbox() === null ? '' : sandboxBanner}<script>${lastJobScript}</script>`
      return renderGraphiQL(options).replace('<div id="root"></div>', (root) => head + root)
    },
  }
}

const sandboxBanner = `
<style>
  #body { display: flex; flex-direction: column; }
  #root { flex: 1; min-height: 0; }
  #sandbox { padding: 6px 16px; background: #fde68a; color: #422006; font: 600 14px system-ui, sans-serif; }
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
    let body = init?.body
    if (typeof body !== 'string') return send(input, init)
    if (lastJob) body = body.replaceAll('"${lastJobPlaceholder}"', JSON.stringify(lastJob))
    const response = await send(input, { ...init, body })
    if (/createV2VLoraJob|retryJob/.test(body) && response.headers.get('content-type')?.includes('json')) {
      const job = (await response.clone().text()).match(/"id":"(job_\\w+)"/)
      if (job && !body.includes('IntrospectionQuery')) sessionStorage.setItem('lastJob', (lastJob = job[1]))
    }
    return response
  }
}
`
