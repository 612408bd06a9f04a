import { literal } from '../sql/index.ts'
import { isText } from './carry.ts'
import type { Check } from './sql-check.ts'
import { checkField, type FieldOptions } from './field.ts'
import { unwrap, type TypeNode } from './type.ts'

/*
 * ClickHouse writes TSV with one level of escapes: that of the field, or, in arrays, maps and tuples, that of the quoted
 * texts inside. A reader that undoes the first kind in every field would make two texts of `['a\',\'b']`. So a file with
 * such columns is read raw: they are parsed as they stand, and all others are unescaped here.
 */

const nested = new Set(['Array', 'Map', 'Tuple', 'Nested'])
const openTypes = new Set(['Enum8', 'Enum16', 'JSON', 'Object', 'Dynamic'])

const isNested = (type: TypeNode): boolean => nested.has(unwrap(type).base.name)

const holdsText = (type: TypeNode): boolean =>
  isText(type) || openTypes.has(type.name) || type.types.some(holdsText)

/** Whether the type's text form has escapes of its own. */
export const nestsText = (type: TypeNode): boolean => isNested(type) && holdsText(type)

/** `checkField` for a field of a TSV that is read raw. */
export function checkRawField(field: string, type: TypeNode, options: FieldOptions): Check {
  if (isNested(type)) return checkField(field, type, options)
  const { value: text, ok } = unescaped(field)
  const check = checkField(text, type, options)
  return { value: check.value, ok: `(${ok} AND ${check.ok})` }
}

/** Those that the sniffer knows, but for the backslash itself. */
const escapes = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', '0': '\0', "'": "'" }

/**
 * Every backslash that is left over is refused: most of all one that ends the field, because what it escapes is the tab
 * or the line end that the raw reader took for the field's own.
 */
function unescaped(field: string): Check {
  const plain = `ifNull(position(${field}, '\\\\'), 0) = 0`
  const part = Object.entries(escapes).reduce(
    (sql, [letter, char]) => `replaceAll(${sql}, ${literal(`\\${letter}`)}, ${literal(char)})`,
    'part',
  )
  // Read from the left, two backslashes are always a pair, and none of a pair is left inside a part.
  const parts = `arrayMap(part -> ${part}, splitByString('\\\\\\\\', assumeNotNull(${field})))`
  return {
    value: `if(${plain}, ${field}, arrayStringConcat(${parts}, '\\\\'))`,
    ok: `(${plain} OR NOT arrayExists(part -> position(part, '\\\\') > 0, ${parts}))`,
  }
}
