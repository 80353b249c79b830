/** The sandbox as the run asks it: its own routes, not the vendor's. */

export interface VendorTask {
  readonly id: string
  readonly input: { readonly prompt: string; readonly seed: number }
  readonly status: string
  readonly webhook?: string
}

export interface VendorSubmit {
  readonly at: number
  readonly status: number | string
  readonly predictionId?: string
  readonly input?: { readonly prompt?: string }
}

export interface VendorControl {
  tasks(): Promise<VendorTask[]>
  submits(): Promise<VendorSubmit[]>
  /** Tries to deliver webhooks so far, those asked for included. */
  deliveries(): Promise<{ readonly answer: number | string }[]>
  addFault(fault: object): Promise<void>
  clearFaults(): Promise<void>
  /** Sends a task's webhook once more. */
  deliver(request: { predictionId: string; timestamp?: number; forged?: boolean }): Promise<void>
}

export function createVendorControl(url: string): VendorControl {
  async function ask<T>(path: string, method = 'GET', body?: object): Promise<T> {
    const response = await fetch(`${url}/sandbox/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    })
    return (await response.json()) as T
  }
  return {
    tasks: async () => (await ask<{ tasks: VendorTask[] }>('tasks')).tasks,
    submits: async () => (await ask<{ requests: VendorSubmit[] }>('ledger?operation=submit')).requests,
    deliveries: async () => (await ask<{ deliveries: { answer: number | string }[] }>('webhooks')).deliveries,
    addFault: (fault) => ask('faults', 'POST', fault),
    clearFaults: () => ask('faults', 'DELETE'),
    deliver: (request) => ask('webhooks', 'POST', request),
  }
}
