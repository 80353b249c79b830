import type { Parameter } from '../catalog/catalog.ts'
import type { JsonValue } from '../jobs/input.ts'
import type { Bounds } from './bounds.ts'
import { builder } from './builder.ts'

/** Of a text at its longest; most are far shorter. */
const charactersPerUnit = 500
/** Of the values that a parameter takes, as many as a sentence can bear. */
const mostNamed = 12

type Described = Parameter & { readonly varies?: boolean }

/** The document's words on a parameter, with what it takes and its default. */
export function describe(parameter: Described): string {
  const { description, maxItems, default: value, varies } = parameter
  const maxLength = parameter.maxLength ?? parameter.itemMaxLength
  const most = maxItems === undefined ? '' : ` At most ${maxItems} entries.`
  const longest = maxLength === undefined ? '' : ` At most ${maxLength} characters.`
  const otherwise = value === undefined || Array.isArray(value) ? '' : ` Default ${value}.`
  const words = `${description}${rangeOf(parameter)}${most}${longest}${otherwise}`
  return varies ? `${words} The rest depends on the model: see \`models\`.` : words
}

function rangeOf({ minimum, maximum, allowed }: Parameter): string {
  if (allowed) {
    const named = allowed.slice(0, mostNamed).map((value) => `\`${value}\``)
    return ` One of ${named.join(', ')}${allowed.length > mostNamed ? ' and others: see `models`' : ''}.`
  }
  if (minimum !== undefined && maximum !== undefined) return ` From ${minimum} to ${maximum}.`
  if (minimum !== undefined) return ` At least ${minimum}.`
  return maximum === undefined ? '' : ` At most ${maximum}.`
}

/**
 * A parameter's words and bounds, for an input. What breaks them, or is missing, is refused by the gateway, which answers
 * every fault at once, and not by GraphQL, which would answer one.
 */
function stated(parameter: Described) {
  const { required, maxItems, allowed, media, default: value } = parameter
  const longest = allowed && Math.max(...allowed.map((one) => String(one).length))
  const maxLength = parameter.maxLength ?? parameter.itemMaxLength ?? longest
  const bounds: Bounds = {
    ...(maxItems !== undefined && { maxItems }),
    ...(maxLength !== undefined && { maxLength }),
    checkedBy: 'service',
  }
  const words = describe(parameter)
  const uploaded = media
    ? ` The id of an upload (\`upl_…\`) of ${media === 'image' ? 'an image' : 'a video'} will do, too.`
    : ''
  const description = words + uploaded + (required && value === undefined ? ' Required.' : '')
  return { description, extensions: { bounds } }
}

/** What the document's types are in GraphQL. */
const scalars = { string: 'String', integer: 'Int', number: 'Float', boolean: 'Boolean' } as const

type SchemaTypes = typeof builder.$inferSchemaTypes
type InputFields = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, 'InputObject'>
type OutputFields<T> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, T>

/** The field of an input that sets a parameter. */
export function inputField(t: InputFields, parameter: Described) {
  const { type, itemType = 'string' } = parameter
  if (type !== 'array') return valueInput(t, parameter)
  const entry = entryOf(parameter)
  // Without a default: the gateway fills it in.
  const options = stated(parameter)
  return entry
    ? t.field({ ...options, type: [entryInput(entry)] })
    : t.field({ ...options, type: [scalars[itemType]] })
}

function valueInput(t: InputFields, parameter: Described) {
  const { type, default: value } = parameter
  const isValue = value !== undefined && typeof value !== 'object'
  const options = { ...stated(parameter), ...(isValue && { defaultValue: value }) }
  return t.field({ ...options, type: scalars[type === 'array' ? 'string' : type] })
}

/** The field of an output that shows it; `read` takes it out of what the field is on. */
export function outputField<T>(t: OutputFields<T>, parameter: Described, nullable: boolean, read: Read<T>) {
  const { type, itemType = 'string', maxItems = 0 } = parameter
  if (type !== 'array') return valueOutput(t, parameter, nullable, read)
  const entry = entryOf(parameter)
  const extensions = { cost: { items: maxItems } }
  const options = { nullable, description: describe(parameter), extensions, resolve: read as never }
  return entry
    ? t.field({ ...options, type: [entryObject(entry)] })
    : t.field({ ...options, type: [scalars[itemType]] })
}

/** What was sent is what the field's type says: it was checked before. */
type Read<T> = (of: T) => JsonValue

function valueOutput<T>(t: OutputFields<T>, parameter: Described, nullable: boolean, read: Read<T>) {
  const { type, role, maxLength = 0 } = parameter
  const weight = Math.ceil(maxLength / charactersPerUnit)
  const drawn = 'The seed that was sent; where the job asked for a random one, the one that was drawn.'
  return t.field({
    nullable,
    description: role === 'seed' ? drawn : describe(parameter),
    ...(weight > 0 && { extensions: { cost: { weight } } }),
    type: scalars[type === 'array' ? 'string' : type],
    resolve: read as never,
  })
}

/** An entry of a list, by the vendor's names of its members. */
type Entry = { readonly [name: string]: JsonValue }

/** What the entries of a list are, if they are objects. */
interface EntryKind {
  readonly name: string
  readonly words: string
  readonly members: readonly Parameter[]
}

function entryOf({ itemName, itemDescription = '', items }: Parameter): EntryKind | null {
  return itemName && items ? { name: itemName, words: itemDescription, members: items } : null
}

function makeEntryInput({ name, words, members }: EntryKind) {
  return builder.inputType(`${name}Input`, {
    description: words,
    fields: (t) => Object.fromEntries(members.map((member) => [member.field, valueInput(t, member)])),
  })
}

function makeEntryObject({ name, words, members }: EntryKind) {
  return builder.objectRef<Entry>(name).implement({
    description: words,
    fields: (t) =>
      Object.fromEntries(
        members.map((member) => {
          const { default: otherwise = null } = member
          const read = (entry: Entry) => entry[member.name] ?? (otherwise as JsonValue)
          return [member.field, valueOutput(t, member, !member.required && otherwise === null, read)]
        }),
      ),
  })
}

/** One type for each kind of entry, which several families may have. */
const entryInput = once(makeEntryInput)
const entryObject = once(makeEntryObject)

function once<T>(make: (kind: EntryKind) => T) {
  const made = new Map<string, T>()
  return (kind: EntryKind): T => {
    const type = made.get(kind.name) ?? make(kind)
    made.set(kind.name, type)
    return type
  }
}
