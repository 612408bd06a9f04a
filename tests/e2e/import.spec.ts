import type { Locator, Page } from '@playwright/test'
import { choose, dropFile, pickFile, runBar, runToEnd, sourceCard, targetCard, test } from './screen.ts'
import { expect } from './test.ts'

const orders = `id,customer,amount,day
1,Ada,10.50,2024-01-01
2,"Lovelace, B.",99999999999.99,2024-02-29
3,,0.01,1999-12-31
`

test('a dropped file is looked at, goes into a new table, and every value arrives', async ({
  page,
  site,
}) => {
  await page.goto(site.url)
  await dropFile(page, 'orders.csv', orders)
  await expect(sourceCard(page).getByText('UTF-8 · delimiter comma , · header')).toBeVisible()
  await expect(targetCard(page).getByText('new table')).toBeVisible()
  await page.getByRole('tab', { name: 'Preview' }).click()
  const preview = page.getByRole('grid', { name: 'First records' })
  await expect(preview.getByRole('columnheader', { name: 'day Date' })).toBeVisible()
  await expect(preview.getByRole('gridcell', { name: 'Lovelace, B.' })).toBeVisible()
  await expect(runBar(page).getByText('3 records into new table orders, all or nothing.')).toBeVisible()

  await runToEnd(page, 'Start ingestion', '3 records')
  await expect(runBar(page).getByText('0 rejected')).toBeVisible()
  await expect(runBar(page).getByText('counts equal on both ends: 3')).toBeVisible()
  await expect(
    runBar(page).getByText('3 records into existing table orders, besides its 3 rows, all or nothing.'),
  ).toBeVisible()
  expect(await site.server.rows('SELECT * FROM orders ORDER BY id')).toEqual([
    { id: 1, customer: 'Ada', amount: 10.5, day: '2024-01-01' },
    { id: 2, customer: 'Lovelace, B.', amount: 99999999999.99, day: '2024-02-29' },
    { id: 3, customer: '', amount: 0.01, day: '1999-12-31' },
  ])
})

test('only the chosen columns move, under new names and as other types', async ({ page, site }) => {
  site.house.write('chosen.csv', orders)
  await page.goto(site.url)
  await pickFile(page, 'chosen.csv')
  const columns = page.getByRole('grid', { name: 'Columns' })
  await columns.getByRole('checkbox', { name: 'customer' }).uncheck()
  await columns.getByRole('textbox', { name: 'Target column of day' }).fill('ordered_on')
  await choose(columns, 'Type of amount', 'Decimal(18, 2)')
  await expect(page.getByRole('tab', { name: 'Columns 3 of 4' })).toBeVisible()
  await choose(targetCard(page), 'Table', 'chosen_columns')

  await runToEnd(page, 'Start ingestion', '3 records')
  const described = await site.server.rows<{ name: string; type: string }>('DESCRIBE TABLE chosen_columns')
  expect(described.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'id UInt8',
    'amount Decimal(18, 2)',
    'ordered_on Date',
  ])
  const sql = 'SELECT toString(amount) AS amount, ordered_on FROM chosen_columns ORDER BY id'
  expect(await site.server.rows(sql)).toEqual([
    { amount: '10.5', ordered_on: '2024-01-01' },
    { amount: '99999999999.99', ordered_on: '2024-02-29' },
    { amount: '0.01', ordered_on: '1999-12-31' },
  ])
})

test.describe('a file with a column that the table lacks', () => {
  // The plan says so until the column is left out.
  test.use({ expectedErrors: [/404.*\/plan/] })

  test('new records come beside the rows of a table that is there', async ({ page, site }) => {
    await site.server.command('CREATE TABLE stock (item String, pieces UInt32) ORDER BY item')
    await site.server.command("INSERT INTO stock VALUES ('anvil', 1)")
    site.house.write('more-stock.csv', 'pieces,item,shelf\n70000,bolt,7\n')
    await page.goto(site.url)
    await pickFile(page, 'more-stock.csv')
    await choose(targetCard(page), 'Table', 'stock')
    await expect(targetCard(page).getByText('An existing table with 1 row.')).toBeVisible()
    await expect(targetCard(page).getByRole('combobox', { name: 'Write mode' })).toHaveValue('append')
    await expect(page.getByText('stock has no column for shelf.')).toBeVisible()
    await page.getByRole('button', { name: 'Leave it out' }).click()

    await runToEnd(page, 'Start ingestion', '1 record')
    expect(await site.server.rows('SELECT * FROM stock ORDER BY item')).toEqual([
      { item: 'anvil', pieces: 1 },
      { item: 'bolt', pieces: 70000 },
    ])
  })
})

test('a file in an old encoding becomes UTF-8', async ({ page, site }) => {
  site.house.write('latin.csv', Buffer.from('id,text\n1,caf\xe9\n', 'latin1'))
  await page.goto(site.url)
  await pickFile(page, 'latin.csv')
  await choose(targetCard(page), 'Table', 'latin')

  await runToEnd(page, 'Start ingestion', '1 record')
  expect(await site.server.rows('SELECT text FROM latin')).toEqual([{ text: 'café' }])
})

test('a delimiter set by hand wins over the one that was found', async ({ page, site }) => {
  site.house.write('by-hand.csv', 'a,b,c;d\n1,2,3;4\n5,6,7;8\n')
  await page.goto(site.url)
  await pickFile(page, 'by-hand.csv')
  const source = sourceCard(page)
  await expect(source.getByText('delimiter comma ,')).toBeVisible()
  await source.getByRole('button', { name: 'Change' }).click()
  await source.getByRole('combobox', { name: 'Delimiter' }).selectOption({ label: 'semicolon ;' })
  await expect(source.getByText('delimiter semicolon ;')).toBeVisible()
  await expect(page.getByRole('tab', { name: 'Columns 2 of 2' })).toBeVisible()
  await choose(targetCard(page), 'Table', 'by_hand')

  await runToEnd(page, 'Start ingestion', '2 records')
  expect(await site.server.rows('SELECT * FROM by_hand ORDER BY 1')).toEqual([
    { 'a,b,c': '1,2,3', d: 4 },
    { 'a,b,c': '5,6,7', d: 8 },
  ])
})

test('the end of a run is shown although an older answer arrives after it', async ({ page, site }) => {
  site.house.write('late.csv', orders)
  const ended = Promise.withResolvers<undefined>()
  await page.route(
    /\/api\/v1\/runs\/[^/]+$/,
    async (route) => {
      const response = await route.fetch()
      await ended.promise
      // The page need not wait for it.
      await route.fulfill({ response }).catch(() => undefined)
    },
    { times: 1 },
  )
  await page.goto(site.url)
  await pickFile(page, 'late.csv')
  await runBar(page).getByRole('button', { name: 'Start ingestion' }).click()
  await expect
    .poll(async () => (await site.server.tables('main')).map(({ table }) => table))
    .toContain('late')
  await expect(page.getByRole('navigation').getByText('going on')).toHaveCount(0)
  ended.resolve(undefined)
  await expect(runBar(page).getByText('3 records processed')).toBeVisible()
})

test('what would happen is said anew when the answer to it is older than the end of a run', async ({
  page,
  site,
}) => {
  site.house.write('foreseen.csv', orders)
  const [asked, ended] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
  await page.route(
    '**/api/v1/plan',
    async (route) => {
      const response = await route.fetch()
      asked.resolve(undefined)
      await ended.promise
      await route.fulfill({ response }).catch(() => undefined)
    },
    { times: 1 },
  )
  await page.goto(site.url)
  await pickFile(page, 'foreseen.csv')
  await asked.promise
  await runToEnd(page, 'Start ingestion', '3 records')
  ended.resolve(undefined)
  await expect(
    runBar(page).getByText('3 records into existing table foreseen, besides its 3 rows'),
  ).toBeVisible()
  await expect(runBar(page).getByRole('button', { name: 'Append again' })).toBeVisible()
})

test('the keyboard alone leads from the empty page to the report', async ({ page, site }) => {
  site.house.write('keys.csv', orders)
  await page.goto(site.url)
  await tabTo(page, page.getByRole('button', { name: 'Choose from workspace' }))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByRole('option', { name: 'keys.csv' })).toBeVisible()
  await page.keyboard.type('keys.csv')
  await page.keyboard.press('Enter')

  await tabTo(page, page.getByRole('button', { name: 'Table: ' }))
  await page.keyboard.press('Enter')
  await page.keyboard.type('by_keyboard')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Table: by_keyboard' })).toBeFocused()

  await tabTo(page, page.getByRole('checkbox', { name: 'id' }))
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Space')
  await expect(page.getByRole('checkbox', { name: 'customer' })).not.toBeChecked()

  await tabTo(page, runBar(page).getByRole('button', { name: 'Start ingestion' }))
  await page.keyboard.press('Enter')
  await expect(runBar(page).getByText('3 records processed')).toBeVisible()
  await expect.poll(() => runBar(page).evaluate((bar) => bar.contains(document.activeElement))).toBe(true)
  await tabTo(page, runBar(page).getByRole('button', { name: 'Open table' }))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByText('The first 3 rows, 3 columns.')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(runBar(page).getByRole('button', { name: 'Open table' })).toBeFocused()
  expect(await site.server.rows('SELECT id, amount FROM by_keyboard ORDER BY id')).toEqual([
    { id: 1, amount: 10.5 },
    { id: 2, amount: 99999999999.99 },
    { id: 3, amount: 0.01 },
  ])
})

/** Goes on with Tab as a person would; a trap on the way, or nothing of that name, fails. */
async function tabTo(page: Page, goal: Locator): Promise<void> {
  await expect(goal).toBeVisible()
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab')
    if (await goal.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error(`Tab does not lead to ${goal.toString()}`)
}
