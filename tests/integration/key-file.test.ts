import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Planted } from '../support/planted.ts'
import { Witness, WitnessedHouse } from '../support/witness.ts'

it('a key file is private and alone holds its key, also when that is rotated', async () => {
  const planted = new Planted()
  const witness = new Witness()
  const usualMask = process.umask(0o000)
  await using house = new WitnessedHouse(witness, {})
  const mode = (name: string) => (statSync(join(house.data, name)).mode & 0o777).toString(8)
  const plantKey = (what: string, where?: RegExp) => {
    const key = readFileSync(join(house.data, 'secrets.key'), 'utf8').trim()
    planted.plant(what, key, where)
    planted.plant(`the bytes of ${what}`, Buffer.from(key, 'base64'), where)
  }
  house.write('some.csv', 'id\n1\n')
  // It makes the folder.
  expect(await house.run(['preview', 'some.csv'])).toMatchObject({ exitCode: 0 })
  const env = { FLATHOUSE_PASSWORD: planted.make('a password') }
  const add = ['connections', 'add', 'one', '--url', 'http://me@127.0.0.1:9/main']
  expect(await house.run(add, { env })).toMatchObject({ exitCode: 0 })
  plantKey('the key before')
  expect((await house.run(['secrets', 'rotate'])).stdout).toContain('Sealed 1 secret')
  plantKey('the key', /^data\/secrets\.key$/)
  expect((await house.run(['connections', 'test', '--connection', 'one'])).exitCode).toBe(3)
  process.umask(usualMask)
  await house.silence()
  expect([...witness.find(planted), ...house.find(planted)]).toEqual([])
  expect(['', 'secrets.key', 'state.sqlite'].map(mode)).toEqual(['700', '600', '600'])
})
