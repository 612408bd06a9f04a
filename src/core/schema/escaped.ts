import { identifier, literal } from '../sql/index.ts'
import { isText } from './carry.ts'
import { checkField, type FieldCheck, type FieldOptions, type FieldReading } from './field.ts'
import type { Check } from './sql-check.ts'
import { unwrap, type TypeNode } from './type.ts'

/*
 * ClickHouse writes TSV with one level of escapes: that of the field, or, in arrays, maps and tuples, that of the quoted
 * texts inside. A reader that undoes the first kind in every field would make two texts of `['a\',\'b']`. So a file with
 * such columns is read raw: they are parsed as they stand, and all other texts are unescaped here.
 */

const nested = new Set(['Array', 'Map', 'Tuple', 'Nested'])
const textual = new Set(['Enum8', 'Enum16', 'JSON', 'Object', 'Dynamic'])

const isNested = (type: TypeNode): boolean => nested.has(unwrap(type).base.name)

const holdsText = (type: TypeNode): boolean =>
  isText(type) || textual.has(type.name) || type.types.some(holdsText)

/** Whether the type's text form has escapes of its own. */
export const nestsText = (type: TypeNode): boolean => isNested(type) && holdsText(type)

/** No value of any other type is written with a backslash. */
const isEscaped = (type: TypeNode): boolean => !isNested(type) && holdsText(type)

/** Those that the sniffer knows, but for the backslash itself. */
const escapes = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', '0': '\0', "'": "'" }

const replaced = (sql: string, from: string, to: string) =>
  `replaceAll(${sql}, ${literal(from)}, ${literal(to)})`

/**
 * Read from the left, two backslashes are always a pair. As `\x` it stays out of the way of the other escapes.
 *
 * Every other backslash that is left over is refused: most of all one that ends the field, because what it escapes is
 * the tab or the line end that the raw reader took for the field's own.
 */
function unescaped(field: string): Check {
  const plain = `ifNull(position(${field}, '\\\\'), 0) = 0`
  const pairs = replaced(`assumeNotNull(${field})`, '\\\\', '\\x')
  const text = Object.entries(escapes).reduce(
    (sql, [letter, char]) => replaced(sql, `\\${letter}`, char),
    pairs,
  )
  return {
    value: `if(${plain}, ${field}, ${replaced(text, '\\x', '\\')})`,
    ok: `(${plain} OR countSubstrings(${text}, '\\\\') = countSubstrings(${field}, '\\\\\\\\'))`,
  }
}

const textOf = (field: string) => identifier(`${field}t`)
const okOf = (field: string) => identifier(`${field}ok`)

/** `checkField` for a field of a TSV that is read raw, from the table that `unescapedTable` gives. */
export function checkRawField(
  field: string,
  type: TypeNode,
  options: FieldOptions,
  reading?: FieldReading,
): FieldCheck {
  if (!isEscaped(type)) return checkField(identifier(field), type, options, reading)
  const { value, ok, misfit } = checkField(textOf(field), type, options, reading)
  return { value, ok: `(${okOf(field)} AND ${ok})`, misfit: `(NOT ${okOf(field)} OR ${misfit})` }
}

/**
 * The fields' texts are columns of their own: spelt out wherever a check looks at the text, they make a query that
 * takes seconds to analyze (seen).
 */
export function unescapedTable(table: string, fields: { field: string; parsed: TypeNode }[]): string {
  const escaped = fields.filter(({ parsed }) => isEscaped(parsed))
  const texts = escaped.map(({ field }) => {
    const { value, ok } = unescaped(identifier(field))
    return `${value} AS ${textOf(field)}, ${ok} AS ${okOf(field)}`
  })
  return `(SELECT ${['*', '_row_number', ...texts].join(', ')} FROM ${table})`
}
