import { runBar } from './screen.ts'
import { button, chooseFile, expectProcessed, start, test } from './steps.ts'
import { expect } from './test.ts'

test('5,000 columns', async ({ page, site }) => {
  const names = Array.from({ length: 5000 }, (_, index) => `c${index}`)
  const record = (row: number) => names.map((_, index) => row * index).join(',')
  site.house.write('wide.csv', `${names.join(',')}\n${[1, 2, 3].map(record).join('\n')}\n`)
  await chooseFile(page, site, 'wide.csv')
  await expect(page.getByRole('tab', { name: 'Columns 5,000 of 5,000' })).toBeVisible()
  await page.getByLabel('Filter the columns').fill('c4999')
  await page.getByRole('grid', { name: 'Columns' }).getByRole('checkbox', { name: 'c4999' }).uncheck()
  await expect(page.getByRole('tab', { name: 'Columns 4,999 of 5,000' })).toBeVisible()
  await page.getByRole('tab', { name: 'Preview' }).click()
  const grid = page.getByRole('grid', { name: 'First records' })
  await grid.focus()
  await page.keyboard.press('Control+End')
  await expect(grid.getByRole('columnheader', { name: /^c4998 / })).toBeVisible()
  await expect(grid.getByRole('gridcell', { name: String(3 * 4998) })).toBeVisible()
  await start(page)
  await expectProcessed(page, '3 records')
  const columns =
    "SELECT toString(count()) AS n FROM system.columns WHERE table = 'wide' AND database = 'main'"
  expect(await site.server.rows(columns)).toEqual([{ n: '4999' }])
  expect(await site.server.rows('SELECT c0, c1, c4998 FROM wide ORDER BY c1')).toEqual(
    [1, 2, 3].map((row) => ({ c0: 0, c1: row, c4998: row * 4998 })),
  )
})

test('names that mean something to JavaScript', async ({ page, site }) => {
  site.house.write('proto.csv', '__proto__,constructor,toString\n1,2,3\n4,5,6\n')
  await chooseFile(page, site, 'proto.csv')
  const columns = page.getByRole('grid', { name: 'Columns' })
  await columns.getByRole('checkbox', { name: 'constructor' }).uncheck()
  await columns.getByRole('textbox', { name: 'Target column of toString' }).fill('hasOwnProperty')
  await page.getByRole('tab', { name: 'Preview' }).click()
  await expect(
    page.getByRole('grid', { name: 'First records' }).getByRole('columnheader', { name: /^__proto__ / }),
  ).toBeVisible()
  await start(page)
  await expectProcessed(page, '2 records')
  const [described, rows] = [
    await site.server.rows<{ name: string }>('DESCRIBE TABLE proto'),
    await site.server.rows('SELECT `__proto__` AS a, hasOwnProperty AS b FROM proto ORDER BY a'),
  ]
  expect(described.map(({ name }) => name)).toEqual(['__proto__', 'hasOwnProperty'])
  expect(rows).toEqual([
    { a: 1, b: 3 },
    { a: 4, b: 6 },
  ])
})

test('values with HTML, right-to-left text and 100 KB', async ({ page, site }) => {
  const html = '<img src=x onerror="document.title=1">'
  const hebrew = 'שלום, עולם'
  const long = 'x'.repeat(100_000)
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  const values = [html, hebrew, `${long}end`]
  site.house.write(
    'odd.csv',
    `id,"<b>bold</b>"\n${values.map((text, index) => `${index},${quoted(text)}\n`).join('')}`,
  )
  await chooseFile(page, site, 'odd.csv')
  await expect(page.getByRole('checkbox', { name: '<b>bold</b>' })).toBeVisible()
  await page.getByRole('tab', { name: 'Preview' }).click()
  const grid = page.getByRole('grid', { name: 'First records' })
  await expect(grid.getByRole('gridcell', { name: html })).toBeVisible()
  await expect(grid.getByRole('gridcell', { name: hebrew })).toBeVisible()
  await grid.getByRole('gridcell', { name: 'xxx' }).dblclick()
  await expect(page.getByRole('dialog', { name: 'Value of <b>bold</b>' })).toContainText(
    'The first 100,000 of 100,003 characters.',
  )
  await page.keyboard.press('Escape')
  await start(page)
  await expectProcessed(page, '3 records')
  await expect(page).toHaveTitle(/Transfer/)
  const sql = 'SELECT `<b>bold</b>` AS text FROM odd ORDER BY id'
  expect(await site.server.rows(sql)).toEqual(values.map((text) => ({ text })))
})

test('NULL is shown apart from an empty text, before and after', async ({ page, site }) => {
  site.house.write('nulls.csv', 'id,text\n1,\\N\n2,""\n3,NULL\n')
  await chooseFile(page, site, 'nulls.csv')
  await page.getByRole('tab', { name: 'Preview' }).click()
  const expectShown = async (name: string) => {
    const cells = page.getByRole('grid', { name }).getByRole('gridcell')
    await expect(cells).toHaveText(['1', 'NULL', '2', '', '3', 'NULL'])
    expect(
      await cells.evaluateAll((all) =>
        all.map((cell) =>
          [cell, ...cell.querySelectorAll('*')].some((part) => getComputedStyle(part).fontStyle === 'italic'),
        ),
      ),
    ).toEqual([false, true, false, false, false, false])
  }
  await expectShown('First records')
  await start(page)
  await expectProcessed(page, '3 records')
  expect(await site.server.rows('SELECT * FROM nulls ORDER BY id')).toEqual([
    { id: 1, text: null },
    { id: 2, text: '' },
    { id: 3, text: 'NULL' },
  ])
  await button(runBar(page), 'Open table').click()
  await expectShown('First rows of nulls')
})
