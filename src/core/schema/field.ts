import { literal } from '../sql/index.ts'
import { isText } from './carry.ts'
import { checkText, type CheckOptions } from './check.ts'
import { valueOrNull, type Check } from './sql-check.ts'
import { enumNames, unwrap, type TypeNode } from './type.ts'

export interface FieldOptions extends CheckOptions {
  nullTokens: readonly string[]
  /** Whether quoting tells an empty or NULL-like text from NULL (CSV) or not (TSV). */
  quoted: boolean
}

/**
 * How the file's column is declared to ClickHouse's reader. As Nullable(String) the reader tells an unquoted null
 * token from a quoted text; as String, which is faster, every text is a value. That will do in CSV for a text type
 * that cannot be NULL, and for any type that no null token is a value of.
 */
export function declaredType(type: TypeNode, options: FieldOptions): 'String' | 'Nullable(String)' {
  const noNull = isText(type) ? !unwrap(type).nullable : tokensAreNoValues(type, options)
  return options.quoted && noNull ? 'String' : 'Nullable(String)'
}

/** Whether the check refuses every null token, so that it alone tells a value from NULL. */
function tokensAreNoValues(type: TypeNode, options: FieldOptions): boolean {
  const { name } = unwrap(type).base
  const takesAnyText = isText(type) || name === 'Enum8' || name === 'Enum16'
  return !takesAnyText && options.nullTokens.every((token) => ['', '\\N', 'NULL', 'null'].includes(token))
}

/**
 * Conversion and check of one field, NULL included.
 *
 * @param field SQL of the file's column, declared as `declaredType` says
 */
export function checkField(field: string, type: TypeNode, options: FieldOptions): Check {
  const asString = declaredType(type, options) === 'String'
  const text = asString ? field : `assumeNotNull(${field})`
  const check = checkText(text, type, options)
  const { value, ok } = check
  if (!unwrap(type).nullable) {
    return { value: typed(nonNull(value), type), ok: asString ? ok : `(isNotNull(${field}) AND ${ok})` }
  }
  const isNull = nullTest(field, asString, type, options)
  // The look for null tokens is left to the rows that hold no value, if it can be.
  if (tokensAreNoValues(type, options)) {
    return { value: typed(valueOrNull(check), type), ok: `(${ok} OR ${isNull})` }
  }
  return { value: typed(`if(${isNull}, NULL, ${value})`, type), ok: `(${isNull} OR ${ok})` }
}

/** NULL is what the reader says, a further null token, or an empty field where the type has no empty value. */
function nullTest(field: string, asString: boolean, type: TypeNode, options: FieldOptions): string {
  const tokens = new Set(options.nullTokens.filter((token) => token !== ''))
  if (!hasEmptyValue(type)) tokens.add('')
  else if (!options.quoted && options.nullTokens.includes('')) tokens.add('')
  const list = (of: Set<string>) => [...of].map(literal).join(', ')
  if (asString) return `${field} IN (${list(tokens)})`
  // Of its own token the reader knows whether it was quoted or escaped, and so a text.
  tokens.delete(readerNullToken(options.nullTokens))
  if (tokens.size === 0) return `isNull(${field})`
  return `(isNull(${field}) OR ifNull(${field} IN (${list(tokens)}), 0))`
}

function hasEmptyValue(type: TypeNode): boolean {
  const { base } = unwrap(type)
  return isText(type) || (base.name.startsWith('Enum') && enumNames(base).includes(''))
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
