import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, openPage } from '../support/browser.ts'
import { describeWith } from '../support/needs.ts'
import { startTestServer, type TestServer } from './support.ts'

const mutation = 'mutation{pay}'

describeWith('Chromium', 'pages in a browser', () => {
  let gateway: TestServer
  const servers: Server[] = []
  let browser: Browser
  let page: Page
  /** Of the same site as the gateway, on another port. */
  let sameSite: string
  let otherSite: string
  let allowed: string

  /** Serves pages on a port of its own. */
  async function servePages(): Promise<number> {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>a page</title>')
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  beforeAll(async () => {
    const port = await servePages()
    sameSite = `http://127.0.0.1:${port}`
    otherSite = `http://localhost:${port}`
    allowed = `http://localhost:${await servePages()}`
    gateway = await startTestServer({ corsOrigins: [allowed] })
    browser = await launchBrowser()
    page = await openPage(browser)
  })
  afterAll(async () => {
    await browser?.close()
    await gateway?.server.close()
    for (const server of servers) server.close()
  })

  /** Lets the page send whatever a page can, and waits until the gateway has answered all of it. */
  async function attack(origin: string): Promise<void> {
    await page.goto(origin)
    await page.evaluate(
      async ({ url, mutation }) => {
        const query = encodeURIComponent(mutation)
        const accepts = ['text/event-stream', 'application/json', '*/*']
        const addresses = [`${url}/graphql?query=${query}`, `${url}/graphql/stream?query=${query}`]
        const sent: Promise<unknown>[] = []
        for (const address of addresses) {
          for (const accept of accepts) {
            const headers = { accept }
            sent.push(fetch(address, { mode: 'no-cors', headers }), fetch(address, { headers }))
          }
          for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
            const body = type === 'text/plain' ? JSON.stringify({ query: mutation }) : `query=${query}`
            const headers = { 'content-type': type }
            sent.push(fetch(address, { method: 'POST', mode: 'no-cors', headers, body }))
          }
          sent.push(
            new Promise((done) => {
              new EventSource(address).onerror = done
            }),
          )
          for (const name of ['img', 'script', 'iframe', 'video', 'embed'] as const) {
            const element = document.createElement(name)
            sent.push(
              new Promise((done) => {
                element.onload = element.onerror = done
                setTimeout(done, 2_000) // some elements tell nothing
              }),
            )
            element.src = address
            document.body.append(element)
          }
          navigator.sendBeacon(address, JSON.stringify({ query: mutation }))
        }
        const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
        sent.push(
          new Promise((done) => {
            socket.onclose = done
            socket.onopen = () => socket.send('{"type":"connection_init"}')
            socket.onmessage = ({ data }) => {
              if (!String(data).includes('connection_ack')) return done(data)
              socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: mutation } }))
            }
          }),
        )
        await Promise.allSettled(sent)
      },
      { url: gateway.url, mutation },
    )
  }

  /** How the gateway answered GraphQL so far, by the log. */
  const statuses = () =>
    gateway.lines
      .filter((line) => line['msg'] === 'request' && String(line['path']).startsWith('/graphql'))
      .map((line) => line['status'])

  test.each([
    ['of another port', () => sameSite],
    ['of another site', () => otherSite],
  ])('a page %s can run nothing, however it asks', async (_name, origin) => {
    await attack(origin())
    expect(statuses().length).toBeGreaterThan(20)
    expect(new Set(statuses())).toEqual(new Set([403]))
    expect(gateway.lines.filter((line) => line['msg'] === 'operation')).toEqual([])
    expect(gateway.paid()).toBe(0)
  })

  test('a link and a form lead to GraphiQL, and run nothing', async () => {
    await page.goto(sameSite)
    await page.evaluate(
      ({ url, mutation }) => {
        const link = document.createElement('a')
        link.href = `${url}/graphql?query=${encodeURIComponent(mutation)}`
        link.textContent = 'a link'
        document.body.append(link)
      },
      { url: gateway.url, mutation },
    )
    await page.getByText('a link').click()
    await page.locator('.graphiql-execute-button').waitFor()
    expect(new URL(page.url()).origin).toBe(gateway.url)
    await page.goto(sameSite)
    await page.evaluate(
      ({ url }) => {
        document.body.innerHTML = `<form action="${url}/graphql"><input name="query" value="mutation{pay}"><button>send</button></form>`
      },
      { url: gateway.url },
    )
    await page.getByText('send').click()
    await page.locator('.graphiql-execute-button').waitFor()
    expect(gateway.paid()).toBe(0)
    expect(
      gateway.lines.filter((line) => line['msg'] === 'operation' && line['type'] === 'mutation'),
    ).toEqual([])
  })

  test('an allowed page runs its operations, and the own page too', async () => {
    for (const origin of [allowed, gateway.url]) {
      await page.goto(`${origin}/`)
      const answer = await page.evaluate(
        async ({ url, mutation }) => {
          const response = await fetch(`${url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ query: mutation }),
          })
          return response.text()
        },
        { url: gateway.url, mutation },
      )
      expect(answer).toContain('"pay"')
    }
    expect(gateway.paid()).toBe(2)
  })
})
