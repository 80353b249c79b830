import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { faultsOf, key } from '../support/config.ts'

describe('an identity provider', () => {
  const provider = {
    AUTH_JWKS_URL: 'https://id.example.com/keys',
    AUTH_ISSUER: 'https://id.example.com',
    AUTH_AUDIENCE: 'video',
  }

  test('needs an address, an issuer and an audience; then nobody is let in without a token, on loopback either', () => {
    expect(loadConfig({ ...key, ...provider }).access).toEqual({
      withoutKey: 'never',
      isExposed: false,
      tokens: {
        jwksUrl: 'https://id.example.com/keys',
        issuer: 'https://id.example.com',
        audience: 'video',
        tenantClaim: 'tenant',
        scopeClaim: 'scope',
      },
      graphiql: false,
    })
    const { AUTH_JWKS_URL: _, ...rest } = provider
    expect(faultsOf(rest)).toEqual([expect.stringContaining('AUTH_JWKS_URL')])
    expect(faultsOf({ ...provider, AUTH_ISSUER: '' })).toEqual([expect.stringContaining('AUTH_ISSUER')])
    expect(faultsOf({ ...provider, AUTH_AUDIENCE: '' })).toEqual([expect.stringContaining('AUTH_AUDIENCE')])
  })

  test('is asked by https, but on this machine', () => {
    const faults = faultsOf({ ...provider, AUTH_JWKS_URL: 'http://id.example.com/keys' })
    expect(faults).toEqual([expect.stringContaining('https')])
    expect(faultsOf({ ...provider, AUTH_JWKS_URL: 'http://127.0.0.1:5000/keys' })).toEqual([])
  })
})

describe('what others can reach', () => {
  const exposed = [
    { HOST: '0.0.0.0' },
    { HOST: '::' },
    { HOST: 'box.local' },
    { PUBLIC_URL: 'https://gateway.example.com' },
  ]
  const accessOf = (env: object) => loadConfig({ ...key, ...env }).access

  test.each(exposed)('lets nobody in without a key, unless LOCAL_WITHOUT_KEY says so (%o)', (env) => {
    expect(accessOf(env)).toMatchObject({ withoutKey: 'never', isExposed: true, graphiql: false })
    expect(accessOf({ ...env, GRAPHIQL: '1' }).graphiql).toBe(true)
    expect(accessOf({ ...env, LOCAL_WITHOUT_KEY: '1' })).toMatchObject({
      withoutKey: 'always',
      graphiql: true,
    })
  })

  test.each(exposed)('does not start with ALLOW_ANONYMOUS, whose words say what to do (%o)', (env) => {
    const faults = faultsOf({ ...env, ALLOW_ANONYMOUS: '1' })
    expect(faults).toEqual([expect.stringMatching(/npm run keys -- create.*LOCAL_WITHOUT_KEY=1/)])
    expect(faultsOf({ ...env, ALLOW_ANONYMOUS: '1', LOCAL_WITHOUT_KEY: '1' })).toEqual([])
  })

  test('is nothing on loopback, where a key is needed once there is one', () => {
    expect(accessOf({ ALLOW_ANONYMOUS: '1' })).toMatchObject({
      withoutKey: 'unless-keys-exist',
      isExposed: false,
    })
    expect(loadConfig({ ...key, ALLOW_ANONYMOUS: '1' }).warnings).toEqual([
      expect.stringContaining('ALLOW_ANONYMOUS has no effect any more'),
    ])
  })

  test.each(['http://gateway.example.com', 'https://127.0.0.1:4000', 'https://localhost'])(
    'is what the vendor has to reach: %s is no address for its callbacks',
    (PUBLIC_URL) => {
      const env = { ...key, PUBLIC_URL }
      expect(loadConfig(env).server).toMatchObject({ publicUrl: PUBLIC_URL, callbacks: false })
      const sandboxed = loadConfig({ ...env, WAVESPEED_BASE_URL: 'http://127.0.0.1:4010' })
      expect(sandboxed.server.callbacks).toBe(true)
    },
  )

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('is not the loopback address %s', (HOST) => {
    expect(faultsOf({ HOST })).toEqual([])
  })
})
