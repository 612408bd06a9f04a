const common = [
  'String',
  'Int32',
  'Int64',
  'UInt32',
  'UInt64',
  'Float64',
  'Decimal(18, 4)',
  'Bool',
  'Date',
  'Date32',
  'DateTime',
  'DateTime64(3)',
  'UUID',
  'IPv4',
  'LowCardinality(String)',
]
const whole = ['8', '16', '32', '64', '128']

const cannotBeNull = /^Nullable\((?:Array|Map|Tuple|Nested|LowCardinality)\(/

/** Types that a column may be given in place of the one it has: wider ones and the like first. */
export function suggestTypes(type: string): string[] {
  const inner = /^Nullable\((.*)\)$/.exec(type)?.[1]
  const base = inner ?? type
  const near = [inner ?? `Nullable(${type})`, ...wider(base), 'String', 'Nullable(String)']
  return [...new Set([...near, ...common])].filter((one) => one !== type && !cannotBeNull.test(one))
}

function wider(type: string): string[] {
  const [, sign, bits = ''] = /^(U?Int)(\d+)$/.exec(type) ?? []
  if (sign === undefined) return type === 'Date' ? ['Date32'] : type === 'DateTime' ? ['DateTime64(3)'] : []
  const more = whole.slice(whole.indexOf(bits) + 1)
  return [
    ...more.map((width) => `Int${width}`),
    ...(sign === 'UInt' ? more.map((width) => `UInt${width}`) : []),
  ]
}
