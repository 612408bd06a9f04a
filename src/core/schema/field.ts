import type { Reading } from '../../shared/index.ts'
import { literal } from '../sql/index.ts'
import { isText } from './carry.ts'
import { layoutCheck, takesLayout } from './check-layout.ts'
import { checkText, type CheckOptions } from './check.ts'
import { isNullLike } from './null-tokens.ts'
import { valueOrNull, type Check } from './sql-check.ts'
import { enumNames, unwrap, type TypeNode } from './type.ts'

export interface FieldOptions extends CheckOptions {
  nullTokens: readonly string[]
  /** Whether quoting tells an empty or NULL-like text from NULL (CSV) or not (TSV). */
  quoted: boolean
  /** Fields may be missing, and are NULL then, whatever their type. */
  ragged?: boolean
}

/** How the values of one column are read, besides its type. */
export type FieldReading = Partial<Pick<Reading, 'layout' | 'misfit'>> & {
  nullTokens?: readonly string[] | undefined
}

/** Why a column of the type cannot be read so, or undefined when it can. */
export function whyNotRead(type: TypeNode, { layout, misfit }: FieldReading): string | undefined {
  if (layout !== undefined && !takesLayout(type, layout)) {
    return `no value of type ${type.text} is laid out as ${layout}`
  }
  if (misfit !== 'null' || unwrap(type).nullable) return undefined
  return `a value that does not fit cannot become NULL, because ${type.text} has none`
}

/** A check, and where the field's text does not fit, whatever becomes of it: `ok` holds for what is replaced, too. */
export interface FieldCheck extends Check {
  misfit: string
}

/**
 * How the file's column is declared to ClickHouse's reader. As Nullable(String) the reader tells an unquoted null
 * token from a quoted text; as String, which is faster, every text is a value. That will do in CSV for a text type
 * that cannot be NULL, for any type that no null token is a value of, and where a token of the reader's is none.
 */
export function declaredType(
  type: TypeNode,
  options: FieldOptions,
  { nullTokens = options.nullTokens }: FieldReading = {},
): 'String' | 'Nullable(String)' {
  const noNull = isText(type) ? !unwrap(type).nullable : tokensAreNoValues(type, nullTokens)
  const isNone =
    nullTokens !== options.nullTokens && readerTokens(options).some((token) => !nullTokens.includes(token))
  return options.quoted && options.ragged !== true && (noNull || isNone) ? 'String' : 'Nullable(String)'
}

/** What the reader makes NULL in a column that is declared so. */
const readerTokens = ({ nullTokens }: FieldOptions) => [
  readerNullToken(nullTokens),
  ...nullTokens.filter((token) => token === ''),
]

/** Whether the check refuses every null token, so that it alone tells a value from NULL. */
function tokensAreNoValues(type: TypeNode, nullTokens: readonly string[]): boolean {
  const { name } = unwrap(type).base
  const takesAnyText = isText(type) || name === 'Enum8' || name === 'Enum16'
  return !takesAnyText && nullTokens.every(isNullLike)
}

/**
 * Conversion and check of one field, NULL included.
 *
 * @param field SQL of the file's column, declared as `declaredType` says
 * @param reading one that `whyNotRead` has nothing against
 */
export function checkField(
  field: string,
  type: TypeNode,
  options: FieldOptions,
  reading: FieldReading = {},
): FieldCheck {
  const check = plainCheck(field, type, options, reading)
  const { misfit = 'reject' } = reading
  const fits = `ifNull(${check.ok}, 0)`
  if (misfit === 'reject') return { ...check, misfit: `NOT ${fits}` }
  const name = literal(type.text)
  const instead = misfit === 'null' ? `CAST(NULL, ${name})` : `defaultValueOfTypeName(${name})`
  return { value: `if(${fits}, ${check.value}, ${instead})`, ok: '1', misfit: `NOT ${fits}` }
}

function plainCheck(field: string, type: TypeNode, options: FieldOptions, reading: FieldReading): Check {
  const { nullTokens, layout } = reading
  const asString = declaredType(type, options, reading) === 'String'
  const text = asString ? field : `assumeNotNull(${field})`
  const check =
    layout === undefined ? checkText(text, type, options) : layoutCheck(text, type, layout, options)
  const { value, ok } = check
  if (!unwrap(type).nullable) {
    return { value: typed(nonNull(value), type), ok: asString ? ok : `(isNotNull(${field}) AND ${ok})` }
  }
  const isNull = nullTest(field, asString, type, options, nullTokens)
  // The look for null tokens is left to the rows that hold no value, if it can be.
  if (tokensAreNoValues(type, nullTokens ?? options.nullTokens)) {
    return { value: typed(valueOrNull(check), type), ok: `(${ok} OR ${isNull})` }
  }
  return { value: typed(`if(${isNull}, NULL, ${value})`, type), ok: `(${isNull} OR ${ok})` }
}

/** NULL is what the reader says, a further null token, or an empty field where the type has no empty value. */
function nullTest(
  field: string,
  asString: boolean,
  type: TypeNode,
  options: FieldOptions,
  own: readonly string[] | undefined,
): string {
  const tokens = new Set((own ?? options.nullTokens).filter((token) => token !== ''))
  // Of an empty text, too, the reader knows whether it was quoted, unless it is NULL in this column alone.
  const isOwn = own?.includes('') && (asString || !options.nullTokens.includes(''))
  if (!hasEmptyValue(type) || isOwn) tokens.add('')
  else if (!options.quoted && options.nullTokens.includes('') && own === undefined) tokens.add('')
  const list = (of: Set<string>) => [...of].map(literal).join(', ')
  if (tokens.size === 0 && asString) return '0'
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
