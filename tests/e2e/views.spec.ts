import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { looksWell } from './looks.ts'
import { pickFile, pickTable, runBar, runToEnd, sourceCard, targetCard, test, type Site } from './screen.ts'
import { endless } from './steps.ts'
import { expect } from './test.ts'

const built = fileURLToPath(new URL('../../dist/web', import.meta.url))

/** Each way to a view that a person can have before them. */
const views: Record<string, (page: Page, site: Site) => Promise<void>> = {
  'the first visit': async (page) => {
    await expect(page.getByText('Drop a CSV, TSV or other delimited file here')).toBeVisible()
  },
  'a file’s columns, preview and plan': async (page) => {
    await pickFile(page, 'looked-at.csv')
    await expect(page.getByRole('grid', { name: 'Columns' })).toBeVisible()
    await sourceCard(page).getByRole('button', { name: 'Change', exact: true }).click()
    await sourceCard(page).getByTitle('Why it is read like this').click()
    await looksWell(page)
    await page.getByRole('tab', { name: 'Preview' }).click()
    await expect(page.getByRole('grid', { name: 'First records' })).toBeVisible()
    await looksWell(page)
    await page.getByRole('tab', { name: 'Plan & SQL' }).click()
    await expect(page.getByText('The same on the command line')).toBeVisible()
  },
  'a new connection': async (page) => {
    await targetCard(page).getByRole('button', { name: 'New connection' }).click()
    await expect(page.getByRole('form', { name: 'New connection' })).toBeVisible()
  },
  'the join editor with filter, order and limit': async (page) => {
    await pickTable(page, 'viewed')
    const source = sourceCard(page)
    for (const part of ['Filter', 'Sort', 'Limit'])
      await source.getByRole('button', { name: part, exact: true }).click()
    await source.getByRole('button', { name: 'Add join' }).click()
    await source.getByRole('group', { name: 'Join' }).getByRole('button', { name: 'Table: ' }).click()
    const tables = page.getByRole('dialog', { name: 'Table' })
    await tables.getByRole('combobox', { name: 'Table' }).fill('viewed')
    await tables.getByRole('option', { name: 'viewed' }).click()
    await expect(source.getByText('Rows go together where')).toBeVisible()
  },
  'a run that goes on': async (page) => {
    await pickTable(page, 'slow')
    await targetCard(page).getByRole('textbox', { name: 'File name' }).fill('slow.csv')
    await runBar(page).getByRole('button', { name: 'Start export' }).click()
    await expect(runBar(page).getByRole('progressbar')).toBeVisible()
    await looksWell(page)
    await runBar(page).getByRole('button', { name: 'Cancel' }).click()
    await expect(runBar(page).getByText('Cancelled', { exact: true })).toBeVisible()
  },
  'a run that completed': async (page, { server }) => {
    await server.command('DROP TABLE IF EXISTS completed')
    await pickFile(page, 'completed.csv')
    await runToEnd(page, 'Start ingestion', '2 records')
  },
  'a run that failed': async (page) => {
    await pickFile(page, 'broken.csv')
    await expect(page.getByRole('button', { name: '1 does not fit in a: show' })).toBeVisible()
    await runBar(page).getByRole('button', { name: 'Start ingestion' }).click()
    await expect(runBar(page).getByText('Nothing was changed')).toBeVisible()
  },
  'the runs, and one of them': async (page) => {
    await pickTable(page, 'viewed')
    await runToEnd(page, 'Start export', '2 records')
    await page.getByRole('link', { name: 'Runs' }).click()
    await expect(page.getByRole('region', { name: 'Runs' })).toBeVisible()
    await looksWell(page)
    await page.getByRole('link', { name: 'viewed → viewed.csv' }).first().click()
    await expect(page.getByRole('heading', { name: 'Log' })).toBeVisible()
  },
  'the connections': async (page) => {
    await page.getByRole('link', { name: 'Connections' }).click()
    await expect(page.getByRole('list', { name: 'Connections' }).getByRole('listitem').first()).toBeVisible()
  },
  'the files': async (page) => {
    await page.getByRole('link', { name: 'Files' }).click()
    await page.getByRole('button', { name: 'file looked-at.csv' }).click()
    await expect(page.getByRole('grid')).toBeVisible()
  },
  'who has access': async (page) => {
    await page.getByRole('link', { name: 'Access' }).click()
    await page.getByRole('button', { name: 'New user' }).click()
    await looksWell(page)
    await page.getByRole('tab', { name: 'API tokens' }).click()
    await page.getByRole('button', { name: 'New token' }).click()
    await looksWell(page)
    await page.getByRole('tab', { name: 'Audit log' }).click()
    await expect(page.getByRole('region', { name: 'Audit log' })).toBeVisible()
  },
}

test.use({ contextOptions: { reducedMotion: 'reduce' } })

test.beforeAll(async ({ site: { house, server } }) => {
  house.write('looked-at.csv', 'id,name,since\n1,Ada,2024-01-01\n2,,2024-02-29\n')
  house.write('completed.csv', 'a,b\n1,2\n3,4\n')
  house.write('broken.csv', 'a,b\n1,2\nx,4\n')
  await server.command('CREATE TABLE viewed (id UInt64, name Nullable(String)) ORDER BY id')
  await server.command("INSERT INTO viewed VALUES (1, 'Ada'), (2, NULL)")
  await server.command('CREATE TABLE broken (a UInt8, b UInt8) ORDER BY a')
  await server.command(`CREATE VIEW slow AS ${endless}`)
})

for (const [name, open] of Object.entries(views)) {
  test(`${name}: accessible, within the screen, and nobody else is asked`, async ({ page, site }) => {
    const hosts = new Set<string>()
    page.on('request', (request) => hosts.add(new URL(request.url()).host))
    await page.goto(site.url)
    await open(page, site)
    await looksWell(page)
    expect([...hosts]).toEqual([new URL(site.url).host])
  })
}

test('the first screen’s scripts are at most 450 KB as they are sent', () => {
  const html = readFileSync(join(built, 'index.html'), 'utf8')
  const scripts = [...html.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map(([, path]) =>
    join(built, path ?? ''),
  )
  expect(scripts.length).toBeGreaterThan(1)
  const sizes = scripts.map(
    (path) => statSync(`${path}.gz`, { throwIfNoEntry: false })?.size ?? statSync(path).size,
  )
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(450_000)
})
