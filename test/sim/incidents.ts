import type { Bus } from './bus.ts'
import type { Disk } from './disk.ts'
import type { Machine } from './gateway.ts'
import type { Hosts } from './hosts.ts'
import type { Incident } from './plan.ts'
import type { Time, Trace } from './time.ts'
import type { Wire } from './vendor/wire.ts'

interface Happening {
  readonly hosts: Hosts
  readonly disk: Disk
  readonly wire: Wire
  readonly bus: Bus
  readonly machines: readonly Machine[]
  readonly database: Machine
  readonly time: Time
  readonly trace: Trace
  readonly note: (name: string) => void
}

/** Lets it happen now, and end when it is to end. */
export function happen(
  incident: Incident,
  { hosts, disk, wire, bus, machines, database, time, trace, note }: Happening,
): void {
  trace.line('world', JSON.stringify(incident))
  note(nameOf(incident))
  switch (incident.kind) {
    case 'crash':
      hosts.all[incident.host]?.downFor(incident.downMs)
      hosts.all[incident.host]?.life?.light(incident.crossings, incident.side)
      break
    case 'dies trying':
      disk.endsTry = incident
      break
    case 'stop':
      void hosts.all[incident.host]?.stop(incident.downMs)
      break
    case 'freeze': {
      const thaw = hosts.all[incident.host]?.life?.freeze()
      if (thaw) time.after(incident.forMs, thaw)
      break
    }
    case 'jump': {
      const machine = incident.of === 'database' ? database : machines[incident.of]
      if (machine) machine.offsetMs += incident.ms
      break
    }
    case 'bus':
      bus.trouble = incident.trouble
      time.after(incident.forMs, () => {
        bus.trouble = 'none'
      })
      break
    case 'disk':
      disk.trouble = incident.trouble
      time.after(incident.forMs, () => {
        disk.trouble = 'none'
      })
      break
    case 'weather':
      wire.weather = incident.weather
      time.after(incident.forMs, () => {
        wire.weather = 'fine'
      })
  }
}

function nameOf(incident: Incident): string {
  switch (incident.kind) {
    case 'disk':
    case 'bus':
      return `${incident.kind} ${incident.trouble}`
    case 'weather':
      return `weather ${incident.weather}`
    default:
      return incident.kind
  }
}
