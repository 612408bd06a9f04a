import { button, chooseFile, expectProcessed } from './steps.ts'
import { runBar, runToEnd, sourceCard, targetCard, test } from './screen.ts'
import { expect } from './test.ts'

test('what has been imported does not come in twice by a key pressed once more', async ({ page, site }) => {
  site.house.write('twice-not.csv', 'id\n1\n2\n')
  await chooseFile(page, site, 'twice-not.csv')
  await expect(runBar(page).getByText('into new table twice_not')).toBeVisible()
  await page.keyboard.press('Control+Enter')
  await expectProcessed(page, '2 records')
  await expect(runBar(page).getByText('they would be there twice')).toBeVisible()
  await expect(runBar(page).getByRole('button', { name: 'Append again' })).toBeVisible()
  await page.keyboard.press('Control+Enter')
  await runBar(page).getByRole('button', { name: 'Replace instead' }).click()
  await expect(runBar(page).getByText('in place of its 2 rows')).toBeVisible()
  await runToEnd(page, 'Start ingestion', '2 records')
  await expect(runBar(page).getByRole('button', { name: 'Run again' })).toBeVisible()
  expect(await site.server.rows('SELECT id FROM twice_not ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
})

test('the files of the workspace take the keyboard each time they are opened', async ({ page, site }) => {
  site.house.write('opened-twice.csv', 'id\n1\n')
  await page.goto(site.url)
  const files = page.getByRole('dialog')
  for (const time of ['the first', 'the second']) {
    await button(sourceCard(page), 'Choose from workspace').click()
    await expect(files.getByRole('combobox', { name: 'Files' }), time).toBeFocused()
    await page.keyboard.press('Escape')
    await expect(files).toBeHidden()
  }
})

test('letters go into a list in the instant it opens, and / finds tables and columns', async ({
  page,
  site,
}) => {
  await site.server.command('CREATE TABLE found ENGINE = MergeTree ORDER BY id AS SELECT 1 AS id, 2 AS two')
  site.house.write('typed.csv', 'id,two\n1,2\n')
  await chooseFile(page, site, 'typed.csv')
  const table = targetCard(page).getByRole('button', { name: 'Table: typed' })
  const taker = await table.evaluate((button: HTMLElement) => {
    button.click()
    return document.activeElement?.role
  })
  expect(taker).toBe('combobox')
  await page.keyboard.type('found')
  await page.keyboard.press('Enter')
  await expect(targetCard(page).getByRole('button', { name: 'Table: found' })).toBeVisible()

  await sourceCard(page).getByRole('radio', { name: 'ClickHouse' }).check()
  await expect(sourceCard(page).getByRole('option', { name: 'found' })).toBeVisible()
  await page.keyboard.press('/')
  await page.keyboard.type('foun')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('grid', { name: 'Columns' })).toBeVisible()
  await page.keyboard.press('/')
  await page.keyboard.type('tw')
  await expect(page.getByRole('status').filter({ hasText: '1 in sight' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('checkbox', { name: 'id' })).toBeVisible()
})
