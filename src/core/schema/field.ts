import { literal } from '../sql/index.ts'
import { isText } from './carry.ts'
import { checkText, type CheckOptions } from './check.ts'
import type { Check } from './sql-check.ts'
import { unwrap, type TypeNode } from './type.ts'

export interface FieldOptions extends CheckOptions {
  nullTokens: readonly string[]
  /** Whether quoting tells an empty or NULL-like text from NULL (CSV) or not (TSV). */
  quoted: boolean
}

/**
 * How the file's column is declared to ClickHouse's reader. As Nullable(String) the reader tells an unquoted null
 * token from a quoted text. A CSV column bound for a text type that cannot be NULL is read as String: there every
 * text is a value, the empty one too.
 */
export function declaredType(type: TypeNode, options: FieldOptions): 'String' | 'Nullable(String)' {
  return options.quoted && isText(type) && !unwrap(type).nullable ? 'String' : 'Nullable(String)'
}

/**
 * Conversion and check of one field, NULL included.
 *
 * @param field SQL of the file's column, declared as `declaredType` says
 */
export function checkField(field: string, type: TypeNode, options: FieldOptions): Check {
  const { nullable } = unwrap(type)
  if (declaredType(type, options) === 'String') {
    const { value, ok } = checkText(field, type, options)
    return { value: typed(value, type), ok }
  }
  const text = `assumeNotNull(${field})`
  const { value, ok } = checkText(text, type, options)
  const isNull = nullTest(field, type, options)
  if (!nullable) return { value: typed(nonNull(value), type), ok: `(isNotNull(${field}) AND ${ok})` }
  return { value: typed(`if(${isNull}, NULL, ${value})`, type), ok: `(${isNull} OR ${ok})` }
}

/** NULL is what the reader says, a further null token, or an empty field where the type has no empty value. */
function nullTest(field: string, type: TypeNode, options: FieldOptions): string {
  const tokens = new Set(options.nullTokens.filter((token) => token !== ''))
  if (!isText(type)) tokens.add('')
  else if (!options.quoted && options.nullTokens.includes('')) tokens.add('')
  if (tokens.size === 0) return `isNull(${field})`
  const readerToken = readerNullToken(options.nullTokens)
  if (options.quoted) tokens.delete(readerToken)
  const list = [...tokens].map(literal).join(', ')
  return list === '' ? `isNull(${field})` : `(isNull(${field}) OR ifNull(${field} IN (${list}), 0))`
}

/** The one token the reader itself looks for; the others are compared with the text. */
export function readerNullToken(nullTokens: readonly string[]): string {
  const tokens = nullTokens.filter((token) => token !== '')
  return tokens.includes('\\N') || tokens.length === 0 ? '\\N' : (tokens[0] ?? '\\N')
}

/** A passed check means the value is not NULL; rows whose check failed are never used. */
const nonNull = (value: string) => `assumeNotNull(${value})`

const typed = (value: string, type: TypeNode) =>
  type.name === 'String' ? value : `CAST(${value}, ${literal(type.text)})`
