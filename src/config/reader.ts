import { parseUrl } from '../url.ts'
import { type Environment, gatewayVariables } from './variables.ts'

export type Range = { readonly minimum: number; readonly maximum: number; readonly whole?: boolean }

export const atLeastOne: Range = { minimum: 1, maximum: 1_000_000, whole: true }

type VariableName = keyof typeof gatewayVariables

/** Typed access to single variables. A fault is noted and reading goes on, so that all of them come out at once. */
export function createReader(env: Environment, faults: string[]) {
  const text = (name: VariableName) => env[name]?.trim() || gatewayVariables[name]
  return {
    text,
    searchPath: env['PATH'] ?? '',
    number(name: VariableName, { minimum, maximum, whole = false }: Range, fallback = Number.NaN): number {
      const value = text(name)
      if (value === '') return fallback
      const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
      if (number >= minimum && number <= maximum && (!whole || Number.isInteger(number))) return number
      faults.push(
        `${name} is "${value}": it must be a ${whole ? 'whole ' : ''}number from ${minimum} to ${maximum}.`,
      )
      return Number.NaN
    },
    choice<T extends string>(name: VariableName, allowed: readonly T[]): T {
      const value = text(name).toLowerCase()
      if (!allowed.some((one) => one === value)) {
        faults.push(`${name} is "${value}": it must be one of ${allowed.join(', ')}.`)
      }
      return value as T
    },
    flag(name: VariableName): boolean {
      const value = text(name).toLowerCase()
      if (!['1', 'true', '0', 'false'].includes(value)) {
        faults.push(`${name} is "${value}": it must be 1 (yes) or 0 (no).`)
      }
      return value === '1' || value === 'true'
    },
    /** Never repeats what was given: people put passwords into URLs. */
    url(name: VariableName): string {
      const value = text(name)
      if (value === '') return ''
      const url = parseUrl(value)
      const plain = url && !url.username && !url.password && !url.search && !url.hash
      if (url && plain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '')
      faults.push(
        `${name} must be an http:// or https:// URL without user name, password, query and fragment.`,
      )
      return ''
    },
  }
}

export type Reader = ReturnType<typeof createReader>
