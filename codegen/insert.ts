import { isDeepStrictEqual } from 'node:util'
import { isMap, isNode, isScalar, type Pair, parseDocument as parseYaml, stringify } from 'yaml'
import { at, type Json, parseDocument } from './json.ts'

/** Something to be written into the document. */
export interface Part {
  /** The map that it belongs into. */
  readonly into: readonly string[]
  readonly key: string
  readonly value: Json
  /** Keys anywhere within it whose values stand in the document under an anchor, with its name. */
  readonly anchored?: { readonly [key: string]: string }
  /** The key that it stands behind. */
  readonly after: string
}

const lineWidth = 120

/**
 * The text with these parts in it. Everything else stays as it is, to the byte: comments, order, anchors, folded lines.
 *
 * @throws Error if a part cannot be placed, or if anything else would change by it
 */
export function insert(yaml: string, parts: readonly Part[]): string {
  const document = parseYaml(yaml, { merge: true })
  const places = parts.map((part) => {
    const map = document.getIn(part.into)
    const pairs: readonly Pair[] = isMap(map) ? map.items : []
    const pair = pairs.find(({ key }) => isScalar(key) && key.value === part.after)
    return { part, ...placeBehind(yaml, pair, part) }
  })
  // From the end, so that earlier places stay where they are.
  const text = [...places]
    .sort((one, other) => other.at - one.at)
    .reduce(
      (whole, { at: offset, indent, part }) =>
        whole.slice(0, offset) + textOf(part, indent, yaml) + whole.slice(offset),
      yaml,
    )
  refuseOtherChanges(yaml, text, parts)
  return text
}

/** Where the line after a pair begins, and how far its key is indented. */
function placeBehind(
  yaml: string,
  pair: Pair | undefined,
  { into, after }: Part,
): { at: number; indent: number } {
  const { key, value } = pair ?? {}
  if (!isNode(key) || !isNode(value) || !key.range || !value.range) {
    throw new Error(`The document has no ${[...into, after].join('.')} to write behind.`)
  }
  const end = yaml.slice(0, value.range[1]).trimEnd().length
  const newline = yaml.indexOf('\n', end)
  const lineStart = yaml.lastIndexOf('\n', key.range[0]) + 1
  return { at: newline === -1 ? yaml.length : newline + 1, indent: key.range[0] - lineStart }
}

function textOf({ key, value, anchored = {} }: Part, indent: number, yaml: string): string {
  const known = Object.entries(anchored).filter(([, anchor]) => new RegExp(`&${anchor}\\s`).test(yaml))
  const aliases = Object.fromEntries(known.map(([name, anchor]) => [name, `*${anchor}`]))
  const shortened = JSON.parse(
    JSON.stringify({ [key]: value }, (name, child: Json) => aliases[name] ?? child),
  ) as Json
  const text = stringify(shortened, { lineWidth: lineWidth - indent, singleQuote: true })
  // An alias is no text: without its quotes.
  const aliased = Object.values(aliases).reduce((whole, alias) => whole.replace(`'${alias}'`, alias), text)
  return aliased.replace(/^(?=.)/gm, ' '.repeat(indent))
}

function refuseOtherChanges(before: string, after: string, parts: readonly Part[]): void {
  const changed = parseDocument(after)
  for (const { into, key, value } of parts) {
    const map = at(changed, ...into)
    if (!isDeepStrictEqual(map[key], value)) throw new Error(`${key} would not be read as it is written.`)
    delete map[key]
  }
  if (!isDeepStrictEqual(changed, parseDocument(before)))
    throw new Error('More of the document would change.')
}
