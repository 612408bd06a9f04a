import { AppError } from '../../shared/index.ts'

/** A parsed ClickHouse type: `Nullable(Array(Int8))` is { name: 'Nullable', args: [{ name: 'Array', … }] }. */
export interface TypeNode {
  name: string
  /** The type exactly as written. */
  text: string
  /** Type arguments, in order; a named element of a Tuple or Nested holds its name in `label`. */
  types: (TypeNode & { label?: string })[]
  /** Arguments that are not types: numbers, strings, enum pairs, as written. */
  values: string[]
}

const wrappers = new Set(['Nullable', 'LowCardinality'])
const containers = new Set(['Array', 'Map', 'Tuple', 'Nested', 'Variant', ...wrappers])

/** Parses a type as ClickHouse prints it (`DESCRIBE`, `system.columns`) or as a person writes it. */
export function parseType(text: string): TypeNode {
  const trimmed = text.trim()
  const head = /^([A-Za-z][A-Za-z0-9_]*)\s*(?:\(([\s\S]*)\))?$/.exec(trimmed)
  if (!head) throw notAType(text)
  const name = canonicalName(head[1] ?? '')
  const args = head[2] === undefined ? [] : splitArguments(head[2])
  const node: TypeNode = { name, text: trimmed, types: [], values: [] }
  if (name === 'SimpleAggregateFunction') {
    node.values = args.slice(0, 1)
    node.types = args.slice(1).map(parseType)
  } else if (containers.has(name)) node.types = args.map(parseElement)
  else node.values = args
  return node
}

/** ClickHouse accepts a few SQL names in any case; the rest of its type names are case-sensitive. */
function canonicalName(name: string): string {
  const aliases: Record<string, string> = { boolean: 'Bool', bool: 'Bool' }
  return aliases[name.toLowerCase()] ?? name
}

/** `a Int8`, `` `a b` Int8 `` or `Int8`. */
function parseElement(text: string): TypeNode & { label?: string } {
  const labelled = /^(?:(`(?:[^`\\]|\\.)*`)|([A-Za-z_][A-Za-z0-9_]*))\s+([A-Za-z][\s\S]*)$/.exec(text.trim())
  if (!labelled) return parseType(text)
  return { ...parseType(labelled[3] ?? ''), label: labelled[1] ?? labelled[2] ?? '' }
}

/**
 * Splits at commas outside parentheses and quotes. The type becomes a part of SQL, and another server may have named
 * it: no text is a type that closes its own parentheses and goes on, or that could hide such a thing in a comment.
 */
function splitArguments(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char === "'" || char === '`') i = endOfQuoted(text, i)
    else if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim())
      start = i + 1
    }
    if (depth < 0 || i >= text.length || noPartOfType.test(char)) throw notAType(text)
    if (char === '-' && text.charAt(i + 1) === '-') throw notAType(text)
  }
  if (depth > 0) throw notAType(text)
  parts.push(text.slice(start).trim())
  return parts
}

const noPartOfType = /[^\w\s,()='`.+-]/

const notAType = (text: string) =>
  new AppError('TYPE_UNKNOWN', `${JSON.stringify(text)} is not a ClickHouse type.`)

function endOfQuoted(text: string, start: number): number {
  const quote = text.charAt(start)
  let i = start + 1
  while (i < text.length && text.charAt(i) !== quote) i += text.charAt(i) === '\\' ? 2 : 1
  return i
}

export interface Unwrapped {
  /** The type inside Nullable, LowCardinality and SimpleAggregateFunction. */
  base: TypeNode
  nullable: boolean
}

export function unwrap(type: TypeNode): Unwrapped {
  const inner = type.types[0]
  if (inner && (wrappers.has(type.name) || type.name === 'SimpleAggregateFunction')) {
    const { base, nullable } = unwrap(inner)
    return { base, nullable: nullable || type.name === 'Nullable' }
  }
  return { base: type, nullable: false }
}

/** The names of an enum, unescaped, in order. */
export function enumNames(type: TypeNode): string[] {
  return type.values.map((pair) => {
    const end = endOfQuoted(pair, 0)
    return unescape(pair.slice(1, end))
  })
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0', b: '\b', f: '\f' }
const unescape = (text: string): string =>
  text.replaceAll(/\\([\s\S])/g, (_, char: string) => escapes[char] ?? char)

/** The text inside a quoted argument, such as the time zone of DateTime('UTC'); undefined when there is none. */
export function quotedArgument(type: TypeNode): string | undefined {
  const quoted = type.values.find((value) => value.startsWith("'"))
  return quoted === undefined ? undefined : unescape(quoted.slice(1, -1))
}

/** The n-th numeric argument, such as the scale of Decimal(9, 2). */
export function numericArgument(type: TypeNode, index: number): number | undefined {
  const value = type.values[index]
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
}
