import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Server } from '../../src/clickhouse/index.ts'
import { House, openHouse } from '../support/cli.ts'

/** What the command line says of rejects before and after: whether they would end a run, and how they get in corrected. */

let house: House
let embedded: Server
const stack = new AsyncDisposableStack()

beforeAll(async () => {
  house = stack.use(new House())
  embedded = stack.use(await openHouse(house)).server
})
afterAll(() => stack.disposeAsync())
beforeEach(() => embedded.command('DROP TABLE IF EXISTS t SYNC'))

/** The words of a line, as a shell tells them apart. */
const wordsOf = (line: string) =>
  execFileSync('sh', ['-c', `printf '%s\\0' ${line}`])
    .toString()
    .split('\0')
    .slice(0, -1)

/** The options that an import says its corrected records are to be imported with. */
async function again(args: string[]): Promise<string[]> {
  const { exitCode, stdout } = await house.run(['import', ...args, '--table', 't', '--rejects', 'bad.csv'])
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('see bad.csv (and bad.records.csv')])
  return wordsOf(/with (--.*)$/m.exec(stdout)?.[1] ?? '')
}

async function corrected(options: string[], bad: string, good: string) {
  house.write('bad.records.csv', house.read('bad.records.csv').replace(bad, good))
  const { report } = await house.transfer(['import', 'bad.records.csv', '--table', 't', ...options])
  expect(report).toMatchObject({ error: null, rowsWritten: 1, rowsRejected: 0 })
}

describe('corrected records', () => {
  it('are read with the layouts that were found in all of them', async () => {
    house.write('amounts.csv', 'id;amount\n1;1.234,50\n2;2.000.000,25\nx;1.234\n4;7,5\n')
    const options = await again(['amounts.csv', '--types', 'id=UInt8'])
    await corrected(options, 'x;', '3;')
    expect(await embedded.rows('SELECT amount FROM t ORDER BY id')).toEqual(
      [1234.5, 2000000.25, 1234, 7.5].map((amount) => ({ amount })),
    )
  })

  it('are read with the tokens for NULL, quotes and encoding of all of them', async () => {
    const rows = ["1|'Zoë'|3|31/12/2023", "2|'a|b'|-|02/03/2024", "x|'ü'|-|03/04/2024", "4|'c'|5|05/06/2024"]
    house.write('odd.txt', Buffer.from(`id|name|n|day\n${rows.join('\n')}\n`, 'latin1'))
    const said = ['--quote', "'", '--null-in', 'n=-', '--types', 'id=UInt8,n=Nullable(UInt8)']
    const options = await again(['odd.txt', ...said])
    const bad = Buffer.from(`id|name|n|day\n3|'ü'|-|03/04/2024\n`, 'latin1')
    house.write('bad.records.csv', bad)
    const { report } = await house.transfer(['import', 'bad.records.csv', '--table', 't', ...options])
    expect(report).toMatchObject({ error: null, rowsWritten: 1 })
    expect(await embedded.rows('SELECT name, n, day FROM t WHERE id = 3')).toEqual([
      { name: 'ü', n: null, day: '2024-04-03' },
    ])
  })

  it('of files in several encodings are one file in UTF-8', async () => {
    house.write('part-1.csv', 'id,name\n1,Zoë\nx,Noël\n')
    house.write('part-2.csv', Buffer.from('id,name\n2,Chloë\ny,Jürgen\n', 'latin1'))
    house.write('part-3.csv', Buffer.from('\ufeffid,name\n3,Ürsel\nz,Łukasz\n', 'utf16le'))
    await again(['part-*.csv', '--types', 'id=UInt8,name=String'])
    expect(house.read('bad.records.csv')).toBe('id,name\nx,Noël\ny,Jürgen\nz,Łukasz\n')
  })
})

describe('--dry-run says what the run would come to', () => {
  const checked = async (...args: string[]) => {
    house.write('people.csv', 'id,age\n1,5\n2,x\n3,y\n4,6\n')
    const all = [
      'import',
      'people.csv',
      '--table',
      't',
      '--types',
      'id=UInt8,age=UInt8',
      '--dry-run',
      ...args,
    ]
    return (await house.run(all)).stdout
  }

  it('where the first bad record ends it', async () => {
    expect(await checked()).toContain('The run would stop at people.csv, line 3 (--on-error stop).')
  })

  it.each([
    [['--max-rejects', '1'], 'No more than 1 may be: nothing would move.'],
    [['--max-reject-share', '49%'], 'No more than 49 % of them may be: nothing would move.'],
  ])('where there are more than tolerated: %s', async (limit, words) => {
    expect(await checked(...limit)).toContain(words)
  })

  it.each([
    ['--max-rejects', '2'],
    ['--max-reject-share', '50%'],
    ['--misfit', 'age=default'],
  ])('and nothing where it would go on: %s %s', async (...args) => {
    expect(await checked(...args)).not.toContain('would move')
    expect(await checked(...args)).not.toContain('would stop')
  })
})
