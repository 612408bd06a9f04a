import { password, startServer } from '../support/clickhouse-server.ts'
import { sourceCard } from './screen.ts'
import { refusals } from './steps.ts'
import { expect, test } from './test.ts'

test.use({ expectedErrors: refusals })

test('a connection is typed, refused at its field, corrected, saved and used', async ({ served, page }) => {
  await using clickhouse = await startServer()
  await clickhouse.server.command('CREATE TABLE main.orders (id UInt8) ENGINE = MergeTree ORDER BY id')
  const { port } = clickhouse.connection
  await page.goto(served.url)
  const source = sourceCard(page)
  await source.getByRole('radio', { name: 'ClickHouse' }).check()
  await source.getByRole('button', { name: 'New connection' }).click()
  await source.getByLabel('Host').fill(`http://tester@127.0.0.1:${port}/main`)
  await source.getByLabel('Save as').fill('prod')
  const secret = source.getByRole('textbox', { name: 'Password' })
  await secret.fill('wrong')
  await secret.press('Enter')
  await expect(secret).toHaveAccessibleDescription(/The user tester cannot sign in/)
  await expect(secret).toBeFocused()
  await expect(source.getByRole('listitem').filter({ hasText: 'Login' }).getByLabel('failed')).toBeVisible()
  await expect(source.getByLabel('Port')).toHaveValue(String(port))

  await secret.fill(password)
  await source.getByRole('button', { name: 'Connect', exact: true }).click()
  await expect(source.getByText('Connected', { exact: true })).toBeVisible()
  await expect(source.getByLabel('Connection')).toHaveValue('prod')
  await page.keyboard.press('/')
  await page.keyboard.type('ord')
  await page.keyboard.press('Enter')
  await expect(source.getByText('main.orders', { exact: true })).toBeVisible()
  expect(page.url()).not.toContain(encodeURIComponent(password))
})

test('a pasted token says for whom and how long, and is not sent when it is none', async ({
  page,
  served,
}) => {
  await page.goto(`${served.url}/connections?show=new`)
  await page.getByRole('radio', { name: 'JWT token' }).check()
  const token = page.getByRole('textbox', { name: 'JWT token' })
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: 'https://login.example.com', sub: 'ada', exp: Math.floor(Date.now() / 1000) - 7200 }
  await token.fill(`${part({ alg: 'none' })}.${part(claims)}.x`)
  await expect(page.getByText('issued by https://login.example.com for ada')).toBeVisible()
  await expect(page.getByText('expired 2 h 00 min ago')).toBeVisible()
  await token.fill('nonsense')
  await expect(page.getByText('Not a JWT')).toBeVisible()
})

test('a saved connection is tested, edited, looked into and deleted', async ({ served, page }) => {
  await using clickhouse = await startServer()
  await clickhouse.server.command(
    `CREATE TABLE main.orders ENGINE = MergeTree ORDER BY id AS SELECT 7 AS id, '<b>' AS name`,
  )
  const put = await fetch(new URL('/api/v1/connections/prod', served.url), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ connection: clickhouse.connection, secrets: { password } }),
  })
  expect(put.status).toBe(200)
  await page.goto(`${served.url}/connections`)
  const row = page.getByRole('list', { name: 'Connections' }).locator('> li').filter({ hasText: 'prod' })
  await row.getByRole('button', { name: 'Edit prod' }).click()
  await row.getByRole('textbox', { name: 'Database' }).fill('nowhere')
  await row.getByRole('button', { name: 'Connect', exact: true }).click()
  await expect(row.getByRole('textbox', { name: 'Database' })).toHaveAccessibleDescription(/nowhere/)
  await row.getByRole('textbox', { name: 'User' }).fill('other')
  await expect(row.getByText('does not go to this one')).toBeVisible()
  await row.getByRole('textbox', { name: 'User' }).fill('tester')
  await row.getByRole('textbox', { name: 'Database' }).fill('main')
  await row.getByRole('button', { name: 'Connect', exact: true }).click()
  await expect(row.getByRole('form')).toHaveCount(0)

  await row.getByRole('button', { name: 'Test prod' }).click()
  await expect(row.getByText('Connected', { exact: true })).toBeVisible()
  await row.getByRole('button', { name: 'Tables of prod' }).click()
  await row.getByRole('option', { name: 'orders' }).click()
  await expect(row.getByRole('grid', { name: 'Rows of orders' }).getByText('<b>')).toBeVisible()

  await row.getByRole('button', { name: 'Delete prod' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(row).toHaveCount(0)
})
