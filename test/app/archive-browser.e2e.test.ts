import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { launchBrowser, openPage } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { type FileHost, startFileHost } from '../support/file-host.ts'
import { describeWith } from '../support/needs.ts'

describeWith('Chromium', 'a kept output in a browser', () => {
  let folder: string
  let app: TestApp
  let browser: Browser
  let page: Page
  /** Front ends on origins of their own: one in CORS_ORIGINS, one not. */
  let known: FileHost
  let foreign: FileHost
  let url = ''

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-outputs-'))
    known = await startFileHost()
    foreign = await startFileHost()
    app = await createTestApp({
      env: { ARCHIVE_URL: `file:${folder}`, CORS_ORIGINS: known.url },
      sandbox: { taskSeconds: 0.1 },
    })
    const id = await app.create()
    url = await eventually(async () => {
      const [output] = (await app.job(id)).outputs
      expect(output?.kept).toBe(true)
      return output?.url ?? ''
    })
    for (const host of [known, foreign]) {
      host.answer((request, response) => {
        const attribute = request.url === '/cors' ? 'crossorigin' : ''
        response.writeHead(200, { 'content-type': 'text/html' })
        response.end(`<!doctype html><video ${attribute} muted preload="auto" src="${url}"></video>`)
      })
    }
    browser = await launchBrowser()
    page = await openPage(browser)
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
    await known?.close()
    await foreign?.close()
    rmSync(folder, { recursive: true })
  })

  /** What becomes of the video of a page: 'plays', after a jump towards its end, or 'fails'. */
  async function outcome(address: string): Promise<string> {
    await page.goto(address, { waitUntil: 'commit' })
    // Looked at from outside: in a sandboxed document no listener would be called.
    return eventually(async () => {
      const state = await page.evaluate(() => {
        const video = document.querySelector('video')
        if (!video) return 'is missing'
        if (video.error) return 'fails'
        if (video.readyState >= 1 && video.currentTime < 1) video.currentTime = video.duration * 0.9
        return video.readyState >= 2 && !video.seeking && video.currentTime > 1 ? 'plays' : 'loads'
      })
      expect(state).toMatch(/plays|fails/)
      return state
    })
  }

  it('is shown by pages of any origin', async () => {
    expect(await outcome(`${known.url}/`)).toBe('plays')
    expect(await outcome(`${foreign.url}/`)).toBe('plays')
  })

  it('is read only by pages of allowed origins', async () => {
    expect(await outcome(`${known.url}/cors`)).toBe('plays')
    expect(await outcome(`${foreign.url}/cors`)).toBe('fails')
  })

  it('plays by itself when its address is opened', async () => {
    expect(await outcome(url)).toBe('plays')
  })
})
