/** `npm run bench:page -- [--rows N]`; README.md says what it measures. */
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { chromium, type Browser, type Page } from '@playwright/test'
import { findChromium } from '../tests/support/chromium.ts'
import { openHouse } from '../tests/support/cli.ts'
import { serve } from '../tests/support/served.ts'
import { generate, tableDefinition } from './dataset.ts'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '8000000' } } })
const rounds = 5

await using served = await serve()
await using house = await openHouse(served.house)
const run = (sql: string) => house.server.command(sql)
mkdirSync(served.house.path('in'))
const path = served.house.path('in/big.csv')
const bytes = await generate({ run }, path, Number(values.rows))
await run(`CREATE TABLE target ${tableDefinition}`)

const browser = await chromium.launch({
  executablePath: findChromium() ?? 'chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  say(`A file of ${(bytes / 1e6).toFixed(0)} MB; medians of ${rounds}.`)
  await firstScreen(browser)
  await pickedFile(browser)
  await upload(browser, path)
  // Last of all that is timed, because the server goes on merging what it has taken in.
  await listings()
  await longRun(browser)
} finally {
  await browser.close()
}

async function openPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage()
  await served.letIn(page.context())
  return page
}

async function firstScreen(browser: Browser): Promise<void> {
  const times: number[] = []
  let scripts = 0
  for (let round = 0; round < rounds; round++) {
    const page = await openPage(browser)
    const sizes: Promise<number>[] = []
    page.on('requestfinished', (request) => {
      if (request.resourceType() === 'script') {
        sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
      }
    })
    const begin = performance.now()
    await page.goto(served.url)
    await page.getByRole('button', { name: 'Choose from workspace' }).click({ trial: true })
    times.push(performance.now() - begin)
    scripts = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    await page.close()
  }
  say(`first screen: ${Math.round(median(times))} ms until it can be used, ${kB(scripts)} of JavaScript`)
}

async function pickedFile(browser: Browser): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const page = await openPage(browser)
    await page.goto(served.url)
    await page.getByRole('button', { name: 'Paste a path' }).click()
    await page.getByLabel('Path in the workspace').fill('in/big.csv')
    const begin = performance.now()
    await page.getByRole('button', { name: 'Use this path' }).click()
    times.push(await previewAfter(page, begin))
    await page.close()
  }
  say(`file picked from the workspace: preview after ${Math.round(median(times))} ms`)
}

/** Milliseconds until the records are on screen. */
async function previewAfter(page: Page, begin: number): Promise<number> {
  await page.getByRole('tab', { name: 'Preview' }).click()
  await page.getByRole('gridcell').nth(12).waitFor()
  return performance.now() - begin
}

/** What the page lists, asked for 25 times a second while an import runs. */
async function listings(): Promise<void> {
  const transfer = {
    direction: 'import',
    source: { kind: 'file', path: 'in/big.csv' },
    target: { kind: 'table', server: 'embedded', table: 'target' },
  }
  const { id } = (await json('/api/v1/runs', { transfer })) as { id: string }
  const paths = [
    '/api/v1/files',
    '/api/v1/runs',
    '/api/v1/connections',
    '/api/v1/connections/embedded/tables',
  ]
  const times = new Map<string, number[]>(paths.map((path) => [path, []]))
  for (let n = 0; await isLive(id); n++) {
    const path = paths[n % paths.length] ?? ''
    const begin = performance.now()
    await json(path)
    times.get(path)?.push(performance.now() - begin)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
  const all = [...times.values()].flat()
  say(`${all.length} listings while an import ran: ${percentiles(all)}`)
  for (const [path, own] of times) say(`  ${path}: ${percentiles(own)}`)
}

function percentiles(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(0)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}

async function isLive(id: string): Promise<boolean> {
  const { endedAt } = (await json(`/api/v1/runs/${id}`)) as { endedAt: string | null }
  return endedAt === null
}

async function upload(browser: Browser, path: string): Promise<void> {
  const page = await openPage(browser)
  await page.goto(served.url)
  const before = peakMB(served.pid)
  const begin = performance.now()
  await page.locator('input[type=file]').first().setInputFiles(path)
  const shown = await previewAfter(page, begin)
  await page.getByText('on its way').waitFor({ state: 'detached', timeout: 300_000 })
  const seconds = (performance.now() - begin) / 1000
  const rate = Math.round(statSync(path).size / 1e6 / seconds)
  say(`file given to the browser: preview after ${Math.round(shown)} ms, uploaded at ${rate} MB/s`)
  say(`  peak memory of the server's process: ${before} MB before, ${peakMB(served.pid)} MB after`)
  await page.close()
}

/** The page's own memory while it shows a run of 100 million rows. */
async function longRun(browser: Browser): Promise<void> {
  await run(
    'CREATE TABLE long ENGINE = MergeTree ORDER BY tuple() AS SELECT toUInt8(number) AS n FROM numbers(1e8)',
  )
  const transfer = {
    direction: 'export',
    source: { kind: 'table', server: 'embedded', table: 'long' },
    target: { kind: 'file', path: 'long.csv' },
  }
  const page = await openPage(browser)
  await page.goto(served.url)
  const before = await heapMB(page)
  const { id } = (await json('/api/v1/runs', { transfer })) as { id: string }
  await page.goto(`${served.url}/?run=${id}`)
  await page.getByText('100,000,000 records processed', { exact: true }).waitFor({ timeout: 300_000 })
  say(`memory of the page: ${before} MB, after a run of 100 million rows ${await heapMB(page)} MB`)
  await page.close()
}

async function heapMB(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return (usedSize / 1e6).toFixed(1)
}

async function json(path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(served.url + path, {
    headers: { ...(await served.headers()), 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  return answer.json()
}

/** The kernel's mark (Linux). */
function peakMB(pid: number): number {
  const [, kibibytes = '0'] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round((Number(kibibytes) * 1024) / 1e6)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function kB(size: number): string {
  return `${Math.round(size / 1000)} kB`
}

function say(line: string): void {
  console.log(line)
}
