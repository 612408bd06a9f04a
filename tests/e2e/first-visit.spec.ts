import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { House } from '../support/cli.ts'
import { ofRun, runBar, runToEnd, sourceCard, targetCard } from './screen.ts'
import { expect, test as base } from './test.ts'

/** The link that is printed logs in. */
const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from the pattern
  home: ({}, use) => use({ letIn: () => Promise.resolve() }),
})

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What `npm start` runs once all is installed and built, on a free port. */
async function startFresh(): Promise<{ url: string; house: House } & AsyncDisposable> {
  const house = new House()
  const child = spawn(join(root, 'node_modules/.bin/node'), ['src/main/start.ts'], {
    cwd: root,
    env: {
      ...process.env,
      FLATHOUSE_DATA: house.data,
      FLATHOUSE_WORKSPACE: house.files,
      FLATHOUSE_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const dispose = async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await house[Symbol.asyncDispose]()
  }
  for await (const line of createInterface(child.stdout))
    if (line.startsWith('http')) return { url: line, house, [Symbol.asyncDispose]: dispose }
  await dispose()
  throw new Error('npm start ended without an address')
}

/** The header, and of the records what does not depend on their order. */
async function fingerprint(path: string): Promise<{ header: string; records: number; sums: number[] }> {
  let header: string | undefined
  let records = 0
  const sums = [0, 0]
  for await (const line of createInterface(createReadStream(path))) {
    header ??= line
    if (header === line) continue
    // The sample's times are whole seconds, and so is the type that they were given.
    const record = line.replace('.000000"', '"')
    records += 1
    sums[0] = ((sums[0] ?? 0) + crc32(record)) % 2 ** 40
    sums[1] = ((sums[1] ?? 0) + crc32(record, 1)) % 2 ** 40
  }
  return { header: header ?? '', records, sums }
}

test('one button moves the sample in, swap and start bring it back as it was', async ({ page }) => {
  test.slow()
  await using fresh = await startFresh()
  await page.goto(fresh.url)
  await expect(page.getByText('Move 3 million real flights into the embedded database')).toBeVisible()
  await page.getByRole('button', { name: 'Try it' }).click()
  await expect(runBar(page).getByText('3,000,000 records processed')).toBeVisible(ofRun)
  await expect(runBar(page).getByText('counts equal on both ends: 3,000,000')).toBeVisible()

  await runBar(page).getByRole('button', { name: 'Swap' }).click()
  await expect(sourceCard(page).getByText('main.first_transfer')).toBeVisible()
  const name = targetCard(page).getByRole('textbox', { name: 'File name' })
  await expect(name).toHaveValue('samples/first_transfer.csv')
  await name.fill('back.csv')
  await runToEnd(page, 'Start export', '3,000,000 records')
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    runBar(page).getByRole('link', { name: 'Download', exact: true }).click(),
  ])
  expect(file.suggestedFilename()).toBe('back.csv')
  const sample = await fingerprint(fresh.house.path('samples/flights.csv'))
  expect(sample.records).toBe(3_000_000)
  expect(await fingerprint(await file.path())).toEqual(sample)
  // Before its server is gone, which the page would complain of.
  await page.close()
})
