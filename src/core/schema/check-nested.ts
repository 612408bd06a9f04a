import { literal } from '../sql/index.ts'
import { decimalOrZero } from './check-decimal.ts'
import type { Check } from './sql-check.ts'
import { numericArgument, quotedArgument, unwrap, type TypeNode } from './type.ts'

/**
 * Arrays, maps, tuples: ClickHouse has no `…OrNull` for them, but a cast to Variant(String, T) keeps the text as
 * String when it does not parse as T. Values inside may still wrap, so the value, written back, must be the text;
 * only spaces outside quotes may differ.
 */
export function nestedCheck(text: string, type: TypeNode, timezone: string): Check {
  const target = zonedType(type, timezone)
  const viaTexts = holdsDecimal(type)
  const read = viaTexts ? textsType(type, timezone) : target
  const variant = `CAST(${viaTexts ? quotedNumbers(text) : text}, ${literal(`Variant(String, ${read})`)})`
  const element = `variantElement(${variant}, ${literal(read)})`
  const value = viaTexts ? `CAST(${fromTexts(element, type)}, ${literal(target)})` : element
  return {
    value,
    ok: `(variantType(${variant}) != 'String' AND (toString(${value}) = ${text} OR ${spaceless(`toString(${value})`)} = ${spaceless(text)}))`,
  }
}

const quotedText = String.raw`'(?:[^'\\]|\\.)*'`

const spaceless = (sql: string) =>
  `replaceRegexpAll(${sql}, ${literal(String.raw`(?s)(${quotedText})| `)}, '\\\\1')`

/** The type with the time zone of every DateTime inside it spelt out: its text is local time in the target's zone. */
function zonedType(type: TypeNode, timezone: string): string {
  const isTime = type.name === 'DateTime' || type.name === 'DateTime64'
  if (isTime && quotedArgument(type) === undefined) {
    const scale = type.name === 'DateTime' ? [] : [numericArgument(type, 0) ?? 3]
    return `${type.name}(${[...scale, literal(timezone)].join(', ')})`
  }
  if (type.types.length === 0) return type.text
  const inner = type.types.map((element) => labelled(element, zonedType(element, timezone)))
  return `${type.name}(${[...type.values, ...inner].join(', ')})`
}

const labelled = (element: { label?: string }, type: string) =>
  element.label === undefined ? type : `${element.label} ${type}`

/*
 * A Variant cannot read a Decimal inside an array, map or tuple (26.7). Types that hold one are read with texts in
 * the place of all that is written without quotes, and the texts are converted one by one.
 */

const unquoted = /^(U?Int\d+|B?Float\d+|Decimal\d*|Bool)$/

const holdsDecimal = (type: TypeNode): boolean =>
  type.name.startsWith('Decimal') || type.types.some(holdsDecimal)

/** The text with quotes around every number and truth value. */
function quotedNumbers(text: string): string {
  const bare = String.raw`[^'\[\](){},: ]`
  const tokens = `extractAll(${text}, ${literal(`(?s)${quotedText}|${bare}+|.`)})`
  const isBare = `match(token, ${literal(`^${bare}`)}) AND token != 'NULL'`
  return `arrayStringConcat(arrayMap(token -> if(${isBare}, concat('\\'', token, '\\''), token), ${tokens}))`
}

function textsType(type: TypeNode, timezone: string): string {
  const { base, nullable } = unwrap(type)
  const plain = unquoted.test(base.name)
    ? 'String'
    : base.types.length === 0
      ? zonedType(base, timezone)
      : `${base.name}(${base.types.map((inner) => labelled(inner, textsType(inner, timezone))).join(', ')})`
  return nullable ? `Nullable(${plain})` : plain
}

function fromTexts(sql: string, type: TypeNode, depth = 0): string {
  const { base, nullable } = unwrap(type)
  if (nullable) return `if(isNull(${sql}), NULL, ${fromTexts(`assumeNotNull(${sql})`, base, depth)})`
  if (unquoted.test(base.name)) return fromText(sql, base)
  const item = `x${depth}`
  const each = (array: string, inner: TypeNode) =>
    `arrayMap(${item} -> ${fromTexts(item, inner, depth + 1)}, ${array})`
  const [first, second] = base.types
  if (base.name === 'Array' && first) return each(sql, first)
  if (base.name === 'Nested') return each(sql, { ...base, name: 'Tuple' })
  if (base.name === 'Map' && first && second) {
    return `mapFromArrays(${each(`mapKeys(${sql})`, first)}, ${each(`mapValues(${sql})`, second)})`
  }
  if (base.name !== 'Tuple') return sql
  const elements = base.types.map((inner, n) => fromTexts(`tupleElement(${sql}, ${n + 1})`, inner, depth))
  return `tuple(${elements.join(', ')})`
}

/** A wrong text becomes any value: what counts is that the whole, written back, is the text. */
function fromText(text: string, type: TypeNode): string {
  if (type.name === 'Bool') return `(${text} = 'true')`
  return type.name.startsWith('Decimal') ? decimalOrZero(text, type) : `to${type.name}OrZero(${text})`
}
