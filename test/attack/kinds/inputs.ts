import type { Attack } from '../attack.ts'
import { post } from '../http.ts'
import type { World } from '../world.ts'

const query = `mutation ($input: CreateV2VLoraJobInput!) {
  createV2VLoraJob(input: $input) { __typename ... on Error { code } }
}`

/**
 * Addresses in inputs are for the vendor, who is told them: the gateway itself asks none of them, whatever they name. What is
 * no http(s) address goes nowhere.
 */
const passedOn = [
  'http://127.0.0.1:TRAP/a.mp4',
  'http://localhost:TRAP/a.mp4',
  'http://0x7f000001:TRAP/a.mp4',
  'http://2130706433:TRAP/a.mp4',
  'http://[::ffff:127.0.0.1]:TRAP/a.mp4',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::ffff:10.0.0.1]/a.mp4',
  'http://[64:ff9b::10.0.0.1]/a.mp4',
  'http://user:a-password-of-somebody@127.0.0.1:TRAP/a.mp4',
  'http://127.0.0.1:22/a.mp4',
]

const refused = [
  'file:///etc/passwd',
  'gopher://127.0.0.1:TRAP/_a',
  'ftp://127.0.0.1/a.mp4',
  'data:video/mp4;base64,AAAA',
  'javascript:alert(1)',
  '//127.0.0.1:TRAP/a.mp4',
  'http://127.0.0.1:99999/a.mp4',
  'http://a b/a.mp4',
  `http://127.0.0.1/${'a'.repeat(9_000)}`,
  '',
]

async function ask({ keyed, keys, trap }: World, prompt: string, address: string, path = 'a/b') {
  const input = { prompt, video: address.replace('TRAP', String(trap.port)), loras: [{ path }] }
  return post(keyed, { query, variables: { input } }, keys.rival)
}

export const inputs = {
  name: 'addresses in inputs',
  attacks: [
    ...passedOn.map(
      (address): Attack => ({
        name: `a clip at ${address}`,
        send: (world) => ask(world, 'reached', address),
        answer: '200 data',
      }),
    ),
    ...refused.map(
      (address): Attack => ({
        name: `a clip at ${address.slice(0, 40)}`,
        send: (world) => ask(world, 'refused', address),
        answer: '200 INVALID_INPUT',
      }),
    ),
    ...['file:///etc/passwd', '../../../../etc/passwd', 'gopher://127.0.0.1/_a', 'a/b\u0000c'].map(
      (path): Attack => ({
        name: `LoRA weights at ${JSON.stringify(path)}`,
        send: (world) => ask(world, 'refused', 'https://clips.example.com/a.mp4', path),
        answer: '200 INVALID_INPUT',
      }),
    ),
  ],
}
