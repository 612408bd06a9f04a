import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { openServer } from '../../src/clickhouse/index.ts'
import { launchServer } from '../../src/embedded/index.ts'
import { password } from '../support/clickhouse-server.ts'
import { whileRunning } from '../support/cli.ts'
import { removeFolder } from '../support/folder.ts'
import { someToken } from '../support/gateway.ts'
import { choose, pickTable, runBar, sourceCard, targetCard } from './screen.ts'
import {
  button,
  chooseFile,
  chooseQuery,
  endless,
  expectProcessed,
  refusals,
  saveConnection,
  start,
  test,
} from './steps.ts'
import { expect } from './test.ts'

test.use({ expectedErrors: refusals })

/** One that says this; there may be others. */
const alert = (within: Page | Locator, words: string | RegExp): Locator =>
  within.getByRole('alert').filter({ hasText: words }).first()

test.describe('a connection that fails says why at its field, and the form stays', () => {
  type Typed = Partial<Record<'Host' | 'Port' | 'Password' | 'JWT token' | 'Save as', string>>
  const always = { User: 'tester', Database: 'main' }
  const field = (form: Locator, name: string) => form.getByRole('textbox', { name, exact: true })

  async function connect(page: Page, url: string, typed: Typed): Promise<Locator> {
    await page.goto(`${url}/connections`)
    await button(page, 'New connection').click()
    const form = page.getByRole('form', { name: 'New connection' })
    if ('JWT token' in typed) await form.getByRole('radio', { name: 'JWT token' }).check()
    for (const [name, value] of Object.entries({ ...typed, ...always })) await field(form, name).fill(value)
    await button(form, 'Connect').click()
    return form
  }

  async function expectAt(form: Locator, name: string, sentence: RegExp, typed: Typed): Promise<void> {
    await expect(field(form, name)).toHaveAccessibleDescription(sentence)
    await expect(field(form, name)).toHaveAttribute('aria-invalid', 'true')
    await expect(field(form, name)).toBeFocused()
    for (const [other, value] of Object.entries({ ...typed, ...always }))
      await expect(field(form, other)).toHaveValue(value)
  }

  test('a wrong password', async ({ page, site, theirs }) => {
    const { host, port } = theirs.connection
    const typed = { Host: host, Port: String(port), Password: 'wrong', 'Save as': 'mended' }
    const form = await connect(page, site.url, typed)
    await expectAt(form, 'Password', /cannot sign in/, typed)
    await field(form, 'Password').fill(password)
    await button(form, 'Connect').click()
    await expect(form).toBeHidden()
    await expect(page.getByText('mended', { exact: true })).toBeVisible()
  })

  test('an expired token', async ({ page, site, theirs }) => {
    const { host, port } = theirs.connection
    const token = await someToken({ sub: 'tester', exp: 1_700_000_000 })
    const typed = { Host: host, Port: String(port), 'JWT token': token }
    const form = await connect(page, site.url, typed)
    await expectAt(form, 'JWT token', /expired/, typed)
  })

  test('an unknown host', async ({ page, site }) => {
    const typed = { Host: 'nowhere.invalid', Password: 'x' }
    const form = await connect(page, site.url, typed)
    await expectAt(form, 'Host', /nowhere\.invalid/, typed)
  })

  test('a port where nobody listens', async ({ page, site }) => {
    const typed = { Host: '127.0.0.1', Port: '9', Password: 'x' }
    const form = await connect(page, site.url, typed)
    await expectAt(form, 'Port', /127\.0\.0\.1:9/, typed)
  })
})

test.describe('a server that is lost in mid-run', () => {
  /** One that can be killed, and started again with its data. */
  async function launch(dir: string) {
    const running = await launchServer({
      dir,
      users: [{ name: 'tester', password }],
      memoryLimit: 1_500_000_000,
    })
    const { hostname, port } = new URL(running.url)
    const at = { protocol: 'http', host: hostname, port: Number(port) } as const
    const connection = { ...at, database: 'main', user: 'tester' }
    return { running, connection, server: openServer(connection, { password }) }
  }
  type Launched = Awaited<ReturnType<typeof launch>>
  let dir: string
  let lost: Launched

  test.beforeEach(async ({ site }) => {
    dir = mkdtempSync(join(tmpdir(), 'flathouse-lost-'))
    lost = await launch(dir)
    await saveConnection(site, 'lost', lost.connection)
  })
  test.afterEach(async () => {
    await lost.server[Symbol.asyncDispose]()
    await lost.running.stop()
    removeFolder(dir)
  })

  async function kill() {
    process.kill(lost.running.pid, 'SIGKILL')
    await lost.running.exited
  }

  test('leaves the file of an export as it was', async ({ page, site }) => {
    site.house.write('kept.csv', 'as it was\n')
    await chooseQuery(page, site, { server: 'lost', sql: endless, path: 'kept.csv' })
    await start(page)
    await expect(runBar(page).getByText(/^[\d,]+ rows/)).toBeVisible()
    await kill()
    await expect(alert(runBar(page), /lost|Nothing answers/)).toContainText('kept.csv was not touched.')
    await expect(sourceCard(page).getByLabel('SELECT', { exact: true })).toHaveValue(endless)
    await expect(targetCard(page).getByLabel('File name')).toHaveValue('kept.csv')
    expect(site.house.read('kept.csv')).toBe('as it was\n')
    expect(site.house.parts()).toEqual([])
  })

  test('leaves the table of an import as it was', async ({ page, site }) => {
    const columns = '(id UInt32, z UInt8 MATERIALIZED sleepEachRow(0.000002))'
    await lost.server.command(`CREATE TABLE slow ${columns} ENGINE = MergeTree ORDER BY id`)
    await lost.server.command('INSERT INTO slow VALUES (1), (2)')
    site.house.write('slow.csv', `id\n${'7\n'.repeat(12_000_000)}`)
    await chooseFile(page, site, 'slow.csv')
    await targetCard(page).getByLabel('Connection').selectOption('lost')
    await expect(
      runBar(page).getByText('into existing table slow on lost, besides its 2 rows, all or nothing.'),
    ).toBeVisible()
    await start(page)
    await whileRunning(lost.server)
    await kill()
    await expect(alert(runBar(page), /lost|Nothing answers/)).toBeVisible()
    await expect(sourceCard(page).getByText('slow.csv')).toBeVisible()
    await expect(button(targetCard(page), 'Table: slow')).toBeVisible()
    await lost.server[Symbol.asyncDispose]()
    lost = await launch(dir)
    expect(await lost.server.rows('SELECT id FROM slow ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
  })
})

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i))

test('a value that does not fit is named by its place, and one button mends it', async ({ page, site }) => {
  const good = lines(30_000, (index) => `${index},${index % 7}\n`).join('')
  site.house.write('rejects.csv', `id,delay\n${good}30000,soon\n`)
  await chooseFile(page, site, 'rejects.csv')
  await choose(page.getByRole('grid', { name: 'Columns' }), 'Type of delay', 'Int16')
  await start(page)
  const trouble = alert(runBar(page), '"soon" does not fit Int16.')
  await expect(trouble).toContainText('rejects.csv, line 30002, column "delay"')
  await expect(trouble).toContainText('Nothing was changed')
  expect(await site.server.rows("SELECT name FROM system.tables WHERE name LIKE '%rejects%'")).toEqual([])
  await button(trouble, 'Treat "soon" as NULL').click()
  await start(page)
  await expectProcessed(page, '30,001 records')
  const sql = 'SELECT toString(count()) AS n, toString(countIf(delay IS NULL)) AS nulls FROM rejects'
  expect(await site.server.rows(sql)).toEqual([{ n: '30001', nulls: '1' }])
})

test('a record with too many fields is named by its line', async ({ page, site }) => {
  site.house.write('malformed.csv', `id,text\n${'1,a\n'.repeat(20_000)}2,b,c\n`)
  await chooseFile(page, site, 'malformed.csv')
  await start(page)
  await expect(alert(runBar(page), 'the record has 3 fields, but 2 are expected')).toContainText('line 20002')
  expect(await site.server.rows("SELECT name FROM system.tables WHERE name LIKE '%malformed%'")).toEqual([])
})

test.describe('a file that cannot be read says so at the source before anything starts', () => {
  test('an empty one', async ({ page, site }) => {
    site.house.write('empty.csv', '')
    await chooseFile(page, site, 'empty.csv')
    await expect(alert(sourceCard(page), '"empty.csv" is empty (0 bytes).')).toBeVisible()
  })

  test('one with a header only, which may be data', async ({ page, site }) => {
    site.house.write('header-only.csv', 'one,two\n')
    await chooseFile(page, site, 'header-only.csv')
    await expect(alert(sourceCard(page), 'has a header and no record below it.')).toBeVisible()
    await button(sourceCard(page), 'The first line is data').click()
    await start(page)
    await expectProcessed(page, '1 record')
    expect(await site.server.rows('SELECT * FROM header_only')).toEqual([{ c1: 'one', c2: 'two' }])
  })

  test('one that names two columns alike', async ({ page, site }) => {
    site.house.write('twice.csv', 'id,id\n1,2\n3,4\n')
    await chooseFile(page, site, 'twice.csv')
    await expect(alert(sourceCard(page), 'Two columns of twice.csv are called "id".')).toBeVisible()
    await button(sourceCard(page), 'Name the columns by position').click()
    await start(page)
    await expectProcessed(page, '2 records')
    const rows = [
      { c1: 1, c2: 2 },
      { c1: 3, c2: 4 },
    ]
    expect(await site.server.rows('SELECT * FROM twice ORDER BY c1')).toEqual(rows)
  })
})

test.describe('what changed since it was looked at', () => {
  test('a source table that is gone', async ({ page, site }) => {
    await site.server.command('CREATE TABLE gone ENGINE = MergeTree ORDER BY id AS SELECT 1 AS id')
    await page.goto(site.url)
    await pickTable(page, 'gone')
    await expect(runBar(page).getByText('into gone.csv, as a complete file or none.')).toBeVisible()
    await site.server.command('DROP TABLE gone SYNC')
    await start(page)
    await expect(alert(runBar(page), 'gone')).toContainText('gone.csv was not touched')
    await expect(targetCard(page).getByLabel('File name')).toHaveValue('gone.csv')
    expect(site.house.parts()).toEqual([])
  })

  test('a new table that somebody else has made meanwhile', async ({ page, site }) => {
    site.house.write('taken.csv', 'id\n1\n2\n')
    await chooseFile(page, site, 'taken.csv')
    await expect(runBar(page).getByText('2 records into new table taken, all or nothing.')).toBeVisible()
    // What is asked of the new table waits until it is known to be one.
    await expect(targetCard(page).getByText('new table')).toBeVisible()
    await site.server.command('CREATE TABLE taken ENGINE = MergeTree ORDER BY id AS SELECT toUInt8(7) AS id')
    await start(page)
    await expect(alert(runBar(page), 'taken')).toBeVisible()
    expect(await site.server.rows('SELECT id FROM taken')).toEqual([{ id: 7 }])
    await button(runBar(page), 'Append').click()
    await start(page)
    await expectProcessed(page, '2 records')
    expect(await site.server.rows('SELECT id FROM taken ORDER BY id')).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 7 },
    ])
  })

  test('a file that another export is writing', async ({ page, site, context }) => {
    await chooseQuery(page, site, { sql: endless, path: 'busy.csv' })
    await start(page)
    await expect(button(runBar(page), 'Cancel')).toBeVisible()
    const second = await context.newPage()
    await chooseQuery(second, site, { sql: 'SELECT 1 AS id', path: 'busy.csv' })
    await start(second)
    await expect(alert(runBar(second), 'Another export is writing "busy.csv"')).toBeVisible()
    await button(runBar(page), 'Cancel').click()
    await expect(runBar(page).getByText('Cancelled', { exact: true })).toBeVisible()
    await button(runBar(second), 'Try again').click()
    await expectProcessed(second, '1 record')
    expect(site.house.read('busy.csv')).toBe('"id"\n1\n')
  })
})

test('SQL that is not allowed on the embedded database is refused beside it', async ({ page, site }) => {
  const sql = "SELECT file('/etc/passwd') AS text"
  await chooseQuery(page, site, { server: 'embedded database', sql, path: 'passwd.csv' })
  await expect(alert(sourceCard(page), 'the function file is not allowed there')).toBeVisible()
  await start(page)
  await expect(alert(runBar(page), 'the function file is not allowed there')).toContainText(
    'passwd.csv was not touched',
  )
  await expect(sourceCard(page).getByLabel('SELECT', { exact: true })).toHaveValue(sql)
  await sourceCard(page).getByLabel('SELECT', { exact: true }).fill('SELECT 1 AS one')
  await start(page)
  await expectProcessed(page, '1 record')
})
