import { alone } from './alone.ts'
import { among } from './among.ts'
import type { BuiltIn } from './fault.ts'

export const builtIns: readonly BuiltIn[] = [...alone, ...among]
