import { readFileSync } from 'node:fs'
import type Database from 'better-sqlite3'

const folder = 'src/db/sqlite/migrations'

/** Takes the step back that made the index of texts, and those after it: the next to open the file makes them again. */
export function withoutTextIndex(client: Database.Database): void {
  const { entries } = JSON.parse(readFileSync(`${folder}/meta/_journal.json`, 'utf8')) as {
    entries: { readonly tag: string; readonly when: number }[]
  }
  const first = entries.findIndex(({ tag }) => tag.endsWith('_text_index'))
  for (const { tag } of entries.slice(first).reverse()) {
    const sql = readFileSync(`${folder}/${tag}.sql`, 'utf8')
    for (const [, table, column] of sql.matchAll(/ALTER TABLE `(\w+)` ADD `(\w+)`/g))
      client.exec(`ALTER TABLE "${table}" DROP COLUMN "${column}"`)
    for (const kind of ['TRIGGER', 'TABLE']) {
      for (const [, name] of sql.matchAll(new RegExp(`CREATE (?:VIRTUAL )?${kind} [\`"]?(\\w+)`, 'g')))
        client.exec(`DROP ${kind} IF EXISTS "${name}"`)
    }
  }
  client.exec('DROP INDEX IF EXISTS changes_by_tenant')
  client.prepare('DELETE FROM __drizzle_migrations WHERE created_at >= ?').run(entries[first]?.when)
}
