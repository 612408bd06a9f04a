import { rmSync } from 'node:fs'
import type { Locator, Page } from '@playwright/test'
import { password, startServer } from '../support/clickhouse-server.ts'
import { signToken } from '../support/token-proxy.ts'
import { runBar, sourceCard, targetCard, choose } from './screen.ts'
import {
  button,
  chooseFile,
  chooseQuery,
  expectProcessed,
  refusals,
  saveConnection,
  start,
  test,
} from './steps.ts'
import { expect } from './test.ts'

test.use({ expectedErrors: refusals })

/** The one that says this; there may be others. */
const alert = (within: Page | Locator, words: string | RegExp): Locator =>
  within.getByRole('alert').filter({ hasText: words }).first()

test.describe('a connection that fails says why at its field, and the form stays', () => {
  interface Typed {
    Host: string
    Port?: string
    Password?: string
    'JWT token'?: string
  }

  async function connect(page: Page, url: string, typed: Typed): Promise<Locator> {
    await page.goto(`${url}/connections`)
    await button(page, 'New connection').click()
    const form = page.getByRole('form', { name: 'New connection' })
    if ('JWT token' in typed) await form.getByRole('radio', { name: 'JWT token' }).check()
    const all = { ...typed, User: 'tester', Database: 'main', 'Save as': 'not saved' }
    for (const [label, value] of Object.entries(all)) await form.getByLabel(label, { exact: true }).fill(value)
    await button(form, 'Connect').click()
    return form
  }

  async function expectAt(form: Locator, label: string, sentence: RegExp, typed: Typed): Promise<void> {
    const field = form.getByLabel(label, { exact: true })
    await expect(field).toHaveAttribute('aria-invalid', 'true')
    await expect(field).toHaveAccessibleDescription(sentence)
    await expect(field).toBeFocused()
    const all = { ...typed, User: 'tester', Database: 'main', 'Save as': 'not saved' }
    for (const [name, value] of Object.entries(all))
      await expect(form.getByLabel(name, { exact: true })).toHaveValue(value)
  }

  test('a wrong password', async ({ page, site, theirs }) => {
    const typed = { Host: theirs.connection.host, Port: String(theirs.connection.port), Password: 'wrong' }
    const form = await connect(page, site.url, typed)
    await expectAt(form, 'Password', /did not accept the user "tester"|password/i, typed)
    await form.getByLabel('Password', { exact: true }).fill(password)
    await form.getByLabel('Save as', { exact: true }).fill('mended')
    await button(form, 'Connect').click()
    await expect(form).toBeHidden()
    await expect(page.getByText('mended')).toBeVisible()
  })

  test('an expired token', async ({ page, site, theirs }) => {
    const token = signToken({ sub: 'tester', exp: 1_700_000_000 }, { secret: 's' })
    const typed = { Host: theirs.connection.host, Port: String(theirs.connection.port), 'JWT token': token }
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
  const rows = 20_000_000

  test('leaves the file of an export as it was', async ({ page, site }) => {
    const lost = await startServer()
    await saveConnection(site, 'lost-source', lost.connection)
    site.house.write('kept.csv', 'as it was\n')
    const sql = `SELECT number AS id, repeat('x', 100) AS text FROM numbers(${rows})`
    await chooseQuery(page, site, { server: 'lost-source', sql, path: 'kept.csv' })
    await start(page)
    await expect(runBar(page).getByText('Ingesting').first()).toBeVisible()
    await lost[Symbol.asyncDispose]()
    await expect(alert(runBar(page), /lost|127\.0\.0\.1/)).toBeVisible()
    await expect(runBar(page).getByText('Nothing was changed: kept.csv was not touched.')).toBeVisible()
    await expect(sourceCard(page).getByLabel('SELECT', { exact: true })).toHaveValue(sql)
    await expect(targetCard(page).getByLabel('File name')).toHaveValue('kept.csv')
    expect(site.house.read('kept.csv')).toBe('as it was\n')
    expect(site.house.parts()).toEqual([])
    await page.screenshot({ path: '/tmp/e2/lost-export.png', fullPage: true })
    console.log(await runBar(page).ariaSnapshot())
  })
})

test('a value that does not fit is named by its place, and one button mends it', async ({ page, site }) => {
  const good = Array.from({ length: 30_000 }, (_, index) => `${index},${index % 7}\n`).join('')
  site.house.write('rejects.csv', `id,delay\n${good}30000,n/a\n`)
  await chooseFile(page, site, 'rejects.csv')
  await start(page)
  const trouble = alert(runBar(page), 'n/a')
  await expect(trouble).toContainText('30,002')
  await expect(trouble).toContainText('delay')
  await page.screenshot({ path: '/tmp/e2/rejected.png', fullPage: true })
  console.log(await trouble.ariaSnapshot())
  await button(trouble, 'Treat "n/a" as NULL').click()
  await start(page)
  await expectProcessed(page, '30,001 records')
  const sql = 'SELECT toString(count()) AS n, toString(countIf(delay IS NULL)) AS nulls FROM rejects'
  expect(await site.server.rows(sql)).toEqual([{ n: '30001', nulls: '1' }])
})

test.describe('a file that cannot be read well', () => {
  const files: [name: string, content: string | Buffer, words: RegExp][] = [
    ['malformed.csv', `id,text\n${'1,a\n'.repeat(20_000)}2,b,c\n`, /line 20,?002/],
    ['empty.csv', '', /empty\.csv/],
    ['header-only.csv', 'id,text\n', /header-only\.csv/],
    ['twice.csv', 'id,id\n1,2\n', /"?id"?/],
    ['latin.csv', Buffer.from([...Buffer.from('id,text\n1,caf'), 0xe9, 0x0a]), /latin\.csv/],
  ]
  for (const [name, content, words] of files) {
    test(name, async ({ page, site }) => {
      site.house.write(name, content)
      await chooseFile(page, site, name)
      await page.waitForTimeout(3000)
      await page.screenshot({ path: `/tmp/e2/${name}.png`, fullPage: true })
      console.log(await page.getByRole('main').ariaSnapshot())
      if (await button(runBar(page), /^Start /).isEnabled()) await start(page)
      await page.waitForTimeout(3000)
      await page.screenshot({ path: `/tmp/e2/${name}-2.png`, fullPage: true })
      await expect(alert(page, words)).toBeVisible()
      console.log(await runBar(page).ariaSnapshot())
    })
  }
})
