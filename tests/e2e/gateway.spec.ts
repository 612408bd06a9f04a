import { startServer } from '../support/clickhouse-server.ts'
import { startAuthority, startGateway } from '../support/gateway.ts'
import { choose, download, runBar, runToEnd, sourceCard, targetCard } from './screen.ts'
import { button, chooseFile, refusals } from './steps.ts'
import { expect, test } from './test.ts'

test.use({ expectedErrors: refusals })

test('both directions go through a gateway that asks for a JWT', async ({ served, page }) => {
  await using clickhouse = await startServer()
  await using authority = await startAuthority()
  await using gateway = await startGateway(clickhouse, { authority })
  served.house.write('people.csv', 'id,name\n1,Ada\n2,Søren\n')
  const token = await authority.sign()

  await chooseFile(page, served, 'people.csv')
  const target = targetCard(page)
  await button(target, 'New connection').click()
  await target.getByLabel('Host').fill(`http://tester@127.0.0.1:${gateway.connection.port}/main`)
  await target.getByLabel('Save as').fill('gate')
  await target.getByRole('radio', { name: 'JWT token' }).check()
  await target.getByRole('textbox', { name: 'JWT token' }).fill(await authority.sign({ exp: 1_700_000_000 }))
  await button(target, 'Connect').click()
  await expect(target.getByRole('textbox', { name: 'JWT token' })).toHaveAccessibleDescription(/expired/)
  await target.getByRole('textbox', { name: 'JWT token' }).fill(token)
  await button(target, 'Connect').click()
  await expect(target.getByText('Connected', { exact: true })).toBeVisible()
  await choose(target, 'Table', 'people')
  await runToEnd(page, 'Start ingestion', '2 records')
  expect(await clickhouse.server.rows('SELECT * FROM main.people ORDER BY id')).toEqual([
    { id: 1, name: 'Ada' },
    { id: 2, name: 'Søren' },
  ])

  await page.goto(served.url)
  const source = sourceCard(page)
  await source.getByRole('radio', { name: 'ClickHouse' }).check()
  await source.getByLabel('Connection').selectOption('gate')
  await source.getByRole('option', { name: 'people' }).click()
  await targetCard(page).getByLabel('File name').fill('back.csv')
  await runToEnd(page, 'Start export', '2 records')
  const { content } = await download(page, 'Download')
  expect(content.toString()).toBe('"id","name"\n1,"Ada"\n2,"Søren"\n')
  expect(await runBar(page).innerText()).not.toContain(token)
  expect(decodeURIComponent(page.url())).not.toContain(token)
})
