import { describe, expect, test } from 'vitest'
import { describeConfig, loadConfig, secretsOf } from '../../src/config.ts'
import { faultsOf, key } from '../support/config.ts'

describe('proxies', () => {
  test('are read in either case, the lower one first, and need no scheme', () => {
    expect(loadConfig(key).proxy).toBeUndefined()
    expect(loadConfig({ ...key, HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.internal' }).proxy).toEqual({
      https: 'http://proxy:3128/',
      http: '',
      none: '.internal',
    })
    const both = {
      https_proxy: 'proxy:3128',
      HTTPS_PROXY: 'http://other:1',
      http_proxy: 'https://me:pw@proxy',
      no_proxy: 'a',
    }
    expect(loadConfig({ ...key, ...both })).toMatchObject({
      proxy: { https: 'http://proxy:3128/', http: 'https://me:pw@proxy/', none: 'a' },
    })
    expect(loadConfig({ ...key, ...both }).warnings).toBeUndefined()
  })

  test.each(['socks5://hunter2@proxy', 'ftp://proxy', 'http://proxy/hunter2', 'http://proxy?hunter2', '://'])(
    'that are no HTTP proxies are refused without being repeated: %s',
    (address) => {
      for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) {
        const [fault, ...others] = faultsOf({ [name]: address })
        expect(fault).toMatch(new RegExp(`^${name} must be the address of an HTTP proxy`))
        expect(fault).not.toContain('hunter2')
        expect(others).toEqual([])
      }
    },
  )

  test('are described without their passwords', () => {
    const config = loadConfig({ ...key, HTTPS_PROXY: 'http://me:hunter2@proxy:3128' })
    expect(JSON.stringify(describeConfig(config))).not.toContain('hunter2')
    expect(secretsOf(config)).toContain('hunter2')
  })
})
