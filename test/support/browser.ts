import { existsSync } from 'node:fs'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** Whether this machine has the browser that tests drive. */
export const hasBrowser = existsSync(executablePath)

const quiet = [
  'no-sandbox',
  'disable-gpu',
  'disable-background-networking',
  'disable-component-update',
  'disable-sync',
]

/** A browser without a window that asks for nothing by itself. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--headless', '--no-first-run', ...quiet.map((flag) => `--${flag}`)],
  })
}

/** A page that waits as long as a test may: the driver's own half a minute is a verdict on a busy machine. */
export async function openPage(
  where: Browser | BrowserContext,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await ('newContext' in where ? where.newPage(options) : where.newPage())
  page.setDefaultTimeout(120_000) // 2 minutes, as for tests
  return page
}
