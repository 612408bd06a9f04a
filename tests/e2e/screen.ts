import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import type { Server } from '../../src/clickhouse/index.ts'
import { openHouse } from '../support/cli.ts'
import { serve, type Served } from '../support/served.ts'
import { expect, test as base, type Home } from './test.ts'

/** A server that the tests share: each uses files and tables of its own. */
export interface Site extends Pick<Served, 'url' | 'house' | 'headers' | 'letIn'> {
  /** The embedded server behind it. */
  server: Server
}

export const test = base.extend<{ home: Home }, { site: Site }>({
  site: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from the pattern
    async ({}, use) => {
      await using served = await serve()
      const { url, house, headers, letIn } = served
      await using open = await openHouse(house)
      await use({ url, house, headers, letIn, server: open.server })
    },
    { scope: 'worker' },
  ],
  home: ({ site }, use) => use(site),
})

export const sourceCard = (page: Page): Locator => page.getByRole('region', { name: 'Source', exact: true })
export const targetCard = (page: Page): Locator => page.getByRole('region', { name: 'Target', exact: true })
export const runBar = (page: Page): Locator => page.getByRole('region', { name: 'Run', exact: true })

/** Drops a file from the person's own machine on the source. */
export async function dropFile(page: Page, name: string, content: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([fileName, text]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([text], fileName, { type: 'text/csv' }))
      return transfer
    },
    [name, content] as const,
  )
  const area = sourceCard(page).getByText('Drop a CSV, TSV or other delimited file here')
  for (const type of ['dragenter', 'dragover', 'drop']) await area.dispatchEvent(type, { dataTransfer })
}

/** Takes a file of the workspace's first folder as the source. */
export async function pickFile(page: Page, name: string): Promise<void> {
  await sourceCard(page).getByRole('button', { name: 'Choose from workspace' }).click()
  const files = page.getByRole('dialog')
  // Of a long list only a part is on the page.
  await files.getByRole('combobox', { name: 'Files' }).fill(name)
  await files.getByRole('option', { name }).click()
}

/** Takes a table of the embedded database as the source. */
export async function pickTable(page: Page, table: string): Promise<void> {
  const source = sourceCard(page)
  await source.getByRole('radio', { name: 'ClickHouse' }).check()
  // As of files; an option goes on with the size of its table.
  await source.getByRole('combobox', { name: 'Table', exact: true }).fill(table)
  await source.getByRole('option', { name: new RegExp(`^${table}( |$)`) }).click()
}

/** Chooses in a field that opens a searchable list, by typing and Enter; what is not in the list is taken as it is. */
export async function choose(place: Page | Locator, label: string, text: string): Promise<void> {
  await place.getByRole('button', { name: `${label}: ` }).click()
  const list = place.getByRole('dialog', { name: label })
  const search = list.getByRole('combobox')
  await search.fill(text)
  // The list may still be on its way.
  await expect(list.getByRole('option').first()).toBeVisible()
  await search.press('Enter')
}

/** A run takes as long as the machine needs. */
export const ofRun = { timeout: 180_000 }

/** Starts, and waits for the number of records that the page reports of this run. */
export async function runToEnd(page: Page, button: string, records: string): Promise<void> {
  const bar = runBar(page)
  const before = runOf(page)
  await bar.getByRole('button', { name: button }).click()
  // Until the page follows the new run, it shows what the one before came to, which may be the same number.
  await expect.poll(() => runOf(page), { message: 'the run that the page follows' }).not.toBe(before)
  await expect(bar.locator(`a[href="/runs/${runOf(page)}"]`)).toBeVisible()
  await expect(bar.getByText(`${records} processed`)).toBeVisible(ofRun)
}

const runOf = (page: Page): string | null => new URL(page.url()).searchParams.get('run')

/** The bytes that the link of this name in the run bar gives. */
export async function download(page: Page, name: string): Promise<{ fileName: string; content: Buffer }> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    runBar(page).getByRole('link', { name, exact: true }).click(),
  ])
  return { fileName: file.suggestedFilename(), content: await readFile(await file.path()) }
}
