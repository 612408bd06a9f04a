import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema } from '../../src/shared/index.ts'
import { House } from '../support/cli.ts'
import { password } from '../support/clickhouse-server.ts'

let house: House
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  house = new House()
  surroundings = await openSurroundings({ dataDir: house.data, password }, {})
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
})

const run = (file: string, content: string | Buffer, target: object) => {
  house.write(file, content)
  const source = { kind: 'file', path: house.path(file) }
  const transfer = transferSchema.parse({ source, ...target })
  const options = { signal: new AbortController().signal, onEvent: () => undefined }
  return runTransfer(transfer, surroundings, options)
}

const importing = {
  ...{ direction: 'import', mode: 'replace' },
  target: { kind: 'table', server: 'embedded', table: 'quotes' },
}

const small = 'a,b,c\n1,2,"x"\n7,8,"open\n9,10,11\n'
/** The quote lies far above the end, and nothing is quoted below it. */
const large = `a,b,c\n${'4,5,"y y"\n'.repeat(200_000)}7,8,"open\n${'9,10,11\n'.repeat(300_000)}`

/** The last lines alone say that all quotes are closed. */
const even = `a,b\n${'4,x\n'.repeat(200_000)}5,"open\n${'6,y\n'.repeat(100_000)}7,""\n`
/** As many quotes as there are pairs, because one is text. */
const balanced = 'a,b\n1,"x"\n2,3" pipe\n3,"open\n4,y\n'
const distant = `a,b\n1,"x"\n2,"open\n${'3456789,some text\n'.repeat(4_000_000)}`

describe('a quote in the last field that is never closed', () => {
  it.each([
    ['near the end', 'small.csv', small, 3],
    ['far from the end', 'large.csv', large, 200_002],
    ['in a compressed file', 'large.csv.gz', gzipSync(large), 200_002],
    ['above a last line with quotes in pairs', 'even.csv', even, 200_002],
    ['below one that is text', 'balanced.csv', balanced, 4],
  ])('ends an import at its line: %s', async (_, file, content, line) => {
    const report = await run(file, content, importing)
    expect(report).toMatchObject({ status: 'failed', rowsWritten: 0 })
    expect(report.error).toMatchObject({ code: 'RECORD_MALFORMED', place: { line } })
    expect(report.error?.message).toContain('a quote is opened and not closed')
  })

  it('ends an import even when all that is below it would fit into memory', async () => {
    const types = [
      { column: 'a', type: 'UInt32' },
      { column: 'b', type: 'String' },
    ]
    const report = await run('distant.csv', distant, { ...importing, types })
    expect(report.error).toMatchObject({ code: 'RECORD_TOO_LARGE', place: { line: 3 } })
  })

  it('costs one record and no more, where faulty ones are left out', async () => {
    const report = await run('skipped.csv', even, { ...importing, onError: 'skip' })
    expect(report).toMatchObject({ error: null, rowsRead: 300_002, rowsWritten: 300_001, rowsRejected: 1 })
  })

  it('ends a conversion, too', async () => {
    const target = { kind: 'file', path: house.path('out.csv') }
    const report = await run('converted.csv', small, { direction: 'convert', target })
    expect(report.error).toMatchObject({ code: 'RECORD_MALFORMED', place: { line: 3 } })
  })

  it.each([
    ['lines within a field that is closed', 'a,b\n1,"x"\n2,"y\nz"\n3,4\n', 3],
    ['a quote that is text', 'a,b\n1,"x"\n2,3" pipe\n3,4\n', 3],
    ['nothing but quotes in a field', 'a,b\n1,""""\n2,"x,"\n3,""\n', 3],
    ['blanks and delimiters beside a quote', 'a,b\n1,"x"\n2," ,"\n', 2],
  ])('is not mistaken: %s', async (_, content, rows) => {
    expect(await run('fine.csv', content, importing)).toMatchObject({ status: 'completed', rowsRead: rows })
  })
})
