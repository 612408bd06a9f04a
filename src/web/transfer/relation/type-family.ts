export type Family = 'number' | 'text' | 'date' | 'time' | 'bool' | 'enum' | 'other'

/** What is left of a type when it may be NULL or has a dictionary. */
export function bare(type: string): string {
  const inner = /^(?:LowCardinality|Nullable)\((.*)\)$/.exec(type)?.[1]
  return inner === undefined ? type : bare(inner)
}

export function familyOf(type: string): Family {
  const inner = bare(type)
  if (/^(?:U?Int\d|B?Float\d|Decimal)/.test(inner)) return 'number'
  if (/^(?:String|FixedString)/.test(inner)) return 'text'
  if (inner.startsWith('DateTime')) return 'time'
  if (inner.startsWith('Date')) return 'date'
  if (inner === 'Bool') return 'bool'
  return inner.startsWith('Enum') ? 'enum' : 'other'
}

/** Whether `=` between them makes sense without a conversion. */
export function areComparable(one: string, other: string): boolean {
  const [first, second] = [familyOf(one), familyOf(other)]
  if (first === 'other') return bare(one) === bare(other)
  const isTime = (family: Family) => family === 'date' || family === 'time'
  const isText = (family: Family) => family === 'text' || family === 'enum'
  return first === second || (isTime(first) && isTime(second)) || (isText(first) && isText(second))
}

/** The values of an Enum, in their order. */
export function enumValues(type: string): string[] {
  const list = bare(type)
  return [...list.matchAll(/'((?:[^'\\]|\\.|'')*)'\s*=/g)].map(([, text = '']) =>
    text.replaceAll(/\\(.)|'(')/g, (_all, escaped?: string, quote?: string) => escaped ?? quote ?? ''),
  )
}
