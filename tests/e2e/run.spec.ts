import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { contents } from '../support/cli.ts'
import { password } from '../support/clickhouse-server.ts'
import { reportSchema } from '../../src/shared/index.ts'
import { ofRun, runBar, runToEnd, sourceCard, targetCard } from './screen.ts'
import { button, chooseFile, chooseQuery, expectProcessed, held, refusals, start, test } from './steps.ts'
import { expect } from './test.ts'

test.use({ expectedErrors: refusals })

const isRunning = (page: Page) =>
  expect(
    runBar(page)
      .getByText(/^[1-9][\d,]* rows|[\d,]+ of [\d,]+ rows/)
      .first(),
  ).toBeVisible()
const progress = (page: Page) => runBar(page).getByRole('progressbar')

/** What the run bar shows at each of its changes, from now on. */
async function watch(page: Page): Promise<() => Promise<{ percents: number[]; rows: number[] }>> {
  await page.evaluate(() => {
    const seen = { percents: [] as number[], rows: [] as number[] }
    Object.assign(globalThis, { seen })
    const look = () => {
      const bar = document.querySelector('[aria-label=Run]')
      const percent = bar?.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')
      if (percent != null) seen.percents.push(Number(percent))
      const [, rows] = /([\d,]+)(?: of [\d,]+)? rows/.exec(bar?.textContent ?? '') ?? []
      if (percent != null && rows !== undefined) seen.rows.push(Number(rows.replaceAll(',', '')))
    }
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    })
  })
  return () =>
    page.evaluate(() => (globalThis as unknown as { seen: { percents: number[]; rows: number[] } }).seen)
}

const isRising = (values: number[]) =>
  values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0))

test('progress only rises, is whole at the end only, and ends at what the report says', async ({
  page,
  site,
  theirs,
}) => {
  const { sql, letGo } = await held(theirs, 'progress')
  await chooseQuery(page, site, { sql, path: 'progress.csv' })
  const seen = await watch(page)
  await start(page)
  await expect.poll(async () => new Set((await seen()).rows).size).toBeGreaterThan(4)
  await letGo()
  await expectProcessed(page, '60,000 records')
  const { percents, rows } = await seen()
  expect(isRising(percents)).toBe(true)
  expect(isRising(rows)).toBe(true)
  expect(Math.max(...percents)).toBeLessThan(100)
  expect(Math.max(...rows)).toBeLessThanOrEqual(60_000)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    runBar(page).getByRole('link', { name: 'Report' }).click(),
  ])
  const report = reportSchema.parse(
    JSON.parse(
      await (await download.createReadStream()).toArray().then((chunks) => Buffer.concat(chunks).toString()),
    ),
  )
  expect(report).toMatchObject({
    status: 'completed',
    rowsRead: 60_000,
    rowsWritten: 60_000,
    rowsRejected: 0,
  })
})

test('cancelled in mid-run, the table is untouched and the form stays', async ({ page, site }) => {
  await site.server.command(
    'CREATE TABLE cancelled (id UInt32, z UInt8 MATERIALIZED sleepEachRow(0.000002)) ENGINE = MergeTree ORDER BY id',
  )
  await site.server.command('INSERT INTO cancelled VALUES (1), (2)')
  const before = await contents(site.server)
  site.house.write('cancelled.csv', `id\n${'7\n'.repeat(12_000_000)}`)
  await chooseFile(page, site, 'cancelled.csv')
  await expect(runBar(page).getByText('besides its 2 rows')).toBeVisible()
  await start(page)
  await isRunning(page)
  await button(runBar(page), 'Cancel').click()
  await expect(runBar(page).getByText('Cancelled', { exact: true })).toBeVisible()
  expect(await contents(site.server)).toEqual(before)
  await expect(sourceCard(page).getByText('cancelled.csv')).toBeVisible()
  await expect(button(targetCard(page), 'Table: cancelled')).toBeVisible()
  await expect(button(runBar(page), 'Start ingestion')).toBeEnabled()
})

test('a reload in mid-run and another tab show the same run to its end', async ({
  page,
  site,
  theirs,
  context,
}) => {
  const { sql, letGo } = await held(theirs, 'reloaded')
  await chooseQuery(page, site, { sql, path: 'reloaded.csv' })
  await start(page)
  await isRunning(page)
  await page.reload()
  await isRunning(page)
  const other = await context.newPage()
  await other.goto(page.url())
  await isRunning(other)
  await expect
    .poll(async () => {
      const shown = async (one: Page) => Number(await progress(one).getAttribute('aria-valuenow'))
      const [one, two] = await Promise.all([shown(page), shown(other)])
      return one > 0 && Math.abs(one - two) <= 5
    })
    .toBe(true)
  await letGo()
  for (const one of [page, other]) {
    await expectProcessed(one, '60,000 records')
    await expect(sourceCard(one).getByLabel('SELECT', { exact: true })).toHaveValue(sql)
  }
})

test('of two people who make the same table at once, one wins and the other reads why not', async ({
  page,
  site,
  context,
}) => {
  const other = await context.newPage()
  site.house.write('race.csv', `id\n${Array.from({ length: 300_000 }, (_, index) => `${index}\n`).join('')}`)
  for (const one of [page, other]) {
    await chooseFile(one, site, 'race.csv')
    await expect(runBar(one).getByText('into new table race, all or nothing.')).toBeVisible()
  }
  await Promise.all([start(page), start(other)])
  const lost = (one: Page) => runBar(one).getByRole('alert').filter({ hasText: 'race' })
  const won = (one: Page) => runBar(one).getByText('300,000 records processed')
  for (const one of [page, other]) await expect(won(one).or(lost(one)).first()).toBeVisible(ofRun)
  const winners = await Promise.all([page, other].map((one) => won(one).isVisible()))
  expect(winners.toSorted()).toEqual([false, true])
  const loser = winners[0] ? other : page
  expect(await site.server.rows('SELECT toString(count()) AS n FROM race')).toEqual([{ n: '300000' }])
  await expect(button(runBar(loser), 'Append')).toBeVisible()
})

test('without live updates the page says that it polls, and shows the end all the same', async ({
  page,
  site,
  theirs,
}) => {
  const { sql, letGo } = await held(theirs, 'polled')
  await page.routeWebSocket(/events/, (socket) => socket.close())
  await chooseQuery(page, site, { sql, path: 'polled.csv' })
  await expect(page.getByText('Live updates are blocked; checking every 2 s instead.')).toBeVisible()
  await start(page)
  await isRunning(page)
  await letGo()
  await expectProcessed(page, '60,000 records')
})

test('the list of runs leads to a run, and that leads to its form again', async ({ page, site }) => {
  // Slow to come, while the screen before still writes its address.
  await page.route(/RunsPage/, async (route) => {
    await sleep(500)
    await route.continue()
  })
  await chooseQuery(page, site, { sql: 'SELECT 41 AS id UNION ALL SELECT 42', path: 'again.csv' })
  await start(page)
  await expectProcessed(page, '2 records')
  await page.getByRole('link', { name: 'Runs' }).click()
  const line = page.getByRole('row').filter({ hasText: 'again.csv' })
  await expect(line).toContainText('Completed')
  await line.getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('again.csv')
  site.house.write('again.csv', '')
  await page.getByRole('link', { name: 'Run again' }).click()
  await expect(targetCard(page).getByLabel('File name')).toHaveValue('again.csv')
  await start(page)
  await expectProcessed(page, '2 records')
  expect(site.house.read('again.csv')).toBe('"id"\n41\n42\n')
  await runToEnd(page, 'Run again', '2 records')
})

test('the command and the YAML that are copied do the same on the command line', async ({
  page,
  site,
  context,
  theirs: { server },
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  site.house.write("it's.csv", 'id;the text\n1;a\n2;b\n')
  await chooseFile(page, site, "it's.csv")
  await targetCard(page).getByLabel('Connection').selectOption('theirs')
  await expect(
    runBar(page).getByText('2 records into new table it_s on theirs, all or nothing.'),
  ).toBeVisible()
  await start(page)
  await expectProcessed(page, '2 records')
  const table = await server.rows('SELECT * FROM it_s ORDER BY id')
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
  const copied = async (name: string) => {
    const before = await clipboard()
    await button(runBar(page), name).click()
    await expect.poll(clipboard).not.toBe(before)
    return clipboard()
  }
  site.house.write('copied.yaml', await copied('Copy as YAML'))
  const [, ...args] = words(await copied('Copy as command'))
  for (const given of [args, ['run', 'copied.yaml']]) {
    await server.command('DROP TABLE it_s SYNC')
    const { exitCode, stderr } = await site.house.run(given, { env: { FLATHOUSE_PASSWORD: password } })
    expect(exitCode, stderr).toBe(0)
    expect(await server.rows('SELECT * FROM it_s ORDER BY id')).toEqual(table)
  }
})

/** As a shell reads them. */
const words = (command: string): string[] =>
  execFileSync('sh', ['-c', `printf '%s\\0' ${command}`])
    .toString()
    .split('\0')
    .slice(0, -1)
