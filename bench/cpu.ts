import { readdirSync, readFileSync } from 'node:fs'

/** Milliseconds of processor time, in this process or in that of a server and its children. */
export interface CpuClock {
  read(): number
}

const ticksPerSecond = 100 // of /proc on every Linux that Node runs on

export const ownCpu: CpuClock = {
  read() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  },
}

/** Of whoever listens at the port of `url` and what it started; always 0 where there is no /proc. */
export function serverCpu(url: string): CpuClock {
  const { port } = new URL(url)
  const all = processes()
  const found =
    all.find(({ command }) => / -p \d+/.test(command) && command.includes(` -p ${port} `)) ??
    all.find(({ command }) => command.startsWith('redis-server') && command.includes(`:${port}`))
  return {
    read() {
      if (!found) return 0
      const now = processes().filter(({ pid, parent }) => pid === found.pid || parent === found.pid)
      // Children that are gone count with their parent's.
      return now.reduce((sum, one) => sum + one.own + (one.pid === found.pid ? one.gone : 0), 0)
    },
  }
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly command: string
  readonly own: number
  readonly gone: number
}

function processes(): Process[] {
  const pids = directory('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number)
      const ms = (at: number) => ((fields[at] ?? 0) * 1_000) / ticksPerSecond
      const command = `${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()} `
      return {
        pid: Number(pid),
        parent: fields[1] ?? 0,
        command,
        own: ms(11) + ms(12),
        gone: ms(13) + ms(14),
      }
    } catch {
      return [] // It ended meanwhile.
    }
  })
}

function directory(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
