import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

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
