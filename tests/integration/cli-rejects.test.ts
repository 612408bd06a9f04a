import { existsSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { House } from '../support/cli.ts'

let house: House
beforeAll(() => {
  house = new House()
  house.write('people.csv', 'id,name\n1,a\nx,b\n3\n4,d\n')
})
afterAll(() => house[Symbol.asyncDispose]())

const importing = (table: string, ...words: string[]) => [
  ...['import', 'people.csv', '--table', table, '--types', 'id=UInt8,name=String'],
  ...words,
]

describe('--rejects', () => {
  it('puts them into two files, of which one can be corrected and imported', async () => {
    const { exitCode, stdout } = await house.run(importing('kept', '--rejects', 'bad.csv'))
    expect([exitCode, stdout]).toEqual([0, expect.any(String)])
    expect(stdout).toContain('read 4 = written 2 + rejected 2')
    expect(stdout).toContain(
      '2 records were rejected: see bad.csv (and bad.records.csv to correct and import again).',
    )
    expect(house.read('bad.csv').split('\n')).toHaveLength(4)
    expect(house.read('bad.records.csv')).toBe('id,name\nx,b\n3\n')
    house.write('bad.records.csv', 'id,name\n2,b\n3,c\n')
    const again = await house.transfer(['import', 'bad.records.csv', '--table', 'kept'])
    expect(again.report).toMatchObject({ status: 'completed', rowsWritten: 2 })
  })

  it('are there, too, when there were too many of them', async () => {
    rmSync(house.path('bad.csv'), { force: true })
    const { exitCode, stderr } = await house.run(
      importing('many', '--rejects', 'bad.csv', '--max-rejects', '1'),
    )
    expect(exitCode).toBe(4)
    expect(stderr).toContain('people.csv, line 3')
    expect(stderr).toContain('2 records were rejected: see bad.csv')
    expect(existsSync(house.path('bad.csv'))).toBe(true)
    const { report } = await house.transfer(
      importing('many', '--rejects', 'bad.csv', '--max-reject-share', '10%'),
    )
    expect(report).toMatchObject({
      status: 'failed',
      rejectsFile: 'bad.csv',
      error: { code: 'REJECT_LIMIT' },
    })
  })

  it('are no file when there are none', async () => {
    house.write('good.csv', 'id,name\n1,a\n')
    const { report } = await house.transfer([
      'import',
      'good.csv',
      '--table',
      'good',
      '--rejects',
      'none.csv',
    ])
    expect(report).toMatchObject({ status: 'completed', rowsRejected: 0, rejectsFile: null })
    expect(existsSync(house.path('none.csv'))).toBe(false)
  })

  it('refuses a place for them where there can be no file, before anything has moved', async () => {
    const { exitCode, report } = await house.transfer(importing('nowhere', '--rejects', 'no/such/bad.csv'))
    expect([exitCode, report.error?.code]).toEqual([2, 'FILE_NOT_FOUND'])
    expect((await house.run(['preview', 'nowhere'])).exitCode).toBe(2)
  })

  it('of a saved transfer are put where a person wants them', async () => {
    house.write(
      't.yaml',
      'direction: import\nsource: {kind: file, path: people.csv}\ntarget: {kind: table, server: embedded, table: saved}\ntypes: [{column: id, type: UInt8}]\nonError: skip\n',
    )
    const { report } = await house.transfer(['run', 't.yaml', '--rejects', 'saved.csv'])
    expect(report).toMatchObject({ status: 'completed', rowsRejected: 2, rejectsFile: 'saved.csv' })
    expect(house.read('saved.records.csv')).toBe('id,name\nx,b\n3\n')
  })
})
