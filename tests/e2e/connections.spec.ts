import type { Locator, Page } from '@playwright/test'
import type { Connection, SavedConnection, Secrets } from '../../src/shared/index.ts'
import { password, startServer } from '../support/clickhouse-server.ts'
import { audience, startAuthority, startGateway } from '../support/gateway.ts'
import { programClient, startIdentityProvider } from '../support/identity-provider.ts'
import type { Served } from '../support/served.ts'
import { runBar, sourceCard } from './screen.ts'
import { button, chooseQuery, expectProcessed, refusals, start } from './steps.ts'
import { expect, test } from './test.ts'

test.use({ expectedErrors: refusals })

async function save(served: Served, name: string, connection: Connection, secrets: Secrets): Promise<void> {
  const answer = await fetch(new URL(`/api/v1/connections/${name}`, served.url), {
    method: 'PUT',
    headers: { ...(await served.headers()), 'content-type': 'application/json' },
    body: JSON.stringify({ connection, secrets }),
  })
  expect(answer.status).toBe(200)
}

const rowOf = (page: Page, name: string): Locator =>
  page.getByRole('list', { name: 'Connections' }).locator('> li').filter({ hasText: name })

const stepOf = (place: Locator, name: string): Locator =>
  place.getByRole('list', { name: 'Steps of the connection' }).getByRole('listitem').filter({ hasText: name })

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
  await expect(source.getByRole('option', { name: 'orders' })).toBeVisible()
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
  await save(served, 'prod', clickhouse.connection, { password })
  await page.goto(`${served.url}/connections`)
  const row = rowOf(page, 'prod')
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
  await expect(stepOf(row, 'Database').getByLabel('passed')).toBeVisible()
  await expect(stepOf(row, 'Rights')).toContainText('reads, inserts, creates tables')
  await row.getByRole('button', { name: 'Tables of prod' }).click()
  await row.getByRole('option', { name: 'orders' }).click()
  await expect(row.getByRole('grid', { name: 'Rows of orders' }).getByText('<b>')).toBeVisible()

  await row.getByRole('button', { name: 'Delete prod' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(row).toHaveCount(0)
})

test('the test of a connection ends at the step that fails, with its remedy', async ({ served, page }) => {
  await save(served, 'nobody', { ...place, host: 'nowhere.invalid', port: 8123 }, { password })
  await page.goto(`${served.url}/connections`)
  const row = rowOf(page, 'nobody')
  await button(row, 'Test nobody').click()
  await expect(stepOf(row, 'Name').getByLabel('failed')).toBeVisible()
  await expect(stepOf(row, 'Name').getByRole('alert')).toContainText('nowhere.invalid')
  await expect(stepOf(row, 'Name')).toContainText('Check the host name.')
  await expect(stepOf(row, 'Login').getByLabel('not reached')).toBeVisible()
})

/** Away from the page, which would say that nobody answers. */
async function restart(served: Served, page: Page): Promise<void> {
  await page.goto('about:blank')
  await served.stop('SIGTERM')
  await served.start()
}

const place = { protocol: 'http', database: 'main', user: 'tester' } as const

test('a pasted token is not stored unless asked, and a new one is given where the old one failed', async ({
  served,
  page,
}) => {
  await using clickhouse = await startServer()
  await using authority = await startAuthority()
  await using gateway = await startGateway(clickhouse, { authority })
  await page.goto(`${served.url}/connections?show=new`)
  const form = page.getByRole('form', { name: 'New connection' })
  await form.getByLabel('Host').fill(`http://tester@127.0.0.1:${gateway.connection.port}/main`)
  await form.getByRole('radio', { name: 'JWT token' }).check()
  await form.getByRole('textbox', { name: 'JWT token' }).fill(await authority.sign())
  await expect(form.getByLabel('Store the token')).not.toBeChecked()
  await expect(form.getByText('kept in memory until Flathouse stops')).toBeVisible()
  await form.getByLabel('Save as').fill('gate')
  await button(form, 'Connect').click()
  const row = rowOf(page, 'gate')
  await expect(row.getByText('in memory only')).toBeVisible()
  await expect(row.getByText(/^token [45] min left$/)).toBeVisible()

  await restart(served, page)
  await page.goto(`${served.url}/connections`)
  await expect(row).toContainText('no password or token kept')
  await button(row, 'Test gate').click()
  await expect(stepOf(row, 'Login').getByLabel('failed')).toBeVisible()
  await button(row, 'Give a new token').click()
  const given = row.getByRole('form', { name: 'New token for gate' })
  const field = given.getByRole('textbox', { name: 'New JWT token' })
  await field.fill(await authority.sign({ exp: 1 }))
  await button(given, 'Save token').click()
  await expect(field).toHaveAccessibleDescription('This token has ended already; get a new one.')
  await field.fill(await authority.sign())
  await given.getByLabel('Store the token').check()
  await button(given, 'Save token').click()
  await expect(row.getByText('Connected', { exact: true })).toBeVisible()

  await restart(served, page)
  await page.goto(`${served.url}/connections`)
  await expect(row).toContainText('by JWT token')
  await expect(row.getByText('in memory only')).toHaveCount(0)
})

test('tokens come from a token service, with timeouts and settings', async ({ served, page }) => {
  await using clickhouse = await startServer()
  await using provider = await startIdentityProvider()
  const authority = { issuer: provider.issuer, jwks: new URL('/jwks', provider.issuer) }
  const users = { [programClient.clientId]: `tester:${password}` }
  await using gateway = await startGateway(clickhouse, { authority, users })
  await page.goto(`${served.url}/connections?show=new`)
  const form = page.getByRole('form')
  await form.getByLabel('Host').fill(`http://tester@127.0.0.1:${gateway.connection.port}/main`)
  await form.getByLabel('Save as').fill('service')
  await form.getByRole('radio', { name: 'Token service' }).check()
  await button(form, 'Connect').click()
  await expect(form.getByLabel('Issuer')).toBeFocused()
  await form.getByLabel('Issuer').fill(provider.issuer)
  await form.getByLabel('Client id').fill(programClient.clientId)
  const secret = form.getByRole('textbox', { name: 'Client secret' })
  await secret.fill('wrong')
  await form.getByLabel('Audience').fill(audience)
  await form.getByText('More: timeouts').click()
  await form.getByLabel('Request timeout').fill('60')
  await button(form, 'Add a setting').click()
  await page.keyboard.type('max-threads')
  await form.getByLabel('Value of setting 1').fill('3')
  await button(form, 'Connect').click()
  await expect(form.getByLabel('Name of setting 1')).toBeFocused()
  await form.getByLabel('Name of setting 1').fill('max_threads')
  await button(form, 'Connect').click()
  await expect(form.getByLabel('Issuer')).toHaveAccessibleDescription(/127\.0\.0\.1/)
  await secret.fill(programClient.clientSecret)
  await button(form, 'Connect').click()
  const row = rowOf(page, 'service')
  await expect(row).toContainText('by tokens of 127.0.0.1')
  const { connections } = (await (
    await fetch(new URL('/api/v1/connections', served.url), { headers: await served.headers() })
  ).json()) as { connections: SavedConnection[] }
  expect(connections.find(({ name }) => name === 'service')).toMatchObject({
    connection: { requestTimeout: 60, settings: { max_threads: '3' } },
    secrets: ['clientSecret'],
  })
  await button(row, 'Edit service').click()
  await form.getByLabel('Request timeout').fill('')
  await expect(secret).toHaveCount(0)
  await button(form, 'Connect').click()
  await expect(form).toHaveCount(0)
})

test('a new token leaves the certificates that are kept where they are', async ({ served, page }) => {
  const way = { ...place, protocol: 'https', host: 'nowhere.invalid', port: 8443 } as const
  await save(served, 'own', way, { token: 'a.b.c', ca: 'of our own' })
  await page.goto(`${served.url}/connections`)
  const row = rowOf(page, 'own')
  await button(row, 'Give a new token for own').click()
  const exp = Math.floor(Date.now() / 1000) + 3600
  const [header, payload] = [{ alg: 'none' }, { exp }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  await row.getByLabel('New JWT token').fill(`${header}.${payload}.x`)
  await button(row, 'Save token').click()
  await expect(row.getByText(/^token (?:59 min|1 h)/)).toBeVisible()
  await expect(row).toContainText('by JWT token, CA certificate')
})

test('an expired token is replaced where a transfer is put together', async ({ served, page }) => {
  await using clickhouse = await startServer()
  await using authority = await startAuthority()
  await using gateway = await startGateway(clickhouse, { authority })
  await save(served, 'gate', gateway.connection, { token: await authority.sign({ exp: 1_700_000_000 }) })
  await page.goto(served.url)
  const source = sourceCard(page)
  await source.getByRole('radio', { name: 'ClickHouse' }).check()
  await source.getByLabel('Connection').selectOption('gate')
  await expect(source.getByRole('alert')).toContainText('expired')
  await button(source, 'Give a new token').click()
  await source.getByLabel('New JWT token').fill(await authority.sign())
  await button(source, 'Save token').click()
  await expect(source.getByText('Connected', { exact: true })).toBeVisible()
  await expect(source.getByRole('alert')).toHaveCount(0)
})

test('an expired token is replaced beside the SELECT that needs it', async ({ served, page }) => {
  await using clickhouse = await startServer()
  await using authority = await startAuthority()
  await using gateway = await startGateway(clickhouse, { authority })
  await save(served, 'gate', gateway.connection, { token: await authority.sign({ exp: 1_700_000_000 }) })
  await chooseQuery(page, served, { server: 'gate', sql: 'SELECT 1 AS id', path: 'one.csv' })
  const source = sourceCard(page)
  await expect(source.getByRole('alert')).toContainText('expired')
  await button(source, 'Give a new token').click()
  await source.getByLabel('New JWT token').fill(await authority.sign())
  await button(source, 'Save token').click()
  await expect(source.getByRole('alert')).toHaveCount(0)
  await expect(runBar(page).getByText('into one.csv, as a complete file or none.')).toBeVisible()
})

test('a run whose token ends waits for a new one, and goes on', async ({ served, page }) => {
  await using clickhouse = await startServer()
  await using authority = await startAuthority()
  await using gateway = await startGateway(clickhouse, { authority })
  await save(served, 'gate', gateway.connection, { token: await authority.sign() })
  await chooseQuery(page, served, { server: 'gate', sql: 'SELECT 1 AS id', path: 'waited.csv' })
  await expect(runBar(page).getByText('into waited.csv, as a complete file or none.')).toBeVisible()
  await save(served, 'gate', gateway.connection, { token: await authority.sign({ exp: 1_700_000_000 }) })
  await start(page)
  await expect(runBar(page).getByText('The token of gate has ended.')).toBeVisible()
  await expect(runBar(page).getByText('Waits for a token')).toBeVisible()
  const given = runBar(page).getByRole('form', { name: 'New token for gate' })
  await given.getByLabel('New JWT token').fill(await authority.sign())
  await button(given, 'Save token').click()
  await expectProcessed(page, '1 record')
  expect(served.house.read('waited.csv')).toBe('"id"\n1\n')
  await runBar(page).getByRole('link', { name: 'Details' }).click()
  await expect(page.getByText('Started by')).toBeVisible()
})

test('an operator uses connections and does not change them', async ({ served, page, browser }) => {
  const who = { user: 'olga', password: 'correct horse battery' }
  const put = await fetch(new URL('/api/v1/users/olga', served.url), {
    method: 'PUT',
    headers: { ...(await served.headers()), 'content-type': 'application/json' },
    body: JSON.stringify({ role: 'operator', password: who.password }),
  })
  expect(put.ok).toBe(true)
  await save(served, 'prod', { ...place, host: 'nowhere.invalid', port: 8123 }, { token: 'a.b.c' })
  await page.goto(`${served.url}/connections`)
  await expect(button(page, 'Edit prod')).toBeVisible()
  await using context = await browser.newContext()
  const login = await context.request.post(new URL('/api/v1/session', served.url).href, {
    data: who,
    headers: { origin: new URL(served.url).origin },
  })
  expect(login.ok()).toBe(true)
  const theirs = await context.newPage()
  await theirs.goto(`${served.url}/connections?connection=prod&show=edit`)
  await expect(button(theirs, 'Test prod')).toBeVisible()
  await expect(theirs.getByText('Administrators add and change connections.')).toBeVisible()
  for (const name of ['New connection', 'Edit prod', 'Delete prod', 'Give a new token for prod'])
    await expect(button(theirs, name)).toHaveCount(0)
  await expect(theirs.getByRole('form')).toHaveCount(0)
})
