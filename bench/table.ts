import bench from './package.json' with { type: 'json' }

/** Prints rows as a table of Markdown, numbers to the right. */
export function printTable(rows: readonly Readonly<Record<string, string | number>>[]): void {
  const columns = Object.keys(rows[0] ?? {})
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |\n`
  process.stdout.write(line(columns))
  process.stdout.write(
    line(columns.map((column) => (typeof rows[0]?.[column] === 'number' ? '---:' : '---'))),
  )
  for (const row of rows) process.stdout.write(line(columns.map((column) => row[column] ?? '')))
}

const { bullmq, 'graphile-worker': graphileWorker } = bench.devDependencies

/** The versions that a table belongs to. */
export function printVersions(others: Readonly<Record<string, string>>): void {
  const all = { Node: process.version, BullMQ: bullmq, 'graphile-worker': graphileWorker, ...others }
  process.stdout.write(
    `\n${Object.entries(all)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}\n`,
  )
}
