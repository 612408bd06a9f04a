import { InvalidArgumentError } from 'commander'
import {
  dateLayouts,
  encodings,
  misfitActions,
  numberLayouts,
  partitionSchema,
  valueLayouts,
  type DateLayout,
  type Encoding,
  type MisfitAction,
  type Partition,
  type ValueLayout,
} from '../shared/index.ts'

/** Turns the texts of arguments about files into values. */

const spelled: Partial<Record<string, string>> = {
  tab: '\t',
  comma: ',',
  semicolon: ';',
  pipe: '|',
  space: ' ',
}

/** Some by name, the rest as it is, but for `\t` and such as `\x1f`. */
export function delimiter(text: string): string {
  const plain = text
    .replaceAll('\\t', '\t')
    .replaceAll(/\\x([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  const meant = spelled[text.toLowerCase()] ?? plain
  if (meant === '' || /[\r\n]/.test(meant))
    throw new InvalidArgumentError('Give a text without line ends, or tab, comma, semicolon, pipe, space.')
  return meant
}

/** The empty text is none: commander takes null for an option without a value. */
export function quote(text: string): string {
  if (text === 'none') return ''
  if (text.length === 1) return text
  throw new InvalidArgumentError('Give one character, or none.')
}

export const commentPrefix = (text: string): string => (text === 'none' ? '' : text)

/** Names are taken in any case. */
export const oneOf =
  <Name extends string>(names: readonly Name[]) =>
  (text: string): Name => {
    const found = names.find((name) => name.toLowerCase() === text.toLowerCase())
    if (found !== undefined) return found
    throw new InvalidArgumentError(`Give one of ${names.join(', ')}.`)
  }

export const encoding: (text: string) => Encoding = oneOf(encodings)
export const dateLayout: (text: string) => DateLayout = oneOf(dateLayouts)

/** `column=value`, repeatable. */
const ofColumn =
  <Value>(read: (text: string, before: Value | undefined) => Value) =>
  (text: string, before: ReadonlyMap<string, Value> = new Map()): Map<string, Value> => {
    const at = text.indexOf('=')
    if (at < 1) throw new InvalidArgumentError('Give it as column=value.')
    const column = text.slice(0, at)
    return new Map(before).set(column, read(text.slice(at + 1), before.get(column)))
  }

export const layouts: (text: string, before?: Map<string, ValueLayout>) => Map<string, ValueLayout> =
  ofColumn((text, before) => {
    requireFirst(before)
    const found = valueLayouts.find((layout) => layout === text)
    if (found !== undefined) return found
    throw new InvalidArgumentError(
      'Give a date such as DD/MM/YYYY, a time such as "DD.MM.YYYY HH:mm:ss", epoch, epoch-ms, or a number: ' +
        `${numberLayouts.map((layout) => JSON.stringify(layout)).join(', ')}.`,
    )
  })

/** Every use for a column adds one. */
export const nullsIn: (text: string, before?: Map<string, string[]>) => Map<string, string[]> = ofColumn(
  (text, before) => [...(before ?? []), text],
)

export const misfits: (text: string, before?: Map<string, MisfitAction>) => Map<string, MisfitAction> =
  ofColumn((text, before) => {
    requireFirst(before)
    return oneOf(misfitActions)(text)
  })

function requireFirst(before: unknown): void {
  if (before !== undefined) throw new InvalidArgumentError('Give it once for each column.')
}

/** `column`, or `column:month`: what stands after the last colon is how, when it can be. */
export function partition(text: string): Partition {
  const at = text.lastIndexOf(':')
  const by = partitionSchema.shape.by.safeParse(text.slice(at + 1))
  if (at > 0 && by.success) return { column: text.slice(0, at), by: by.data }
  if (text === '') throw new InvalidArgumentError('Give a column, or column:month, column:day, column:year.')
  return { column: text, by: 'value' }
}

/** `0.01` or `1%`. */
export function share(text: string): number {
  const value = Number(text.replace(/%$/, '')) / (text.endsWith('%') ? 100 : 1)
  if (/^\d*\.?\d+(e-\d+)?%?$/.test(text) && value <= 1) return value
  throw new InvalidArgumentError('Give a share of all records, such as 0.01 or 1%.')
}
