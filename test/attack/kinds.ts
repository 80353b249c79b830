import type { Kind } from './attack.ts'
import { bodies } from './kinds/bodies.ts'
import { callbacks } from './kinds/callbacks.ts'
import { connections } from './kinds/connections.ts'
import { credentials, identity } from './kinds/credentials.ts'
import { documents } from './kinds/documents.ts'
import { floods } from './kinds/floods.ts'
import { frames } from './kinds/frames.ts'
import { inputs } from './kinds/inputs.ts'
import { pages } from './kinds/pages.ts'
import { persisted } from './kinds/persisted.ts'
import { shapes } from './kinds/shapes.ts'
import { slow } from './kinds/slow.ts'
import { outputs, tenants } from './kinds/tenants.ts'
import { uploads } from './kinds/uploads.ts'
import { variables } from './kinds/variables.ts'

/** In this order: what belongs to the victim is looked for while it is fresh. */
export const kinds: readonly Kind[] = [
  tenants,
  outputs,
  callbacks,
  credentials,
  identity,
  documents,
  variables,
  bodies,
  uploads,
  shapes,
  persisted,
  inputs,
  pages,
  frames,
  connections,
  floods,
  slow,
]
