import { describe, expect, it } from 'vitest'
import { refusalOf, refusalOfName } from '../../src/archive/address.ts'

const nowhere = () => false
const from = new URL('https://cdn.example.com/a.mp4')

describe('the address of an output', () => {
  it.each([
    'https://cdn.example.com/a.mp4',
    'https://8.8.8.8/a.mp4',
    'https://172.32.0.1/a.mp4',
    'https://[2606:4700::1111]/a.mp4',
  ])('may be %s', (url) => {
    expect(refusalOf(new URL(url), null, nowhere)).toBeNull()
    expect(refusalOf(new URL(url), from, nowhere)).toBeNull()
  })

  it.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0.0.0.0/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.100.100.200/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
  ])('is refused as %s, but for a host that may be private', (url) => {
    const to = new URL(url)
    expect(refusalOf(to, from, nowhere)).toBe('its address is not one of the internet.')
    expect(refusalOf(to, from, (host) => host === to.hostname)).toBeNull()
  })

  it('does not lead from https to http, or to anything else', () => {
    expect(refusalOf(new URL('http://cdn.example.com/'), from, nowhere)).toMatch('from https to http')
    expect(refusalOf(new URL('http://cdn.example.com/'), new URL('http://a.example/'), nowhere)).toBeNull()
    expect(refusalOf(new URL('file:///etc/passwd'), null, nowhere)).toMatch('not http(s)')
  })

  it('is refused if one of the addresses of its name is', () => {
    expect(refusalOfName('a.example', ['8.8.8.8'], nowhere)).toBeNull()
    expect(refusalOfName('a.example', ['8.8.8.8', '::1'], nowhere)).not.toBeNull()
    expect(refusalOfName('a.example', ['10.0.0.1'], (host) => host === 'a.example')).toBeNull()
  })
})
