import { alone } from './alone.ts'
import { among } from './among.ts'
import { fair } from './fair.ts'
import type { BuiltIn } from './fault.ts'
import { mirrored } from './mirrored.ts'

export const builtIns: readonly BuiltIn[] = [...alone, ...among, ...fair, ...mirrored]
