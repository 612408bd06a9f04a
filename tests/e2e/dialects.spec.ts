import type { Locator, Page } from '@playwright/test'
import { looksWell } from './looks.ts'
import { choose, runBar, sourceCard, targetCard, test } from './screen.ts'
import { button, chooseFile, columns, expectProcessed, neverByItself, openReading, start } from './steps.ts'
import { expect } from './test.ts'

const checked = (page: Page): Locator => page.getByRole('region', { name: 'Check of the file' })

/** The cells of a column in the preview. */
async function previewed(page: Page): Promise<Locator> {
  await page.getByRole('tab', { name: 'Preview' }).click()
  return page.getByRole('grid', { name: 'First records' }).getByRole('gridcell')
}

test('each part that was found can be set by hand, and taken back', async ({ page, site }) => {
  test.slow()
  site.house.write('parts.csv', 'a;b\n1;"x"\n2;"y"\n3;"w"\n')
  await chooseFile(page, site, 'parts.csv')
  const source = sourceCard(page)
  await expect(source.getByText('delimiter semicolon ;')).toBeVisible()
  await button(source, 'Change').click()
  const delimiter = source.getByRole('combobox', { name: 'Delimiter' })
  const quote = source.getByRole('combobox', { name: 'Quote' })
  await expect(delimiter.locator(':checked')).toHaveText('Detected: semicolon ;')
  await expect(quote.locator(':checked')).toHaveText('Detected: "')

  await quote.selectOption('none')
  await expect(source.getByText('Set by hand.')).toBeVisible()
  await expect(columns(page).getByText('"x"')).toBeVisible()
  await expect(quote.locator('option').first()).toHaveText('Detected: "')
  await button(source, 'Back to "').click()
  await expect(quote).toBeFocused()
  await expect(columns(page).getByText('"x"')).toHaveCount(0)

  await delimiter.selectOption({ label: 'other …' })
  await source.getByLabel('Other delimiter').pressSequentially('||')
  await expect(source.getByText('UTF-8 · delimiter ||')).toBeVisible()
  await button(source, 'Back to semicolon ;').click()
  await expect(source.getByLabel('Other delimiter')).toHaveCount(0)

  await source.getByText('More: ').click()
  await source.getByLabel('Lines to skip').fill('2')
  await source.getByRole('combobox', { name: 'Header' }).selectOption('no')
  await expect(source.getByText('no header · 2 lines skipped')).toBeVisible()
  await looksWell(page)
  await button(source, 'Detect again').click()
  await expect(source.getByText('Set by hand.')).toHaveCount(0)
  await expect(source.getByText('· header')).toBeVisible()
})

test('a report in an old encoding, with several lines around its table, is read as it is', async ({
  page,
  site,
}) => {
  const text = 'Sales\r\n\r\nName||Town||Pieces\r\nMüller||Köln||7\r\nÅsa||Malmö||12\r\nJosé||León||3\r\n'
  site.house.write('report.txt', Buffer.from(text, 'latin1'))
  await chooseFile(page, site, 'report.txt')
  const source = sourceCard(page)
  await expect(source.getByText('delimiter ||')).toBeVisible()
  await expect(source.getByText('Turned into plain CSV while it is read')).toBeVisible()
  await button(source, 'Change').click()
  await choose(source, 'Encoding', 'Central European')
  await expect(source.getByText('Windows-1250')).toBeVisible()
  await choose(source, 'Encoding', 'ANSI')
  await expect(source.getByText('Windows-1252 ·')).toBeVisible()
  await choose(targetCard(page), 'Table', 'report')
  await start(page)
  await expectProcessed(page, '3 records')
  expect(await site.server.rows('SELECT * FROM report ORDER BY Pieces')).toEqual([
    { Name: 'José', Town: 'León', Pieces: 3 },
    { Name: 'Müller', Town: 'Köln', Pieces: 7 },
    { Name: 'Åsa', Town: 'Malmö', Pieces: 12 },
  ])
})

test('dates and NULL texts of one column are read as a person says', async ({ page, site }) => {
  test.slow()
  site.house.write('days.csv', 'id,day,note\n1,01/02/2024,n/a\n2,03/04/2024,x\n3,05/06/2024,n/a\n')
  await chooseFile(page, site, 'days.csv')
  const reading = await openReading(page, 'day')
  await choose(reading, 'Layout of the values', 'MM/DD/YYYY')
  await expect(button(reading, 'Layout of the values: MM/DD/YYYY')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(
    columns(page).getByRole('button', { name: 'Reading of day: MM/DD/YYYY, set by hand' }),
  ).toBeFocused()
  const note = await openReading(page, 'note')
  await note.getByLabel('Texts that mean NULL here').fill('n/a')
  await page.keyboard.press('Enter')
  await looksWell(page)
  await page.keyboard.press('Escape')

  const cells = await previewed(page)
  await expect(cells).toHaveText([
    '1',
    '2024-01-02',
    'NULL',
    '2',
    '2024-03-04',
    'x',
    '3',
    '2024-05-06',
    'NULL',
  ])
  await start(page)
  await expectProcessed(page, '3 records')
  expect(await site.server.rows('SELECT day, note FROM days ORDER BY id')).toEqual([
    { day: '2024-01-02', note: null },
    { day: '2024-03-04', note: 'x' },
    { day: '2024-05-06', note: null },
  ])
})

test('Check file says what would be rejected before anything moves', async ({ page, site }) => {
  test.slow()
  await site.server.command('CREATE TABLE measures (id UInt32, value Nullable(Int16)) ORDER BY id')
  const lines = Array.from(
    { length: 30_000 },
    (_, index) => `${index},${index === 25_000 ? 'oops' : index % 9}`,
  )
  site.house.write('measures.csv', `id,value\n${lines.join('\n')}\n`)
  await chooseFile(page, site, 'measures.csv')
  await choose(targetCard(page), 'Table', 'measures')
  await button(page, 'Check file').click()
  await expect(checked(page).getByText('1 of 30,000 records would be rejected.')).toBeVisible()
  await expect(checked(page).getByRole('row', { name: /^value / })).toContainText('line 25,002: oops')
  await expect(columns(page).getByText('1 in all')).toBeVisible()
  await looksWell(page)

  const reading = await openReading(page, 'value')
  await reading.getByRole('combobox', { name: 'A value that does not fit' }).selectOption('becomes NULL')
  await page.keyboard.press('Escape')
  await expect(checked(page).getByText('What was chosen has changed since')).toBeVisible()
  await button(checked(page), 'Check again').click()
  await expect(checked(page).getByText('All 30,000 records fit.')).toBeVisible()
  await expect(
    checked(page).getByText('1 value that does not fit will be replaced, as chosen.'),
  ).toBeVisible()
  expect(await site.server.rows('SELECT count() AS n FROM measures')).toEqual([{ n: 0 }])

  await start(page)
  await expectProcessed(page, '30,000 records')
  expect(await site.server.rows('SELECT id FROM measures WHERE value IS NULL')).toEqual([{ id: 25_000 }])
})

test('what all records say stands in place of what the first ones said', async ({ page, site }) => {
  await neverByItself(page)
  const lines = Array.from(
    { length: 60_000 },
    (_, index) => `${index % 7},${index === 59_999 ? '12a' : index}`,
  )
  site.house.write('late-text.csv', `kind,code\n${lines.join('\n')}\n`)
  await chooseFile(page, site, 'late-text.csv')
  const type = columns(page).getByRole('button', { name: 'Type of code: ' })
  await expect(type).toHaveText('UInt16')
  await expect(page.getByText(/^Types from the first [\d,]+ records\.$/)).toBeVisible()
  await button(page, 'Read whole file').click()
  await expect(page.getByText('Types from all 60,000 records.')).toBeVisible()
  await expect(type).toHaveText('String')

  await button(targetCard(page), 'Take it').click()
  await expect(targetCard(page).getByRole('list', { name: 'ORDER BY columns' })).toContainText('kind')
  await start(page)
  await expectProcessed(page, '60,000 records')
  const sql = "SELECT sorting_key FROM system.tables WHERE name = 'late-text' OR name = 'late_text'"
  expect(await site.server.rows(sql)).toEqual([{ sorting_key: expect.stringMatching(/^kind/) as unknown }])
})

test('a small file is read as a whole by itself', async ({ page, site }) => {
  site.house.write('small.csv', 'zip,town\n01067,Dresden\n10115,Berlin\n')
  await chooseFile(page, site, 'small.csv')
  const reading = await openReading(page, 'zip')
  await expect(reading.getByText('leading zero')).toBeVisible()
  await expect(button(page, 'Read whole file')).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(runBar(page).getByText('2 records into new table small')).toBeVisible()
})
