import { expect, it } from 'vitest'
import { webOrigin } from '../../src/server/web-origin.ts'

it.each([
  ['http://a.example.com', 'http://a.example.com'],
  ['HTTPS://A.Example.com', 'https://a.example.com'],
  ['https://a.example.com:443', 'https://a.example.com'],
  ['https://a.example.com:8443', 'https://a.example.com:8443'],
  ['http://[::1]:3000', 'http://[::1]:3000'],
  ['tauri://localhost', 'tauri://localhost'],
  ['h2+x.y-z://localhost:1', 'h2+x.y-z://localhost:1'],
  ['null', null],
  ['*', null],
  ['', null],
  ['a.example.com', null],
  ['2h://localhost', null],
  ['https://', null],
  ['https://a.example.com/', null],
  ['https://a.example.com/x', null],
  ['https://a.example.com?x', null],
  ['https://a.example.com#x', null],
  ['https://me@a.example.com', null],
  ['https://a.example.com\\x', null],
  ['https://*.example.com', null],
  ['https://a.example.com,https://b.example.com', null],
  ['https://a.example.com b', null],
  [' https://a.example.com', null],
  ['https://a.example.com:99999', null],
])('the origin %j is compared as %j', (text, origin) => {
  expect(webOrigin(text)).toBe(origin)
})
