import type { Locator, Page } from '@playwright/test'
import type { Connection } from '../../src/shared/index.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { ofRun, runBar, sourceCard, targetCard, test as siteTest, type Site } from './screen.ts'
import { expect } from './test.ts'

/** The browser logs every answer that is an error, also where the page says it in words. */
export const refusals = [/^Failed to load resource: the server responded with a status of [45]\d\d /]

/** With another ClickHouse, which the site knows as the connection `theirs`. */
export const test = siteTest.extend<object, { theirs: TestServer }>({
  theirs: [
    async ({ site }, use) => {
      await using theirs = await startServer()
      await saveConnection(site, 'theirs', theirs.connection)
      await use(theirs)
    },
    { scope: 'worker', auto: true },
  ],
})

export async function saveConnection(
  { url, headers }: Pick<Site, 'url' | 'headers'>,
  name: string,
  connection: Connection,
): Promise<void> {
  const answer = await fetch(new URL(`/api/v1/connections/${name}`, url), {
    method: 'PUT',
    headers: { ...(await headers()), 'content-type': 'application/json' },
    body: JSON.stringify({ connection, secrets: { password } }),
  })
  if (!answer.ok) throw new Error(`${name} was not saved: ${await answer.text()}`)
}

export const button = (within: Page | Locator, name: string | RegExp): Locator =>
  within.getByRole('button', { name, exact: true })

/** Opens the screen and reads a file of the workspace; a new table takes its name. */
export async function chooseFile(page: Page, { url }: Pick<Site, 'url'>, path: string): Promise<void> {
  await page.goto(url)
  await button(page, 'Paste a path').click()
  await page.getByLabel('Path in the workspace').fill(path)
  await button(page, 'Use this path').click()
}

interface QueryToFile {
  server?: string
  sql: string
  path: string
}

/** Opens the screen and reads what a SELECT gives, into a file. */
export async function chooseQuery(
  page: Page,
  { url }: Pick<Site, 'url'>,
  { server = 'theirs', sql, path }: QueryToFile,
): Promise<void> {
  await page.goto(url)
  const source = sourceCard(page)
  await source.getByRole('radio', { name: 'ClickHouse' }).check()
  await source.getByLabel('Connection').selectOption(server)
  await button(source, 'Write SQL instead').click()
  await source.getByLabel('SELECT', { exact: true }).fill(sql)
  await targetCard(page).getByLabel('File name').fill(path)
}

/** A SELECT that is cancelled: it takes longer than any machine needs to see it go on. */
export const endless =
  'SELECT number AS id, sleepEachRow(0.00001) AS z FROM numbers(60000000) SETTINGS max_threads = 1'

/** A SELECT of 60,000 records: one comes each millisecond until it is let go, and all the others at once then. */
export async function held(
  { server }: TestServer,
  name: string,
): Promise<{ sql: string; letGo: () => Promise<void> }> {
  await server.command(`CREATE TABLE main.${name} (id UInt8, go UInt8) ENGINE = Join(ANY, LEFT, id)`)
  // Of a table that is joined a running query sees what comes into it.
  const go = `joinGet('main.${name}', 'go', materialize(toUInt8(1)))`
  return {
    // Long ones, so that they do not wait for each other on their way.
    sql: `SELECT randomPrintableASCII(1000) AS text, if(${go} = 1, 0, sleepEachRow(0.001)) AS z
      FROM numbers(60000) SETTINGS max_threads = 1, max_block_size = 200`,
    letGo: () => server.command(`INSERT INTO main.${name} VALUES (1, 1)`),
  }
}

export const start = (page: Page): Promise<void> => button(runBar(page), /^Start /).click()

/** The run that is on screen ended well, with so many records. */
export const expectProcessed = (page: Page, records: string): Promise<void> =>
  expect(runBar(page).getByText(`${records} processed`)).toBeVisible(ofRun)

export const columns = (page: Page): Locator => page.getByRole('grid', { name: 'Columns' })

/** Opens how a column is read. */
export async function openReading(page: Page, column: string): Promise<Locator> {
  await columns(page)
    .getByRole('button', { name: new RegExp(`^Reading of ${column}: `) })
    .click()
  return page.getByRole('dialog', { name: `Reading of ${column}` })
}

/** Files are read as a whole only when the test says so. */
export const neverByItself = (page: Page): Promise<unknown> =>
  page.addInitScript(() => localStorage.setItem('flathouse-read-whole', '0'))
