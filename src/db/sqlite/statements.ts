import { createStatements } from '../statements.ts'
import { createWorkStatements } from '../work-statements.ts'
import { dialect } from './execute.ts'

export const statements = { ...createStatements(dialect), ...createWorkStatements(dialect) }
