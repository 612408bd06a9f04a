import { describe, expect, it } from 'vitest'
import { previewRequestSchema, transferSchema } from '../index.ts'
import { issueSentence } from './issue.ts'

const file = { kind: 'file', path: 'a.csv' }
const table = { kind: 'table', server: 'embedded', table: 't' }
const transfer = { direction: 'import', source: file, target: table }

/** The sentence about a transfer that has this in place of its own. */
function about(change: object): string | undefined {
  const { error } = transferSchema.safeParse({ ...transfer, ...change })
  return error && issueSentence(error)
}

describe('the sentence about a document', () => {
  it.each([
    [{ source: { kind: 'file' } }, 'source.path is missing.'],
    [{ target: undefined }, 'target is missing.'],
    [{ verify: 'never' }, 'verify: Invalid option: expected one of "none"|"count"|"checksum".'],
    [{ surprise: 1 }, 'Unrecognized key: "surprise".'],
    [{ direction: 'sideways' }, /^direction: /],
    [{ columns: ['a', 5] }, 'columns.1: expected string, received number.'],
    // Of a choice, the shape that was meant.
    [
      { target: { ...table, server: { protocol: 'http', host: 'h', port: 1 } } },
      /^target\.server\.\w+ is missing\.$/,
    ],
    [{ target: { ...table, server: { ...table } } }, /^target\.server\.protocol/],
    [{ target: { ...table, server: 5 } }, 'target.server: expected string, received number.'],
  ])('%j', (change, sentence) => {
    expect(about(change)).toMatch(sentence)
  })

  it('names the field of the kind of source that was meant', () => {
    const { error } = previewRequestSchema.safeParse({ source: { kind: 'table', server: 'embedded' } })
    expect(error && issueSentence(error)).toBe('source.table is missing.')
  })

  it('says what is wrong with the whole', () => {
    const { error } = transferSchema.safeParse('text')
    expect(error && issueSentence(error)).toMatch(/^expected object, received string\.$/)
  })
})
