import { numberLayouts, type ValueLayout } from '../../shared/index.ts'
import { literal } from '../sql/index.ts'
import type { Translated } from './layout-time.ts'

export type NumberLayout = (typeof numberLayouts)[number]

export const isNumberLayout = (layout: ValueLayout): layout is NumberLayout =>
  (numberLayouts as readonly string[]).includes(layout)

interface Signs {
  /** All that may stand between groups, for a regular expression's class; empty where nothing may. */
  group: readonly string[]
  decimal: '.' | ','
}

/** A blank between groups is often one that does not break, an apostrophe often a typographic one. */
export const signsOf: Record<NumberLayout, Signs> = {
  '1,234.5': { group: [','], decimal: '.' },
  '1.234,5': { group: ['.'], decimal: ',' },
  '1 234,5': { group: [' ', '\u00a0', '\u202f'], decimal: ',' },
  "1'234.5": { group: ["'", '\u2019'], decimal: '.' },
  '1234,5': { group: [], decimal: ',' },
}

/** Groups are of three digits, all of them or none, and 0 begins no group. The same in RE2 and in JavaScript. */
export function numberPattern(layout: NumberLayout): string {
  const { group, decimal } = signsOf[layout]
  const grouped = group.map((sign) => `[1-9][0-9]{0,2}(?:${escaped(sign)}[0-9]{3})+`)
  const whole = ['[0-9]+', ...grouped].join('|')
  const after = escaped(decimal)
  return `^[+-]?(?:(?:${whole})(?:${after}[0-9]*)?|${after}[0-9]+)(?:[eE][+-]?[0-9]+)?$`
}

const escaped = (sign: string) => (sign === '.' ? '[.]' : sign)

/** With a decimal point and without groups. */
export function plainNumber(text: string, layout: NumberLayout): Translated {
  const { group, decimal } = signsOf[layout]
  const ungrouped = group.reduce((sql, sign) => `replaceAll(${sql}, ${literal(sign)}, '')`, text)
  return {
    text: decimal === ',' ? `replaceOne(${ungrouped}, ',', '.')` : ungrouped,
    // As ClickHouse writes them in any layout; which types have such values is for their check to say.
    ok: `(match(${text}, ${literal(numberPattern(layout))}) OR ${text} IN ('inf', '-inf', 'nan'))`,
  }
}
