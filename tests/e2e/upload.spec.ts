import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { ofRun, runBar, sourceCard } from './screen.ts'
import { button, expectProcessed, start, test } from './steps.ts'
import { expect } from './test.ts'
import { removeFolder } from '../support/folder.ts'

const dir = mkdtempSync(join(tmpdir(), 'flathouse-uploads-'))
test.afterAll(() => removeFolder(dir))

/** A file on the person's own machine. */
function local(name: string, records: number): { path: string; content: Buffer } {
  const lines = Array.from({ length: records }, (_, index) => `${index},${randomBytes(40).toString('hex')}\n`)
  const content = Buffer.from(`id,text\n${lines.join('')}`)
  const folder = mkdtempSync(join(dir, 'of-'))
  const path = join(folder, name)
  writeFileSync(path, content)
  return { path, content }
}

const sum = (content: Buffer) => createHash('sha256').update(content).digest('hex')

async function pick(page: Page, path: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await button(sourceCard(page), 'Choose a file').click()
  await (await chooser).setFiles(path)
}

/** As on a slow line, so that both are on their way. */
async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 4_000_000 }
  await session.send('Network.emulateNetworkConditions', slow)
}

/** Where each piece of an upload began. */
function offsets(page: Page): number[] {
  const seen: number[] = []
  page.on('request', (request) => {
    if (request.method() === 'PATCH') seen.push(Number(request.headers()['upload-offset']))
  })
  return seen
}

/** The line breaks after the first piece, again and again. */
const cut = (page: Page): Promise<unknown> =>
  page.route(/uploads/, (route) => {
    const offset = route.request().headers()['upload-offset'] ?? '0'
    return offset === '0' ? route.continue() : route.abort()
  })

const piece = 64 * 1024 * 1024
const records = 800_000

test.describe('a connection that is lost for a while', () => {
  test.use({ expectedErrors: [/ERR_FAILED/] })

  test('is waited for, and the upload goes on where it was', async ({ page, site }) => {
    const { path, content } = local('cut.csv', records)
    await page.goto(site.url)
    await cut(page)
    await pick(page, path)
    const waiting = /^Waiting for the connection; it goes on at 67\.1 MB of /
    await expect(sourceCard(page).getByText(waiting)).toBeVisible()
    const begun = offsets(page)
    await page.unrouteAll()
    await expect(button(runBar(page), 'Start ingestion')).toBeEnabled(ofRun)
    expect(begun.at(-1)).toBe(piece)
    expect(sum(readFileSync(site.house.path('cut.csv')))).toBe(sum(content))
  })
})

test('a file that is picked again after the tab was closed goes on where it was', async ({
  page,
  site,
  context,
}) => {
  const { path, content } = local('closed.csv', records)
  const first = await context.newPage()
  await first.goto(site.url)
  await cut(first)
  // A look at the file that is given up for a later one fails, too.
  const isCut = first.waitForEvent('requestfailed', (request) => request.url().includes('uploads'))
  await pick(first, path)
  await isCut
  await first.close()
  await page.goto(site.url)
  const begun = offsets(page)
  await pick(page, path)
  await expect(button(runBar(page), 'Start ingestion')).toBeEnabled(ofRun)
  expect(begun).toEqual([piece])
  expect(sum(readFileSync(site.house.path('closed.csv')))).toBe(sum(content))
})

test('a file is looked at while it is still on its way', async ({ page, site }) => {
  const { path, content } = local('looked.csv', 120_000)
  const letGo = Promise.withResolvers<undefined>()
  await page.route(/uploads/, async (route) => {
    await letGo.promise
    await route.continue()
  })
  await page.goto(site.url)
  await pick(page, path)
  await page.getByRole('tab', { name: 'Preview' }).click()
  const [, text = ''] = /^0,(.+)$/m.exec(content.subarray(0, 200).toString()) ?? []
  await expect(page.getByRole('grid', { name: 'First records' }).getByText(text)).toBeVisible()
  await expect(button(sourceCard(page), 'Cancel the upload')).toBeVisible()
  await expect(runBar(page).getByText('The file is still on its way.')).toBeVisible()
  await expect(button(runBar(page), 'Start ingestion')).toBeDisabled()
  await page.getByRole('tab', { name: /^Columns/ }).click()
  await page.getByRole('textbox', { name: 'Target column of text' }).fill('words')
  letGo.resolve(undefined)
  await expect(button(runBar(page), 'Start ingestion')).toBeEnabled(ofRun)
  await start(page)
  await expectProcessed(page, '120,000 records')
  expect(await site.server.rows('SELECT id, words FROM looked ORDER BY id LIMIT 1')).toEqual([
    { id: 0, words: text },
  ])
})

test('two files of one name are both kept', async ({ page, site, context }) => {
  const other = await context.newPage()
  const files = [local('same.csv', 30_000), local('same.csv', 31_000)]
  for (const [index, one] of [page, other].entries()) {
    await one.goto(site.url)
    await slowDown(one)
    await pick(one, files[index]?.path ?? '')
  }
  for (const one of [page, other]) await expect(button(runBar(one), 'Start ingestion')).toBeEnabled(ofRun)
  const kept = ['same.csv', 'same (2).csv'].map((name) => sum(readFileSync(site.house.path(name))))
  expect(kept.toSorted()).toEqual(files.map(({ content }) => sum(content)).toSorted())
})
