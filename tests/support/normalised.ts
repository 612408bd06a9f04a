import type { Encoding } from '../../src/shared/index.ts'
import { parse } from '../corpus/parse.ts'
import { Normaliser, separatorOf, type Normalisation } from '../../src/core/dialect/index.ts'

/** A record as the normaliser gives it. */
export interface Given {
  fields: string[]
  file: number
  line: number
  offset: number
  length: number
  fault: string
}

/** What the normaliser makes of the bytes, given in pieces that are cut there; as text. */
export function canonical(
  bytes: Uint8Array,
  { encoding, ...job }: Normalisation & { encoding: Encoding },
  cuts: number[] = [],
  longest?: number,
): string {
  const normaliser = new Normaliser(job, encoding, 1, longest)
  const places = [...cuts.filter((cut) => cut < bytes.length)].sort((a, b) => a - b)
  let text = ''
  let from = 0
  for (const to of [...places, bytes.length]) {
    text += Buffer.from(normaliser.add(bytes.subarray(from, to))).toString()
    from = to
  }
  return text + Buffer.from(normaliser.end()).toString()
}

export function normalised(...given: Parameters<typeof canonical>): Given[] {
  const [, { dialect }] = given
  const records = parse(canonical(...given), {
    ...{ delimiter: separatorOf(dialect), quote: '"', escape: 'double', lineTerminator: '\n' },
    ...{ header: false, skipLines: 0, nullTokens: [] },
  })
  return records.map((record) => {
    const [file = '', line = '', offset = '', length = '', fault = ''] = record.slice(-5)
    return {
      fields: record.slice(0, -5),
      file: Number(file),
      line: Number(line),
      offset: Number(offset),
      length: Number(length),
      fault,
    }
  })
}
