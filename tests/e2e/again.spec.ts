import { setTimeout as sleep } from 'node:timers/promises'
import type { TransferInput } from '../../src/shared/index.ts'
import { looksWell } from './looks.ts'
import { pickTable, runBar, runToEnd, sourceCard, targetCard, type Site } from './screen.ts'
import { button, expectProcessed, held, refusals, test } from './steps.ts'
import { expect } from './test.ts'

/** Starts a run as a program does. */
async function startRun({ url, headers }: Site, transfer: TransferInput): Promise<string> {
  const answer = await fetch(new URL('/api/v1/runs', url), {
    method: 'POST',
    headers: { ...(await headers()), 'content-type': 'application/json' },
    body: JSON.stringify({ transfer }),
  })
  const { id } = (await answer.json()) as { id: string }
  return id
}

test.use({ expectedErrors: refusals })

const linesOf = (text: string) => text.trimEnd().split('\n').length

test('a run that is opened again moves the rows that it moved', async ({ page, site }) => {
  test.slow()
  await site.server.command('CREATE TABLE hundred (id UInt32, pair UInt32) ORDER BY id')
  await site.server.command('INSERT INTO hundred SELECT number, number + 1 FROM numbers(100)')
  const on = [{ left: { table: 'a', column: 'id' }, right: 'pair' }]
  const id = await startRun(site, {
    direction: 'export',
    source: {
      kind: 'table',
      server: 'embedded',
      table: 'hundred',
      as: 'a',
      joins: [{ kind: 'inner', table: 'hundred', as: 'b', on }],
    },
    target: { kind: 'file', path: 'hundred.csv' },
    where: 'id <= 10',
  })
  await page.goto(`${site.url}?run=${id}`)
  await expectProcessed(page, '10 records')
  const source = sourceCard(page)
  const condition = source.getByRole('textbox', { name: 'Only rows where this SQL condition holds' })
  await expect(condition).toHaveValue('id <= 10')
  await expect(source.getByText('hundred AS a')).toBeVisible()
  await looksWell(page)
  await runToEnd(page, 'Run again', '10 records')
  expect(linesOf(site.house.read('hundred.csv'))).toBe(11)

  await condition.fill('id <= ')
  await expect(source.getByText('is no whole SQL expression')).toBeVisible()
  await button(source, 'Remove the SQL condition').click()
  await button(source, 'Call it hundred again').click()
  await expect(source.getByText('INNER JOIN hundred AS b ON hundred.id = b.pair')).toBeVisible()
  await runToEnd(page, 'Start export', '99 records')
})

test('a conversion that checks values is opened again as one', async ({ page, site }) => {
  site.house.write('loose.csv', 'day,price\n01/02/2024,"1,5"\n31/12/2024,"2,25"\n')
  const id = await startRun(site, {
    direction: 'convert',
    source: { kind: 'file', path: 'loose.csv' },
    target: { kind: 'file', path: 'strict.csv' },
    types: true,
  })
  await page.goto(`${site.url}?run=${id}`)
  await expectProcessed(page, '2 records')
  const values = targetCard(page).getByRole('combobox', { name: 'Values' })
  await expect(values).toHaveValue('typed')
  const typed = '"day","price"\n"2024-02-01",1.5\n"2024-12-31",2.25\n'
  expect(site.house.read('strict.csv')).toBe(typed)
  await runToEnd(page, 'Run again', '2 records')
  expect(site.house.read('strict.csv')).toBe(typed)
  await values.selectOption('as they stand')
  await runToEnd(page, 'Start conversion', '2 records')
  expect(site.house.read('strict.csv')).toContain('31/12/2024')
})

test('a run with a connection that is not saved is not opened as one with another', async ({
  page,
  site,
  theirs,
}) => {
  const id = await startRun(site, {
    direction: 'export',
    source: { kind: 'query', server: theirs.connection, sql: 'SELECT 1 AS a' },
    target: { kind: 'file', path: 'theirs.csv' },
  })
  await page.goto(`${site.url}?run=${id}`)
  const said = /^This transfer cannot be opened in the form: its connection is not saved/
  await expect(runBar(page).getByText(said)).toBeVisible()
  await expect(sourceCard(page).getByText('Drop a CSV')).toBeVisible()
  await looksWell(page)
  await page.goto(new URL(`/runs/${id}`, site.url).href)
  await expect(page.getByText(said)).toBeVisible()
  await expect(page.getByRole('link', { name: 'Run again' })).toHaveCount(0)
})

test('a file that was written in a layout of its own comes back by Swap as it was', async ({
  page,
  site,
}) => {
  test.slow()
  await site.server.command(
    'CREATE TABLE swapped (price Nullable(Decimal(9, 3)), day Date, note String) ORDER BY day',
  )
  await site.server.command(
    `INSERT INTO swapped VALUES (1.234, '2024-02-01', 'x'), (5.678, '2024-03-04', ''), (NULL, '2024-05-06', 'y')`,
  )
  await page.goto(site.url)
  await pickTable(page, 'swapped')
  const target = targetCard(page)
  await target.getByText('Layout: ').click()
  await target.getByRole('combobox', { name: 'Header' }).selectOption('no header')
  await target.getByLabel('NULL is written as').fill('n/a')
  await target.getByRole('combobox', { name: 'Decimals' }).selectOption(',')
  await target.getByRole('combobox', { name: 'Dates' }).selectOption('DD/MM/YYYY')
  await target.getByRole('combobox', { name: 'Quote inside quotes' }).selectOption('double')
  await target.getByRole('combobox', { name: 'Quote', exact: true }).selectOption('none')
  await target.getByRole('combobox', { name: 'Quote', exact: true }).selectOption('auto')
  await runToEnd(page, 'Start export', '3 records')
  expect(site.house.read('swapped.csv')).toBe(
    '"1,234","01/02/2024","x"\n"5,678","04/03/2024",""\nn/a,"06/05/2024","y"\n',
  )
  await button(runBar(page), 'Swap').click()
  await expect(targetCard(page).getByText('swapped')).not.toHaveCount(0)
  await runToEnd(page, 'Start ingestion', '3 records')
  const rows = 'SELECT price, day, note, count() AS n FROM swapped GROUP BY ALL ORDER BY day'
  expect(await site.server.rows(rows)).toEqual([
    { price: 1.234, day: '2024-02-01', note: 'x', n: 2 },
    { price: 5.678, day: '2024-03-04', note: '', n: 2 },
    { price: null, day: '2024-05-06', note: 'y', n: 2 },
  ])
})

test('a run that ends while the page opens has ended there, too', async ({ page, site, theirs }) => {
  const { sql, letGo } = await held(theirs, 'opens')
  const id = await startRun(site, {
    direction: 'export',
    source: { kind: 'query', server: 'theirs', sql },
    target: { kind: 'file', path: 'slow.csv' },
  })
  const path = `/api/v1/runs/${id}`
  const asked = Promise.withResolvers<undefined>()
  const opened = Promise.withResolvers<undefined>()
  // The page asks while it goes on; when it listens nothing more is told; and the first answer comes after that.
  await page.routeWebSocket('**/api/v1/events', async (socket) => {
    await asked.promise
    await letGo()
    const status = async () => {
      const answer = await fetch(new URL(path, site.url), { headers: await site.headers() })
      return ((await answer.json()) as { status: string }).status
    }
    await expect.poll(status).toBe('completed')
    socket.connectToServer()
    opened.resolve(undefined)
  })
  await page.route(`**${path}`, async (route) => {
    const response = await route.fetch()
    asked.resolve(undefined)
    await opened.promise
    await sleep(500)
    // The page may have asked anew.
    await route.fulfill({ response }).catch(() => undefined)
  })
  await page.goto(`${site.url}?run=${id}`)
  await expectProcessed(page, '60,000 records')
})
