import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

it('every link of the documents leads to a file', async () => {
  const broken: string[] = []
  let links = 0
  for (const path of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...(await documents())]) {
    const text = await readFile(join(root, path), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const [file = ''] = target.split('#')
      if (file === '' || /^[a-z]+:/.test(file)) continue
      links += 1
      if (!existsSync(join(root, dirname(path), file))) broken.push(`${path}: ${target}`)
    }
  }
  expect(broken).toEqual([])
  expect(links).toBeGreaterThan(50)
})

async function documents(): Promise<string[]> {
  const files = await readdir(join(root, 'docs'), { recursive: true })
  return files.filter((file) => file.endsWith('.md')).map((file) => join('docs', file))
}
