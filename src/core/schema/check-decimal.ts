import type { Check } from './sql-check.ts'
import { numericArgument, type TypeNode } from './type.ts'

const digits = { 32: 9, 64: 18, 128: 38, 256: 76 }

/** Decimal(9, 2) and Decimal32(2) are one type. */
function shapeOf(type: TypeNode) {
  const fixed = /^Decimal(32|64|128|256)$/.exec(type.name)
  const precision = numericArgument(type, 0) ?? 10
  const width = (fixed ? Number(fixed[1]) : widthOf(precision)) as keyof typeof digits
  return {
    width,
    precision: fixed ? digits[width] : precision,
    scale: numericArgument(type, fixed ? 0 : 1) ?? 0,
  }
}

const widthOf = (precision: number) =>
  precision <= 9 ? 32 : precision <= 18 ? 64 : precision <= 38 ? 128 : 256

/** 0 where the text is no such number. */
export function decimalOrZero(text: string, type: TypeNode): string {
  const { width, precision, scale } = shapeOf(type)
  const value = `toDecimal${width}OrZero(${text}, ${scale})`
  if (precision === digits[width]) return value
  // Overflow is noticed for the widest precision of the storage only.
  const bound = `toDecimal${width}('1${'0'.repeat(precision - scale)}', 0)`
  return `if(abs(${value}) < ${bound}, ${value}, 0)`
}

/**
 * Digits beyond the scale are cut in silence, so the value, written back, must be the text, or the text must have the
 * layout of such a number.
 */
export function decimalCheck(text: string, type: TypeNode): Check {
  const { width, precision, scale } = shapeOf(type)
  const value = decimalOrZero(text, type)
  const layout = `match(${text}, '^[+-]?0*[0-9]{0,${precision - scale}}(\\\\.[0-9]{0,${scale}}0*)?$')`
  // '.' and '-' alone would be 0.
  const spelt = `(isNotNull(toDecimal${width}OrNull(${text}, ${scale})) AND ${layout} AND match(${text}, '[0-9]'))`
  return { value, ok: `(toString(${value}) = ${text} OR ${spelt})` }
}
