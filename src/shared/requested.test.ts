import { expect, it } from 'vitest'
import { issueSentence } from './errors/index.ts'
import { requestedTransferSchema } from './requested.ts'
import { transferSchema, type TransferInput } from './transfer.ts'

const file = (dialect: object = {}) => ({ kind: 'file', path: 'a.csv', dialect })
const table = { kind: 'table', server: 'embedded', table: 't' }
const importing = (more: object = {}, dialect = {}) => ({
  ...{ direction: 'import', source: file(dialect), target: table },
  ...more,
})
const exporting = (dialect: object) => ({ direction: 'export', source: table, target: file(dialect) })

const read = 'only a file that is read can be said to have it.'
const written = 'only a file that is written can be said to have it.'

it.each<[object, string]>([
  [exporting({ skipLines: 0 }), `target.dialect.skipLines: ${read}`],
  [exporting({ headerLines: 2 }), `target.dialect.headerLines: ${read}`],
  [exporting({ footerLines: 1 }), `target.dialect.footerLines: ${read}`],
  [exporting({ padding: true }), `target.dialect.padding: ${read}`],
  [exporting({ ragged: false }), `target.dialect.ragged: ${read}`],
  [exporting({ nullTokens: [] }), 'target.dialect.nullTokens: a file is written with one text for NULL.'],
  [
    { direction: 'convert', source: file(), target: file({ nullTokens: ['', 'NA'] }) },
    'target.dialect.nullTokens: a file is written with one text for NULL.',
  ],
  [
    exporting({ quote: null, quoting: 'always' }),
    'target.dialect.quoting: nothing can stand in quotes where there is no quote.',
  ],
  [importing({}, { quoting: 'never' }), `source.dialect.quoting: ${written}`],
  [importing({}, { decimal: ',' }), `source.dialect.decimal: ${written}`],
  [
    { direction: 'convert', source: file({ dateLayout: 'DD.MM.YYYY' }), target: file() },
    `source.dialect.dateLayout: ${written}`,
  ],
  [
    importing({}, { header: false, headerLines: 2 }),
    'source.dialect.headerLines: there is no header, so it has no lines.',
  ],
  [
    importing({ rejectLimit: { records: 3 } }),
    'rejectLimit: there are no rejects to limit while onError is stop.',
  ],
  [
    importing({ readings: [{ column: 'x', misfit: 'null' }, { column: 'y' }, { column: 'x' }] }),
    'readings: two are of the column "x".',
  ],
  [
    importing({ types: ['UInt8', 'String'].map((type) => ({ column: 'x', type })) }),
    'types: two are of the column "x".',
  ],
])('%j is refused, and what was kept of an earlier version is not', (document, sentence) => {
  const { error } = requestedTransferSchema.safeParse(document)
  expect(error && issueSentence(error)).toBe(sentence)
  expect(transferSchema.safeParse(document).success).toBe(true)
})

it.each([
  importing({ onError: 'skip', rejectLimit: { records: 3 } }, { header: true, headerLines: 2, ragged: true }),
  exporting({ quote: null, quoting: 'never', nullTokens: [''], commentPrefix: '#', decimal: ',' }),
  exporting({ quoting: 'always' }),
])('%j is not', (document) => {
  expect(requestedTransferSchema.parse(document as TransferInput)).toMatchObject(document)
})
