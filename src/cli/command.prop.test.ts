import { Command } from 'commander'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { toCommand, toYaml } from '../core/transfer/index.ts'
import {
  dateLayouts,
  encodings,
  misfitActions,
  transferSchema,
  valueLayouts,
  type Transfer,
} from '../shared/index.ts'
import { addConvert } from './commands/convert.ts'
import { addExport } from './commands/export.ts'
import { addImport } from './commands/import.ts'

/** The transfer that the command line makes of the words that a shell makes of the line. */
async function parsed(line: string): Promise<Transfer> {
  let found: Transfer | undefined
  const program = new Command('flathouse').exitOverride()
  const move = (document: Transfer) => {
    found = document
    return Promise.resolve()
  }
  addImport(program, move)
  addExport(program, move)
  addConvert(program, move)
  await program.parseAsync(shellWords(line).slice(1), { from: 'user' })
  if (found) return found
  throw new Error(`Nothing was understood: ${line}`)
}

/** As POSIX cuts them, with single quotes alone. */
const shellWords = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s'\\]|'[^']*'|\\.)+/gs)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\(.)/gs, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? ''),
  )

const oneOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values)
const letters = ['a', 'N', ',', '"', "'", ' ', '-', '=', ':', '.', '`', '$', '\\', '\n', 'é']
const plainName = fc.constantFrom('id', 'Sale Date', 'a,b', '"q"', "it's", '-e', 'é:day', 'we.ird`n', '$x\n')
const anyName = fc
  .string({ minLength: 1, maxLength: 8, unit: oneOf(letters) })
  .filter((text) => text.trim() === text)
const name = fc.oneof({ weight: 9, arbitrary: plainName }, { weight: 1, arbitrary: anyName })
const token = fc.string({ maxLength: 4, unit: oneOf(letters) })
const delimiter = fc.oneof(
  oneOf([',', '\t', ' ', '||', ', ', '\u001f', '\\t', 'tab', 'Pipe', '-', '--', '¦', 'é\t', '\\x41', "'"]),
  fc.string({ minLength: 1, maxLength: 3 }).filter((text) => !/[\r\n]/.test(text)),
)

/** Any of the parts, or none of them. */
const some = <Shape extends object>(parts: { [Name in keyof Shape]: fc.Arbitrary<Shape[Name]> }) =>
  fc.record(parts, { requiredKeys: [] })

const everyDialect = {
  delimiter,
  quote: oneOf([null, '"', "'", '-', '|']),
  escape: oneOf([null, 'double', 'backslash'] as const),
  lineTerminator: oneOf(['\n', '\r\n', '\r'] as const),
  header: fc.boolean(),
  nullTokens: fc.array(token, { minLength: 1, maxLength: 3 }),
  edgeDelimiter: oneOf(['leading', 'trailing', 'both', 'none'] as const),
}
const source = fc.record(
  {
    kind: fc.constant('file' as const),
    path: oneOf(['a.csv', '-', "it's *.tsv.gz"]),
    dialect: some({
      ...everyDialect,
      skipLines: fc.nat(9),
      headerLines: fc.integer({ min: 1, max: 9 }),
      footerLines: fc.nat(9),
      commentPrefix: oneOf(['', '#', '--', '# ', '"']),
      padding: fc.boolean(),
      ragged: fc.boolean(),
    }),
    encoding: oneOf(encodings),
  },
  { requiredKeys: ['kind', 'path'] },
)
const target = fc.record(
  {
    kind: fc.constant('file' as const),
    path: oneOf(['b.csv', '-odd.tsv', 'out/c d.csv.zst']),
    dialect: some({
      ...everyDialect,
      quoting: oneOf(['always', 'needed', 'never'] as const),
      decimal: oneOf(['.', ','] as const),
      dateLayout: oneOf(dateLayouts),
    }),
    encoding: oneOf(encodings),
  },
  { requiredKeys: ['kind', 'path'] },
)
const table = fc.record({
  kind: fc.constant('table' as const),
  server: oneOf(['embedded', 'shop']),
  table: name,
})
const split = some({ rows: fc.integer({ min: 1, max: 1.05e9 }), bytes: fc.integer({ min: 1, max: 2 ** 50 }) })
const moved = some({
  columns: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
  map: fc.array(fc.record({ source: name, target: name }), { maxLength: 2 }),
  verify: oneOf(['none', 'count', 'checksum'] as const),
  retry: fc.record({ attempts: fc.integer({ min: 1, max: 10 }), afterRestart: oneOf([false, false, true]) }),
})
const reading = fc.record(
  {
    nullTokens: fc.array(token, { minLength: 1, maxLength: 2 }),
    layout: oneOf(valueLayouts),
    misfit: oneOf(misfitActions),
  },
  { requiredKeys: [] },
)

const imports = fc
  .record(
    {
      direction: fc.constant('import' as const),
      source,
      target: table,
      moved,
      mode: oneOf(['create', 'append', 'replace'] as const),
      orderBy: fc.array(name, { maxLength: 2 }),
      partitionBy: fc.record({ column: name, by: oneOf(['value', 'day', 'month', 'year'] as const) }),
      readings: fc
        .uniqueArray(fc.tuple(name, reading), { maxLength: 3, selector: ([column]) => column })
        .map((pairs) => pairs.map(([column, more]) => ({ column, ...more }))),
      types: fc.array(fc.record({ column: name, type: oneOf(['Int64', 'Decimal(9, 2)', "Enum8('a' = 1)"]) })),
      policy: fc.oneof(
        fc.constant({ onError: 'stop' as const }),
        fc.record({
          onError: fc.constant('skip' as const),
          rejectLimit: some({ records: fc.nat(9), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
        }),
      ),
    },
    { requiredKeys: ['direction', 'source', 'target', 'moved', 'policy'] },
  )
  .map(({ moved: part, policy, ...rest }) => transferSchema.parse({ ...rest, ...part, ...policy }))
const exports = fc
  .record({ source: table, target, moved, split })
  .map(({ moved: part, split: sizes, ...rest }) =>
    transferSchema.parse({
      ...{ direction: 'export', ...rest, ...part },
      ...(Object.keys(sizes).length > 0 && { split: sizes }),
    }),
  )
const conversions = fc
  .record({ source, target, moved, types: fc.boolean() })
  .map(({ moved: part, ...rest }) => transferSchema.parse({ direction: 'convert', ...rest, ...part }))

/** Readings of different columns do not depend on their order, and nothing said is nothing. */
function meaning(transfer: Transfer): Transfer {
  if (transfer.direction !== 'import') return transfer
  const { readings = [], rejectLimit = {}, types = [], ...rest } = transfer
  return {
    ...rest,
    readings: readings.toSorted((a, b) => (a.column < b.column ? -1 : 1)),
    rejectLimit,
    types,
  }
}

let said = 0

it.each([
  ['an import', imports],
  ['an export', exports],
  ['a conversion', conversions],
])('the line and the document of %s say the same as it does', async (_, transfers) => {
  await fc.assert(
    fc.asyncProperty(transfers, async (transfer) => {
      expect(transferSchema.parse(parse(toYaml(transfer)))).toEqual(transfer)
      const line = toCommand(transfer)
      if (line.startsWith('flathouse run -')) return
      said++
      expect(meaning(await parsed(line))).toEqual(meaning(transfer))
    }),
    { numRuns: 150 },
  )
  // What nothing can be said of must stay the exception.
  expect(said).toBeGreaterThan(75)
  said = 0
})
