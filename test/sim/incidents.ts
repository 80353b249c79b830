import type { Disk } from './disk.ts'
import type { Machine } from './gateway.ts'
import type { Host } from './host.ts'
import type { Incident } from './plan.ts'
import type { Time, Trace } from './time.ts'
import type { Wire } from './vendor/wire.ts'

interface Happening {
  readonly host: Host
  readonly disk: Disk
  readonly wire: Wire
  readonly machine: Machine
  readonly time: Time
  readonly trace: Trace
  readonly note: (name: string) => void
}

/** Lets it happen now, and end when it is to end. */
export function happen(
  incident: Incident,
  { host, disk, wire, machine, time, trace, note }: Happening,
): void {
  trace.line('world', JSON.stringify(incident))
  note(
    incident.kind === 'disk'
      ? `disk ${incident.trouble}`
      : incident.kind === 'weather'
        ? `weather ${incident.weather}`
        : incident.kind,
  )
  switch (incident.kind) {
    case 'crash':
      host.downFor(incident.downMs)
      host.gateway?.life.light(incident.crossings, incident.side)
      break
    case 'stop':
      void host.stop(incident.downMs)
      break
    case 'jump':
      machine.offsetMs += incident.ms
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
