import { gunzipSync } from 'node:zlib'
import type { Server } from '../../src/clickhouse/index.ts'
import {
  choose,
  download,
  pickFile,
  pickTable,
  runBar,
  runToEnd,
  sourceCard,
  targetCard,
  test,
} from './screen.ts'
import { looksWell } from './looks.ts'
import { expect } from './test.ts'

const peopleRows = `(1, 'Ada', 'London', 36), (2, 'Grace "the Bug"', 'New York', 85),
  (3, 'Edsger, W.', NULL, 72), (4, 'Barbara', 'New York', 84), (5, 'Alan', 'London', 41)`

test.use({ contextOptions: { reducedMotion: 'reduce' } })

async function makeTables(server: Server): Promise<void> {
  const people = 'people (id UInt64, name String, city Nullable(String), age UInt8)'
  await server.command(`CREATE TABLE IF NOT EXISTS ${people} ORDER BY id`)
  await server.command('CREATE TABLE IF NOT EXISTS cities (city String, country String) ORDER BY city')
  await server.command('TRUNCATE TABLE people')
  await server.command('TRUNCATE TABLE cities')
  await server.command(`INSERT INTO people VALUES ${peopleRows}`)
  await server.command(`INSERT INTO cities VALUES ('London', 'UK'), ('New York', 'USA')`)
}

test.beforeEach(({ site }) => makeTables(site.server))

test('a table becomes a file that the download link gives, equal to that of the command line', async ({
  page,
  site,
}) => {
  await page.goto(site.url)
  await pickTable(page, 'people')
  await expect(targetCard(page).getByRole('textbox', { name: 'File name' })).toHaveValue('people.csv')
  await runToEnd(page, 'Start export', '5 records')
  const { fileName, content } = await download(page, 'Download')

  const { exitCode } = await site.house.run(['export', 'people', '--to', 'by-command.csv'])
  expect(exitCode).toBe(0)
  expect(fileName).toBe('people.csv')
  expect(content.toString()).toBe(site.house.read('by-command.csv'))
  expect(content.toString()).toContain('"Grace ""the Bug"""')
  expect(site.house.parts()).toEqual([])
})

test('the columns that were known stay while a join is looked at', async ({ page, site }) => {
  const held: (() => void)[] = []
  await page.route('**/api/v1/preview', async (route) => {
    if (route.request().postData()?.includes('"joins":[{') === true)
      await new Promise<void>((resolve) => held.push(resolve))
    await route.continue()
  })
  await page.goto(site.url)
  await pickTable(page, 'people')
  const source = sourceCard(page)
  await source.getByRole('button', { name: 'Filter', exact: true }).click()
  await choose(source, 'Filter column', 'age')
  await source.getByRole('button', { name: 'Add join' }).click()
  const join = source.getByRole('group', { name: 'Join' })
  await choose(join, 'Table', 'cities')
  await join.getByRole('button', { name: 'Add this join' }).click()
  await expect.poll(() => held.length).toBe(1)
  await expect(source.getByRole('textbox', { name: 'Value for age' })).toHaveAttribute(
    'placeholder',
    'such as 100',
  )
  await choose(source, 'Filter column', 'name')
  held.forEach((go) => go())
  await choose(source, 'Filter column', 'country')
  await expect(source.getByRole('combobox', { name: 'Comparison of country' })).toBeVisible()
})

test('a join with a filter, an order and a limit gives exactly those rows', async ({ page, site }) => {
  await page.goto(site.url)
  await pickTable(page, 'people')
  const source = sourceCard(page)
  await source.getByRole('button', { name: 'Add join' }).click()
  const join = source.getByRole('group', { name: 'Join' })
  await choose(join, 'Table', 'cities')
  await join.getByRole('combobox', { name: 'Kind' }).selectOption('left')
  await join.getByRole('button', { name: 'Add this join' }).click()
  await expect(
    source.getByText('LEFT JOIN cities ON people.city = cities.city', { exact: true }),
  ).toBeVisible()

  await source.getByRole('button', { name: 'Filter', exact: true }).click()
  await choose(source, 'Filter column', 'age')
  await source.getByRole('combobox', { name: 'Comparison of age' }).selectOption({ label: 'at least  ≥' })
  await source.getByRole('textbox', { name: 'Value for age' }).fill('41')
  await source.getByRole('button', { name: 'Sort', exact: true }).click()
  await choose(source, 'Sort column 1', 'age')
  await source.getByRole('combobox', { name: 'Order of age' }).selectOption({ label: 'descending' })
  await source.getByRole('button', { name: 'Limit', exact: true }).click()
  await source.getByRole('textbox', { name: 'Rows at most' }).fill('3')
  await targetCard(page).getByRole('textbox', { name: 'File name' }).fill('joined.tsv')

  await page.getByRole('tab', { name: 'Columns' }).click()
  await runToEnd(page, 'Start export', '3 records')
  expect(site.house.read('joined.tsv')).toBe(
    'id\tname\tcity\tage\tcities_city\tcountry\n' +
      '2\tGrace "the Bug"\tNew York\t85\tNew York\tUSA\n' +
      '4\tBarbara\tNew York\t84\tNew York\tUSA\n' +
      '3\tEdsger, W.\t\\N\t72\t\\N\t\\N\n',
  )
})

test('the SELECT that a person writes is what the file holds', async ({ page, site }) => {
  await page.goto(site.url)
  const source = sourceCard(page)
  await source.getByRole('radio', { name: 'ClickHouse' }).check()
  await source.getByRole('button', { name: 'Write SQL instead' }).click()
  const sql = 'SELECT city, count() AS people, max(age) AS oldest FROM people GROUP BY city ORDER BY city'
  await source.getByRole('textbox', { name: 'SELECT' }).fill(sql)
  await targetCard(page).getByRole('textbox', { name: 'File name' }).fill('by-city.csv')
  await runToEnd(page, 'Start export', '3 records')
  const { content } = await download(page, 'Download')
  expect(content.toString()).toBe('"city","people","oldest"\n"London",2,41\n"New York",2,85\n\\N,1,72\n')
})

test('a file is converted: other columns, delimiter and compression', async ({ page, site }) => {
  site.house.write('wide.csv', 'a,b,c\n1,"x, y",2024-01-01\n2,,2024-01-02\n')
  await page.goto(site.url)
  await pickFile(page, 'wide.csv')
  const target = targetCard(page)
  await target.getByRole('radio', { name: 'Flat file' }).check()
  await target.getByRole('textbox', { name: 'File name' }).fill('narrow.psv')
  await target.getByRole('combobox', { name: 'Compression' }).selectOption({ label: 'gzip (.gz)' })
  await expect(target.getByRole('textbox', { name: 'File name' })).toHaveValue('narrow.psv.gz')
  const columns = page.getByRole('grid', { name: 'Columns' })
  await columns.getByRole('checkbox', { name: 'a', exact: true }).uncheck()
  await columns.getByRole('textbox', { name: 'Target column of c' }).fill('day')
  await runToEnd(page, 'Start conversion', '2 records')
  const { fileName, content } = await download(page, 'Download')
  expect(fileName).toBe('narrow.psv.gz')
  expect(gunzipSync(content).toString()).toBe('"b"|"day"\n"x, y"|"2024-01-01"\n""|"2024-01-02"\n')
})

test('a file for Excel has its marks, line ends and decimal commas', async ({ page, site }) => {
  await site.server.command(
    'CREATE TABLE prices (name String, price Nullable(Decimal(9, 2)), day Date) ORDER BY name',
  )
  await site.server.command(
    `INSERT INTO prices VALUES ('Äpfel; rot', 1.5, '2024-04-03'), ('Birnen', NULL, '2024-12-31')`,
  )
  await page.goto(site.url)
  await pickTable(page, 'prices')
  const target = targetCard(page)
  await target.getByText('Layout: ').click()
  await target.getByRole('combobox', { name: 'Layout for' }).selectOption('Excel, decimal comma')
  await target.getByRole('combobox', { name: 'Dates' }).selectOption('03.04.2024')
  await expect(target.getByRole('combobox', { name: 'Layout for' })).toHaveValue('own')
  await looksWell(page)
  await runToEnd(page, 'Start export', '2 records')
  const { content } = await download(page, 'Download')
  expect(content.toString()).toBe(
    '\uFEFF"name";"price";"day"\r\n"Birnen";;"31.12.2024"\r\n"Äpfel; rot";1,5;"03.04.2024"\r\n',
  )
})

test('a letter that the encoding lacks ends the run, and UTF-8 has it', async ({ page, site }) => {
  await site.server.command('CREATE TABLE arrows (text String) ORDER BY text')
  await site.server.command(`INSERT INTO arrows VALUES ('a → b')`)
  await page.goto(site.url)
  await pickTable(page, 'arrows')
  const target = targetCard(page)
  await target.getByText('Layout: ').click()
  await choose(target, 'Encoding', 'Windows-1252')
  await runBar(page).getByRole('button', { name: 'Start export' }).click()
  await expect(
    runBar(page)
      .getByText(/arrows\.csv.*(?:row|record|line) [12].*text/s)
      .first(),
  ).toBeVisible()
  expect(site.house.parts()).toEqual([])
  await runBar(page).getByRole('button', { name: 'Change the file’s layout' }).click()
  await expect(target.getByRole('combobox', { name: 'Layout for' })).toBeFocused()
  await runBar(page).getByRole('button', { name: 'Write it as UTF-8' }).click()
  await runToEnd(page, 'Start export', '1 record')
  expect(site.house.read('arrows.csv')).toContain('a → b')
})
