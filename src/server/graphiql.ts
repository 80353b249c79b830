import type { GraphiQLOptions } from 'graphql-yoga'
import { exampleTabs, lastJobPlaceholder } from './examples.ts'
import { graphiqlFiles } from './graphiql-files.ts'

export interface GraphiQLPageOptions {
  /** The sandbox's address when the vendor is a sandbox, else null. */
  readonly sandbox: () => string | null
}

export interface GraphiQLPage {
  readonly options: () => GraphiQLOptions
  readonly render: (options: GraphiQLOptions) => string
}

/**
 * GraphiQL with the examples in its tabs. Its files come from the gateway itself, so it works without internet access,
 * and browsers keep them: what is loaded anew is this page alone.
 */
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
      const { script, style, icon, editorWorkerService, json, graphql } = graphiqlFiles()
      const workers = {
        editorWorkerService: relative(editorWorkerService),
        json: relative(json),
        graphql: relative(graphql),
      }
      return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>${options.title}</title>
    <link rel="icon" href="${relative(icon)}">
    <link rel="stylesheet" href="${relative(style)}">
    ${tabFix}
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>This page needs JavaScript.</noscript>
    ${vendor === null ? '' : sandboxBanner}
    <div id="root"></div>
    <script>
      ${freshTabs(vendor)}
      ${lastJobScript}
      {
        const workers = ${JSON.stringify(workers)}
        self.MonacoEnvironment = { globalAPI: true, getWorkerUrl: (_id, label) => workers[label] }
      }
    </script>
    <script src="${relative(script)}"></script>
    <script>
      YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), ${inScript(options)})
      ${editorScript}
    </script>
  </body>
</html>
`
    },
  }
}

/** An address that also holds where a proxy serves the gateway below a path. */
function relative({ path }: { readonly path: string }): string {
  return path.slice(1)
}

/** A value as a script may hold it: the sandbox's address could otherwise end the script. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

/**
 * Of the editors: lines are wrapped, since GraphiQL leaves them a few hundred pixels on a small screen. They follow a
 * change of the system's theme, as the rest of the page does by its styles; one that was chosen in the settings stays.
 */
const editorScript = `
const wrap = (editor) => editor.updateOptions({ wordWrap: 'on' })
monaco.editor.getEditors().forEach(wrap)
monaco.editor.onDidCreateEditor(wrap)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', ({ matches }) => {
  if (!localStorage.getItem('graphiql:theme')) monaco.editor.setTheme(matches ? 'graphiql-DARK' : 'graphiql-LIGHT')
})
`

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
 * one and sends it in place of "LAST_JOB". The API knows nothing of it. Without a job the page answers itself, what to do
 * first.
 */
const lastJobScript = `
{
  const send = window.fetch
  const placeholder = '"${lastJobPlaceholder}"'
  const inAddress = encodeURIComponent(placeholder)
  let lastJob = sessionStorage.getItem('lastJob')
  const answerMissing = (isStream) => {
    const message = '${lastJobPlaceholder} stands for the newest job of this page, and there is none yet. ' +
      'Run the tab Create first, then come back here. (Or put the id of any job in the place of ${lastJobPlaceholder}.)'
    const json = JSON.stringify({ errors: [{ message }] })
    return isStream
      ? new Response('event: next\\ndata: ' + json + '\\n\\nevent: complete\\ndata:\\n\\n', { headers: { 'content-type': 'text/event-stream' } })
      : new Response(json, { headers: { 'content-type': 'application/json' } })
  }
  window.fetch = async (input, init) => {
    const body = init?.body
    if (typeof input === 'string' && input.includes(inAddress)) {
      if (!lastJob) return answerMissing(true)
      input = input.replaceAll(inAddress, encodeURIComponent('"' + lastJob + '"'))
    }
    if (typeof body !== 'string') return send(input, init) // subscriptions go by GET
    if (body.includes(placeholder)) {
      if (!lastJob) return answerMissing(false)
      init = { ...init, body: body.replaceAll(placeholder, JSON.stringify(lastJob)) }
    }
    const response = await send(input, init)
    if (/create\\w*Job|retryJob/.test(body) && response.headers.get('content-type')?.includes('json')) {
      const job = (await response.clone().text()).match(/"id":"(job_\\w+)"/)
      if (job) sessionStorage.setItem('lastJob', (lastJob = job[1]))
    }
    return response
  }
}
`
