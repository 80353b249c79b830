import { alone } from './alone.ts'
import { among } from './among.ts'
import { fair } from './fair.ts'
import type { BuiltIn } from './fault.ts'

export const builtIns: readonly BuiltIn[] = [...alone, ...among, ...fair]
