import { scopes, type Viewer } from '../../src/access/viewer.ts'
import { localTenant } from '../../src/jobs/tenant.ts'

/** Whoever asks where nobody is asked who they are. */
export const somebody: Viewer = {
  tenant: localTenant,
  kind: 'local',
  id: 'local',
  name: 'somebody',
  scopes: new Set(scopes),
  expiresAt: null,
}
