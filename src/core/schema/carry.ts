import { unwrap, type TypeNode } from './type.ts'

/** Types whose text form in a flat file says too little to get the same value back. */
const uncarried: Record<string, string> = {
  AggregateFunction: 'is an intermediate state of an aggregate function',
  Variant: 'does not say in text which of its types a value has',
  Geometry: 'does not say in text which of its types a value has',
  Dynamic: 'does not say in text which type a value has',
  JSON: 'does not keep the types of its paths in text',
  Object: 'does not keep the types of its paths in text',
  IntervalNanosecond: 'has no text form that can be read back',
  IntervalMicrosecond: 'has no text form that can be read back',
  IntervalMillisecond: 'has no text form that can be read back',
  IntervalSecond: 'has no text form that can be read back',
  IntervalMinute: 'has no text form that can be read back',
  IntervalHour: 'has no text form that can be read back',
  IntervalDay: 'has no text form that can be read back',
  IntervalWeek: 'has no text form that can be read back',
  IntervalMonth: 'has no text form that can be read back',
  IntervalQuarter: 'has no text form that can be read back',
  IntervalYear: 'has no text form that can be read back',
  Nothing: 'holds no value',
  QBit: 'has no text form that can be read back',
}

/** Why a flat file cannot carry the type, or undefined when it can. */
export function whyNotCarried(type: TypeNode): string | undefined {
  const reason = uncarried[type.name]
  if (reason !== undefined) return `${type.name} ${reason}`
  for (const inner of type.types) {
    const innerReason = whyNotCarried(inner)
    if (innerReason !== undefined) return innerReason
  }
  return undefined
}

/** Plain text: the field's characters are the value. */
export function isText(type: TypeNode): boolean {
  const { base } = unwrap(type)
  return base.name === 'String' || base.name === 'FixedString'
}
