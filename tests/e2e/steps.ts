import { expect, type Locator, type Page } from '@playwright/test'
import type { TestServer } from '../support/clickhouse-server.ts'
import { password } from '../support/clickhouse-server.ts'
import type { Served } from '../support/served.ts'

/** The browser logs every answer that is an error, also one that the page asked for in order to know. */
export const refusals = [/^Failed to load resource: the server responded with a status of (?:4\d\d|502)/]

export const card = (page: Page, name: 'Source' | 'Target'): Locator =>
  page.getByRole('region', { name, exact: true })
export const runBar = (page: Page): Locator => page.getByRole('region', { name: 'Run', exact: true })
export const button = (within: Page | Locator, name: string | RegExp): Locator =>
  within.getByRole('button', { name, exact: true })
export const processed = (page: Page, rows: string): Locator =>
  runBar(page).getByText(`${rows} processed`, { exact: true })

/** Opens the transfer screen and reads a file of the workspace; the table takes its name. */
export async function chooseFile(page: Page, { url }: Served, path: string): Promise<void> {
  await page.goto(url)
  await button(page, 'Paste a path').click()
  await page.getByLabel('Path in the workspace').fill(path)
  await button(page, 'Use this path').click()
}

/** Opens the transfer screen and reads rows by a SELECT on a connection, into a file. */
export async function chooseQuery(
  page: Page,
  { url }: Served,
  { server = 'embedded database', sql, path }: { server?: string; sql: string; path: string },
): Promise<void> {
  await page.goto(url)
  const source = card(page, 'Source')
  await source.getByLabel('ClickHouse').check()
  await source.getByLabel('Connection').selectOption(server)
  await expect(source.getByText('Connected', { exact: true })).toBeVisible()
  await button(source, 'Write SQL instead').click()
  await source.getByLabel('SELECT', { exact: true }).fill(sql)
  await card(page, 'Target').getByLabel('File name').fill(path)
}

/** Sends the file to another ClickHouse in place of the embedded database. */
export async function chooseTarget(page: Page, server: string): Promise<void> {
  const target = card(page, 'Target')
  await target.getByLabel('Connection').selectOption(server)
  await expect(target.getByText('Connected', { exact: true })).toBeVisible()
}

export const start = (page: Page): Promise<void> => button(runBar(page), /^Start /).click()

/** Saves a connection as the page does. */
export async function saveConnection(
  { url }: Served,
  name: string,
  { connection }: Pick<TestServer, 'connection'>,
): Promise<void> {
  const answer = await fetch(new URL(`/api/v1/connections/${name}`, url), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ connection, secrets: { password } }),
  })
  if (!answer.ok) throw new Error(`${name} was not saved: ${await answer.text()}`)
}

/** Takes so many seconds. */
export const lasting = (seconds: number): string =>
  `SELECT number AS id, sleepEachRow(0.00001) AS z FROM numbers(${seconds * 100_000}) SETTINGS max_threads = 1`
