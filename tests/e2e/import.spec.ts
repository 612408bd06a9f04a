import { choose, dropFile, pickFile, runBar, runToEnd, sourceCard, targetCard, test } from './screen.ts'
import { expect } from './test.ts'

const orders = `id,customer,amount,day
1,Ada,10.50,2024-01-01
2,"Lovelace, B.",99999999999.99,2024-02-29
3,,0.01,1999-12-31
`

test('a dropped file is looked at, goes into a new table, and every value arrives', async ({ page, site }) => {
  await page.goto(site.url)
  await dropFile(page, 'orders.csv', orders)
  await page.screenshot({ path: '/tmp/e1/drop.png' })
  await expect(sourceCard(page).getByText('UTF-8 · delimiter comma , · header')).toBeVisible()
  await page.screenshot({ path: '/tmp/e1/dropped.png' })
  await page.getByRole('tab', { name: 'Preview' }).click()
  await page.screenshot({ path: '/tmp/e1/preview.png' })
  const grid = page.getByRole('grid', { name: 'First records' })
  await expect(grid.getByText('Lovelace, B.')).toBeVisible()
  console.log(await page.locator('body').ariaSnapshot())
  await runToEnd(page, 'Start ingestion', '3 records')
  await page.screenshot({ path: '/tmp/e1/done.png' })
  console.log(await page.locator('body').ariaSnapshot())
  console.log(await site.server.rows('SELECT * FROM orders'))
})
