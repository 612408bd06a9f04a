import type { Page } from '@playwright/test'
import { looksWell } from './looks.ts'
import { choose, runBar, runToEnd, sourceCard, targetCard, test } from './screen.ts'
import { button, chooseFile, columns, neverByItself, openReading, refusals } from './steps.ts'
import { expect } from './test.ts'

/** What is said of columns holds for all records, is shown in full, and can be taken back. */

const typeOf = (page: Page, column: string) =>
  columns(page).getByRole('button', { name: `Type of ${column}: ` })

test('NULL in place of what does not fit leaves the type to all records', async ({ page, site }) => {
  test.slow()
  await neverByItself(page)
  const lines = Array.from({ length: 30_000 }, (_, n) => `${n},${n < 25_000 ? n % 100 : n + 50_000}`)
  site.house.write('grows.csv', `id,v\n${lines.join('\n')}\n`)
  await chooseFile(page, site, 'grows.csv')
  await expect(typeOf(page, 'v')).toHaveText('UInt8')
  const reading = await openReading(page, 'v')
  await reading.getByRole('combobox', { name: 'A value that does not fit' }).selectOption('becomes NULL')
  await page.keyboard.press('Escape')
  await expect(typeOf(page, 'v')).toHaveText('Nullable(UInt8)')
  await button(page, 'Read whole file').click()
  await expect(page.getByText('Types from all 30,000 records.')).toBeVisible()
  await expect(typeOf(page, 'v')).toHaveText('Nullable(UInt32)')
  await runToEnd(page, 'Start ingestion', '30,000 records')
  const sql = 'SELECT countIf(v IS NULL) AS nulls, max(v) AS most, any(toTypeName(v)) AS type FROM grows'
  expect(await site.server.rows(sql)).toEqual([{ nulls: 0, most: 79_999, type: 'Nullable(UInt32)' }])
})

test('what is read as NULL in a column is shown, and stays when more is added', async ({ page, site }) => {
  await neverByItself(page)
  site.house.write('states.csv', 'id,state\n1,7\n2,NA\n3,\n4,8\n5,none\n')
  await chooseFile(page, site, 'states.csv')
  const reading = await openReading(page, 'state')
  await reading.getByLabel('Texts that mean NULL here').fill('none')
  await page.keyboard.press('Enter')
  await button(reading, 'Remove empty text').click()
  await button(reading, 'empty text').click()
  await looksWell(page)
  await page.keyboard.press('Escape')
  await choose(columns(page), 'Type of state', 'Nullable(UInt8)')
  await runToEnd(page, 'Start ingestion', '5 records')
  expect(await site.server.rows('SELECT state FROM states ORDER BY id')).toEqual(
    [7, null, null, 8, null].map((state) => ({ state })),
  )
})

test('tokens that were found in a column stay when one is added', async ({ page, site }) => {
  await neverByItself(page)
  site.house.write('blanks.csv', 'id,state\n1,7\n2,NA\n3,-\n4,8\n')
  await chooseFile(page, site, 'blanks.csv')
  const reading = await openReading(page, 'state')
  await expect(button(reading, 'Remove NA')).toBeVisible()
  await expect(button(reading, 'Remove -')).toBeVisible()
  await reading.getByLabel('Texts that mean NULL here').fill('none')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await expect(typeOf(page, 'state')).toHaveText('Nullable(UInt8)')
})

test('a file is read anew each time somebody asks', async ({ page, site }) => {
  test.slow()
  await neverByItself(page)
  await site.server.command('CREATE TABLE changing (id UInt8) ORDER BY id')
  site.house.write('changing.csv', 'id\n1\n2\n')
  await chooseFile(page, site, 'changing.csv')
  const checked = page.getByRole('region', { name: 'Check of the file' })
  await button(page, 'Check file').click()
  await expect(checked.getByText('All 2 records fit.')).toBeVisible()
  await button(page, 'Read whole file').click()
  await expect(button(page, 'Read again')).toBeVisible()
  await expect(page.getByText('Seen: all 2 records.')).toBeVisible()
  await button(checked, 'Close').click()
  site.house.write('changing.csv', 'id\n1\n2\nx\n')
  await button(page, 'Check file').click()
  await expect(checked.getByText('1 of 3 records would be rejected.')).toBeVisible()
  await button(page, 'Read again').click()
  await expect(page.getByText('Seen: all 3 records.')).toBeVisible()
})

test('what all records say of the layouts holds for a table that is there, too', async ({ page, site }) => {
  await neverByItself(page)
  await site.server.command('CREATE TABLE dated (id UInt32, day Date) ORDER BY id')
  const lines = Array.from({ length: 30_000 }, (_, n) => `${n},${n < 29_999 ? '01/02/2024' : '31/12/2024'}`)
  site.house.write('dated.csv', `id,day\n${lines.join('\n')}\n`)
  await chooseFile(page, site, 'dated.csv')
  await expect(page.getByText(/^Seen: the first /)).toBeVisible()
  await expect(columns(page).getByRole('button', { name: 'Reading of day: as it stands' })).toBeVisible()
  await button(page, 'Read whole file').click()
  await expect(page.getByText('Seen: all 30,000 records.')).toBeVisible()
  await expect(columns(page).getByRole('button', { name: /^Reading of day: D.*YYYY/ })).toBeVisible()
})

test('a suggested key stays when its column is renamed', async ({ page, site }) => {
  await neverByItself(page)
  const days = Array.from({ length: 60 }, (_, n) => `2024-0${1 + (n % 9)}-1${n % 10},${n},x`)
  site.house.write('keyed.csv', `day,n,note\n${days.join('\n')}\n`)
  await chooseFile(page, site, 'keyed.csv')
  const suggested = targetCard(page).getByText('Suggested: ')
  await expect(suggested).toContainText('ORDER BY day')
  const planned = page.waitForResponse(
    (answer) => answer.url().endsWith('/plan') && answer.request().postData()?.includes('"on"') === true,
  )
  await columns(page).getByRole('textbox', { name: 'Target column of day' }).fill('on')
  await planned
  // The sentence, too, is that of the plan.
  await expect(runBar(page).getByText('60 records into new table keyed')).toBeVisible()
  await expect(suggested).toContainText('ORDER BY on')
  await button(page, 'Read whole file').click()
  await expect(button(page, 'Read again')).toBeVisible()
  await expect(suggested).toContainText('ORDER BY on')
  await button(targetCard(page), 'Take it').click()
  await runToEnd(page, 'Start ingestion', '60 records')
})

test.describe('a column that is gone', () => {
  test.use({ expectedErrors: refusals })

  test('is forgotten with what was said of it', async ({ page, site }) => {
    site.house.write('shrinks.csv', 'id,v\n1,2\n')
    await chooseFile(page, site, 'shrinks.csv')
    await choose(columns(page), 'Type of v', 'Int64')
    await expect(typeOf(page, 'v')).toHaveText('Int64')
    const kept = () => new URL(page.url()).searchParams.get('draft') ?? ''
    await expect.poll(() => Buffer.from(kept(), 'base64url').toString()).toContain('Int64')
    site.house.write('shrinks.csv', 'id\n1\n')
    await page.reload()
    const look = page.getByRole('region', { name: 'Columns and records' })
    await button(look, 'Forget what was said of v').click()
    await expect(typeOf(page, 'id')).toHaveText('UInt8')
    await runToEnd(page, 'Start ingestion', '1 record')
  })
})

test('what was found around the records can be denied', async ({ page, site }) => {
  test.slow()
  site.house.write('around.csv', '|a|b|\n|1|2|\n|3|4|\n# made by hand\n|5|6|\n')
  await chooseFile(page, site, 'around.csv')
  const source = sourceCard(page)
  await expect(source.getByText('comments #')).toBeVisible()
  await button(source, 'Change').click()
  await source.getByText('More: ').click()
  const footer = source.getByLabel('Lines to leave out at the end')
  await expect(footer).toHaveAttribute('placeholder', 'Detected: 0')
  await footer.fill('0')
  await expect(footer).toHaveValue('0')
  await source.getByRole('combobox', { name: 'Extra delimiters' }).selectOption('none')
  await expect(source.getByText('· delimiter at both ends')).toHaveCount(0)
  await source.getByRole('combobox', { name: 'Comment lines begin with' }).selectOption('none')
  await expect(source.getByText('comments #')).toHaveCount(0)
  await looksWell(page)
  await button(source, 'Back to #').click()
  await expect(source.getByText('comments #')).toBeVisible()
  await button(source, 'Detect again').click()
  await expect(source.getByText('· delimiter at both ends')).toBeVisible()
})
