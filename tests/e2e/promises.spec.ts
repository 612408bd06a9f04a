import { FaultProxy } from '../support/fault-proxy.ts'
import { chooseQuery, refusals, saveConnection, test } from './steps.ts'
import { looksWell } from './looks.ts'
import { pickTable, runBar, runToEnd, targetCard } from './screen.ts'
import { expect } from './test.ts'

test.use({ contextOptions: { reducedMotion: 'reduce' } })

const number = (name: string) => ({ name, exact: true })

test('an export into several files says what it was verified by', async ({ page, site }) => {
  const sql = 'SELECT number AS id, -nan AS share FROM numbers(2500)'
  await site.server.command('CREATE TABLE proven (id UInt64, share Nullable(Float64)) ORDER BY id')
  await site.server.command(`INSERT INTO proven ${sql}`)
  await page.goto(site.url)
  await pickTable(page, 'proven')
  const target = targetCard(page)
  await target.getByText('Verified by counts · 3 attempts').click()
  await target.getByLabel('Verification').selectOption({ label: 'Checksums' })
  await target.getByLabel('Files').selectOption('several')
  await expect(page.getByText('Say after how many rows, or how much, a new file begins.')).toBeVisible()
  await target.getByRole('textbox', number('Rows in a file')).fill('1000')
  await target.getByRole('textbox', number('Attempts')).fill('5')
  await target.getByRole('checkbox', { name: 'Start again after a restart of Flathouse' }).check()
  await looksWell(page)
  await page.reload()
  await expect(target.getByRole('textbox', number('Rows in a file'))).toHaveValue('1000')

  await runToEnd(page, 'Start export', '2,500 records')
  expect(site.house.read('proven-00003.csv').trim().split('\n')).toHaveLength(501)
  await expect(runBar(page).getByRole('link', { name: 'Show files' })).toBeVisible()
  await runBar(page).getByRole('link', { name: 'Details' }).click()
  await page.getByText('How it was verified').click()
  await expect(page.getByRole('region', { name: 'SQL of the source' })).toContainText('sum(cityHash64(')
  await expect(page.getByRole('region', { name: 'SQL of the target' })).toContainText('proven')
  await page.getByRole('tab', { name: 'As YAML' }).click()
  await expect(page.getByRole('region', { name: 'YAML' })).toContainText('afterRestart: true')
  await looksWell(page)
  await page.getByRole('link', { name: 'Run again' }).click()
  await expect(target.getByRole('textbox', number('Rows in a file'))).toHaveValue('1000')
  const promises = 'Verified by checksums · 5 attempts · starts again after a restart'
  await expect(target.getByText(promises)).toBeVisible()
})

test.describe('a connection that is cut', () => {
  // What would happen cannot be told while the file is being written.
  test.use({ expectedErrors: refusals })

  test('attempts that failed are told while it goes on, and afterwards', async ({ page, site, theirs }) => {
    await using proxy = await FaultProxy.start(theirs.connection)
    await saveConnection(site, 'flaky', { ...theirs.connection, port: proxy.port })
    const sql = 'SELECT number AS id, toString(rand()) AS note FROM numbers(1000000)'
    await chooseQuery(page, site, { server: 'flaky', sql, path: 'flaky.csv' })
    await expect(page.getByRole('button', { name: 'Start export' })).toBeEnabled()
    proxy.plan({ fault: 'cut', side: 'answer', after: 2_000_000 })
    await runToEnd(page, 'Start export', '1,000,000 records')
    await expect(runBar(page)).toContainText('after 1 failed attempt')
    await runBar(page).getByRole('link', { name: 'Details' }).click()
    await expect(page.getByRole('region', { name: 'Failed attempts' }).getByRole('row')).toHaveCount(2)
    await expect(page.getByRole('log')).toContainText('Attempt 1 failed')
    await looksWell(page)
  })
})
