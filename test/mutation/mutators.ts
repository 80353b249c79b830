/**
 * Changes that StrykerJS does not make. They are nodes of Babel's syntax tree, written out, since the instrumenter needs
 * no more of them.
 */

interface Node {
  readonly type: string
  readonly [member: string]: unknown
}

interface Path {
  readonly node: Node
  readonly parent: Node
  readonly key: string | number | null
}

export interface Mutator {
  readonly name: string
  mutate(path: Path): Iterable<object>
}

/** A number that is not the one: the next of a small one, which counts, and the double of a large one, which measures. */
const numberLiteral: Mutator = {
  name: 'NumberLiteral',
  *mutate({ node, parent, key }) {
    if (node.type !== 'NumericLiteral' || typeof node['value'] !== 'number') return
    if (key === 'key' || parent.type === 'TSLiteralType') return
    const value = node['value'] <= 200 ? node['value'] + 1 : node['value'] * 2
    yield { type: 'NumericLiteral', value }
  },
}

/** Nobody waits. */
const awaitExpression: Mutator = {
  name: 'AwaitExpression',
  *mutate({ node }) {
    if (node.type === 'AwaitExpression') yield node['argument'] as object
  },
}

/** One statement of several is left out; all of them at once is what `BlockStatement` does. */
const statement: Mutator = {
  name: 'Statement',
  *mutate({ node, parent }) {
    if (node.type !== 'ExpressionStatement') return
    const siblings = parent['body']
    if (Array.isArray(siblings) && siblings.length > 1) yield { type: 'EmptyStatement' }
  },
}

/** One entry of a list is left out. */
const arrayEntry: Mutator = {
  name: 'ArrayEntry',
  *mutate({ node }) {
    const entries = node['elements']
    if (node.type !== 'ArrayExpression' || !Array.isArray(entries) || entries.length < 2) return
    for (const left of entries) {
      yield { type: 'ArrayExpression', elements: entries.filter((entry) => entry !== left) }
    }
  },
}

export const ownMutators: readonly Mutator[] = [numberLiteral, awaitExpression, statement, arrayEntry]
