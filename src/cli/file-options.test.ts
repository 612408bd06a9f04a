import { Command, CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { AppError, transferSchema, type Transfer } from '../shared/index.ts'
import { addConvert } from './commands/convert.ts'
import { addExport } from './commands/export.ts'
import { addImport } from './commands/import.ts'

/** What the command line makes of the arguments, or the sentence with which it refuses them. */
async function understood(words: string[]): Promise<Transfer | string> {
  let found: Transfer | undefined
  let said = ''
  const program = new Command('flathouse')
    .exitOverride()
    .configureOutput({ writeErr: (text) => (said += text) })
  const move = (document: Transfer) => {
    found = document
    return Promise.resolve()
  }
  for (const add of [addImport, addExport, addConvert]) add(program, move)
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return said.trimEnd()
    if (error instanceof AppError) return error.message
    throw error
  }
  // Whatever is understood is a transfer.
  return transferSchema.parse(found)
}

const importing = (...words: string[]) => understood(['import', 'a.csv', '--table', 't', ...words])

describe('the options of a source file', () => {
  it.each([
    [['--delimiter', 'TAB'], { delimiter: '\t' }],
    [['--delimiter', 'space'], { delimiter: ' ' }],
    [['--delimiter', ', '], { delimiter: ', ' }],
    [['--delimiter', '||'], { delimiter: '||' }],
    [['--delimiter', '\\t|'], { delimiter: '\t|' }],
    [['--delimiter', '\\x1F'], { delimiter: '\u001f' }],
    [['--quote', "'"], { quote: "'" }],
    [['--quote', 'none'], { quote: null }],
    [['--escape', 'none'], { escape: null }],
    [['--escape', 'Backslash'], { escape: 'backslash' }],
    [['--line-terminator', 'crlf'], { lineTerminator: '\r\n' }],
    [['--line-terminator', 'CR'], { lineTerminator: '\r' }],
    [
      ['--skip-lines', '2', '--header-lines', '3', '--footer-lines', '0'],
      { skipLines: 2, headerLines: 3, footerLines: 0 },
    ],
    [['--comment', '#'], { commentPrefix: '#' }],
    [['--comment', 'none'], { commentPrefix: '' }],
    [['--padding', '--no-ragged'], { padding: true, ragged: false }],
    [['--no-padding', '--ragged'], { padding: false, ragged: true }],
    [['--edge-delimiter', 'both'], { edgeDelimiter: 'both' }],
    [['--null', 'NA', '--null', ''], { nullTokens: ['NA', ''] }],
    [['--no-header'], { header: false }],
    [
      ['--format', 'tsvwithnames', '--delimiter', 'pipe'],
      { header: true, quote: null, delimiter: '|', escape: 'backslash' },
    ],
  ])('%j', async (words, dialect) => {
    expect(await importing(...words)).toMatchObject({ source: { dialect } })
    expect(
      Object.keys(
        ((await importing(...words)) as Transfer & { source: { dialect: object } }).source.dialect,
      ).sort(),
    ).toEqual(Object.keys(dialect).sort())
  })

  it('hold an encoding in any case, and none when none is said', async () => {
    expect(await importing('--encoding', 'Shift_JIS')).toMatchObject({ source: { encoding: 'shift_jis' } })
    expect(await importing()).not.toHaveProperty('source.encoding')
  })
})

describe('how values are read', () => {
  it('is said column by column', async () => {
    const words = ['--layout', 'day=DD/MM/YYYY', '--layout', 'price=1.234,5', '--null-in', 'price=n/a']
    const more = ['--null-in', 'price=', '--misfit', 'age=null', '--misfit', 'day=default']
    expect(await importing(...words, ...more)).toMatchObject({
      readings: [
        { column: 'day', layout: 'DD/MM/YYYY', misfit: 'default' },
        { column: 'price', layout: '1.234,5', nullTokens: ['n/a', ''], misfit: 'reject' },
        { column: 'age', misfit: 'null' },
      ],
    })
  })

  it.each([
    ['month', { column: 'month', by: 'value' }],
    ['day:month', { column: 'day', by: 'month' }],
    ['day:month:value', { column: 'day:month', by: 'value' }],
    ['a:b', { column: 'a:b', by: 'value' }],
  ])('partitions by %s', async (text, partitionBy) => {
    expect(await importing('--partition-by', text)).toMatchObject({ partitionBy })
  })
})

describe('what becomes of records that cannot be moved', () => {
  it.each([
    [[], { onError: 'stop' }],
    [['--on-error', 'skip'], { onError: 'skip' }],
    [['--max-rejects', '0'], { onError: 'skip', rejectLimit: { records: 0 } }],
    [['--max-reject-share', '1%'], { onError: 'skip', rejectLimit: { share: 0.01 } }],
    [
      ['--max-reject-share', '.5', '--max-rejects', '9'],
      { onError: 'skip', rejectLimit: { share: 0.5, records: 9 } },
    ],
    [['--rejects', 'bad.csv'], { onError: 'skip' }],
  ])('%j', async (words, policy) => {
    const found = (await importing(...words)) as Transfer
    expect(found).toMatchObject(policy)
    expect('rejectLimit' in found).toBe('rejectLimit' in policy)
  })
})

describe('the options of a target file', () => {
  const words = (dashes: string) =>
    [
      'quoting always',
      'decimal ,',
      'date-layout dd.mm.yyyy',
      'encoding utf-16le',
      'line-terminator crlf',
    ].flatMap((pair) => (dashes + pair).split(' '))
  const target = {
    dialect: { quoting: 'always', decimal: ',', dateLayout: 'DD.MM.YYYY', lineTerminator: '\r\n' },
    encoding: 'utf-16le',
  }

  it('stand alone in an export', async () => {
    expect(await understood(['export', 't', '--to', 'b.csv', ...words('--')])).toMatchObject({ target })
  })

  it.each([
    [['--format', 'CSV'], { header: false, quote: '"', delimiter: ',' }],
    [['--format', 'CSVWithNames', '--delimiter', 'pipe'], { header: true, quote: '"', delimiter: '|' }],
    [['--format', 'TSV'], { header: false, quote: null, delimiter: '\t', escape: 'backslash' }],
  ])('%j says more than the extension', async (format, dialect) => {
    const target = { dialect }
    expect(await understood(['export', 't', '--to', 'b.tsv', ...format])).toMatchObject({ target })
    const beside = format.map((word) => word.replace(/^--/, '--to-'))
    expect(await understood(['convert', 'a', '--to', 'b.tsv', ...beside])).toMatchObject({ target })
  })

  it('are told from those of the source in a conversion', async () => {
    const found = await understood([
      ...['convert', 'a.csv', '--to', 'b.csv', '--encoding', 'gb18030', '--quote', "'", '--no-to-header'],
      ...words('--to-'),
    ])
    expect(found).toMatchObject({ source: { dialect: { quote: "'" }, encoding: 'gb18030' }, target })
    expect(found).toMatchObject({ target: { dialect: { header: false } } })
    expect(found).not.toHaveProperty('source.dialect.header')
  })
})

describe('what cannot be understood is refused in one sentence', () => {
  it.each([
    [['--delimiter', ''], 'Give a text without line ends, or tab, comma, semicolon, pipe, space.'],
    [['--delimiter', 'a\nb'], 'Give a text without line ends, or tab, comma, semicolon, pipe, space.'],
    [['--quote', '""'], 'Give one character, or none.'],
    [['--escape', 'twice'], 'Give one of double, backslash, none.'],
    [['--line-terminator', '\\n'], 'Give one of lf, crlf, cr.'],
    [['--encoding', 'latin1'], 'Give one of utf-8, utf-8-bom,'],
    [['--skip-lines', '-1'], 'Give a whole number, 0 or more.'],
    [['--header-lines', '0'], 'Give a whole number, 1 or more.'],
    [['--edge-delimiter', 'left'], 'Give one of leading, trailing, both, none.'],
    [['--layout', 'day'], 'Give it as column=value.'],
    [['--layout', 'day=DD.MM'], 'Give a date such as DD/MM/YYYY, a time such as "DD.MM.YYYY HH:mm:ss"'],
    [['--misfit', 'day=skip'], 'Give one of reject, null, default.'],
    [['--layout', 'day=DD.MM.YYYY', '--layout', 'day=MM/DD/YYYY'], 'Give it once for each column.'],
    [['--misfit', 'day=null', '--misfit', 'day=default'], 'Give it once for each column.'],
    [['--null-in', '=x'], 'Give it as column=value.'],
    [['--partition-by', ''], 'Give a column, or column:month, column:day, column:year.'],
    [['--on-error', 'ignore'], 'Give one of stop, skip.'],
    [['--max-rejects', 'many'], 'Give a whole number, 0 or more.'],
    [['--max-reject-share', '101%'], 'Give a share of all records, such as 0.01 or 1%.'],
    [['--max-reject-share', '-1'], 'Give a share of all records, such as 0.01 or 1%.'],
    [['--on-error', 'stop', '--max-rejects', '1'], 'With --on-error stop there are no rejects'],
    [['--mode', 'merge'], 'Give one of create, append, replace.'],
  ])('%j', async (words, sentence) => {
    const answer = await importing(...words)
    expect(answer).toContain(sentence)
    expect(answer).not.toContain('\n\n')
  })
})

describe('the types of columns', () => {
  it.each([
    ['a=Decimal(9,2),b=Date', ['Decimal(9,2)', 'Date']],
    ['a=Map(String, Tuple(UInt8, Date)),b=UInt8', ['Map(String, Tuple(UInt8, Date))', 'UInt8']],
    ['"a=Decimal(9,2)",b=Date', ['Decimal(9,2)', 'Date']],
  ])('may hold commas: %s', async (text, types) => {
    const found = await importing('--types', text)
    expect(found).toMatchObject({
      types: [
        { column: 'a', type: types[0] },
        { column: 'b', type: types[1] },
      ],
    })
  })
})

describe('the size of split files', () => {
  const exporting = (...words: string[]) => understood(['export', 't', '--to', 'a.csv', ...words])

  it.each([
    ['1GB', 1e9],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['500k', 500_000],
    ['64MiB', 64 * 2 ** 20],
    ['123', 123],
  ])('%s is so many bytes', async (text, bytes) => {
    expect(await exporting('--split-size', text)).toMatchObject({ split: { bytes } })
    expect(await exporting('--split-size', text, '--split-rows', '7')).toMatchObject({
      split: { bytes, rows: 7 },
    })
  })

  it.each(['', '0', '-1', '1XB', 'GB', '9999999TB', '0.1'])('%j is none', async (text) => {
    expect(await exporting(`--split-size=${text}`)).toContain('Give a size such as 500MB or 1GiB.')
  })
})
