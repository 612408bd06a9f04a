import { test, expect } from './test.ts'
import * as s from './steps.ts'
test.use({ expectedErrors: s.refusals })
test('probe', async ({ page, served }) => {
  served.house.write('bad.csv', 'id,n\n1,2\n2,3\n')
  await s.chooseFile(page, served, 'bad.csv')
  await s.start(page)
  await expect(s.processed(page, '2 records')).toBeVisible()
  await page.screenshot({ path: '/tmp/e2/1.png' })
  await s.chooseQuery(page, served, { sql: 'SELECT number AS id, sleepEachRow(0.00001) AS z FROM numbers(300000)', path: 'out.csv' })
  await expect(page.getByText('as a complete file or none')).toBeVisible()
  await s.start(page)
  await expect(s.button(s.runBar(page), 'Cancel')).toBeVisible()
  await page.screenshot({ path: '/tmp/e2/2.png' })
  await page.waitForTimeout(2000)
  await page.screenshot({ path: '/tmp/e2/3.png' })
  await expect(s.processed(page, '300,000 records')).toBeVisible()
  console.log(await s.runBar(page).ariaSnapshot())
})
