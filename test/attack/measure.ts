import { readFileSync } from 'node:fs'

/** Of the clock by which Linux counts CPU time, whatever the machine. */
const tickMs = 10
const kilobyte = 1_024

/** CPU time that a process has taken so far, all of its threads; null where that cannot be read. */
export function cpuMsOf(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name of the program, in brackets, may have spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

/** Bytes that a process holds, and that it held at the most; null where they cannot be read. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } | null {
  const status = read(`/proc/${pid}/status`)
  if (status === null) return null
  const bytesOf = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * kilobyte
  return { now: bytesOf('VmRSS'), peak: bytesOf('VmHWM') }
}

function read(file: string): string | null {
  if (process.platform !== 'linux') return null
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null // it has ended
  }
}
