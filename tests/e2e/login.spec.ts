import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page, Route } from '@playwright/test'
import type { Role } from '../../src/shared/index.ts'
import { removeFolder } from '../support/folder.ts'
import type { Served } from '../support/served.ts'
import { looksWell } from './looks.ts'
import { ofRun, runBar, sourceCard } from './screen.ts'
import { button, chooseFile } from './steps.ts'
import { expect, test as base, type Home } from './test.ts'

/** With a server of its own, where nobody is logged in. */
const test = base.extend<{ home: Home }>({
  home: ({ served }, use) => use({ ...served, letIn: () => Promise.resolve() }),
})

const refused = [/status of 401/]
const password = 'correct horse battery'

type Asked = Pick<Served, 'url' | 'headers'>

async function addUser({ url, headers }: Asked, name: string, role: Role): Promise<void> {
  const answer = await fetch(`${url}/api/v1/users/${name}`, {
    method: 'PUT',
    headers: { ...(await headers()), 'content-type': 'application/json' },
    body: JSON.stringify({ role, password }),
  })
  if (!answer.ok) throw new Error(await answer.text())
}

async function logIn(page: Page, user: string, given = password): Promise<void> {
  await page.getByLabel('User').fill(user)
  await page.getByLabel('Password', { exact: true }).fill(given)
  await button(page, 'Log in').click()
}

async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Account/ }).click()
  await page.getByRole('menuitem', { name: 'Log out' }).click()
}

/** As when its time has passed. */
const loseAccess = (context: BrowserContext) => context.clearCookies({ name: /access/ })

/** Each request waits for a second one, so that both are answered in the same moment, but not for ever. */
function inPairs() {
  let waiting: (() => void) | undefined
  return async (route: Route) => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const go = () => {
      waiting = undefined
      resolve(undefined)
    }
    if (waiting) waiting()
    else {
      waiting = go
      setTimeout(go, 1000)
      await promise
    }
    await route.continue()
  }
}

const account = (page: Page) => page.getByRole('button', { name: /^Account/ })
const files = (page: Page) => page.getByRole('heading', { name: 'Files', level: 1 })

test('a one-time link logs in, and its code does not stay in the address', async ({ page, served }) => {
  const hosts: string[] = []
  page.on('request', (request) => hosts.push(request.url()))
  await page.goto(served.loginUrl)
  await expect(sourceCard(page)).toBeVisible()
  await expect(account(page)).toHaveAccessibleName(/local.*admin, by one-time link/)
  expect(page.url()).toBe(`${served.url}/`)
  const { hash } = new URL(served.loginUrl)
  expect(hosts.filter((url) => url.includes(hash.slice(6)) && !url.includes('#'))).toEqual([])
  await page.reload()
  await expect(sourceCard(page)).toBeVisible()
})

test.describe('without a login', () => {
  test.use({ expectedErrors: refused })

  test('nothing is shown or asked for, and the page says how to get in', async ({ page, served }) => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto(`${served.url}/runs?status=failed`)
    await expect(page.getByText('this command prints a new one')).toBeVisible()
    await expect(page.getByRole('region', { name: 'command' })).toHaveText('flathouse login')
    await expect(page.getByRole('navigation')).toHaveCount(0)
    expect(page.url()).toBe(`${served.url}/login?to=%2Fruns%3Fstatus%3Dfailed`)
    expect(new Set(asked.filter((path) => path.startsWith('/api')))).toEqual(
      new Set(['/api/v1/session', '/api/v1/session/refresh', '/api/v1/session/ways']),
    )
    await looksWell(page)
  })

  test('a used link lets nobody else in, and who is in already goes straight on', async ({
    page,
    served,
    browser,
  }) => {
    await page.goto(served.loginUrl)
    await expect(sourceCard(page)).toBeVisible()
    const other = await (await browser.newContext()).newPage()
    await other.goto(served.loginUrl)
    await expect(other.getByRole('alert')).toContainText('This link has been used')
    await expect(other.getByText('flathouse login').first()).toBeVisible()
    expect(other.url()).toBe(`${served.url}/login`)
    await looksWell(other)
    await other.context().close()
    await page.goto(`${served.url}/files`)
    await page.goto(served.loginUrl)
    await expect(sourceCard(page)).toBeVisible()
  })

  test('a password logs in and leads to where one wanted to go', async ({ page, served }) => {
    await addUser(served, 'ada', 'admin')
    await page.goto(`${served.url}/files`)
    await button(page, 'Log in').click()
    await expect(page.getByText('Please give your name.')).toBeVisible()
    await expect(page.getByLabel('User')).toBeFocused()
    await logIn(page, 'ada', 'wrong')
    await expect(page.getByRole('alert')).toBeVisible()
    await expect(page.getByLabel('User')).toHaveValue('ada')
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('wrong')
    await looksWell(page)
    await logIn(page, 'ada')
    await expect(files(page)).toBeVisible()
    expect(page.url()).toBe(`${served.url}/files`)
    await expect(account(page)).toHaveAccessibleName(/ada.*admin, by password/)
  })

  test('the way back never leads to another site', async ({ page, served }) => {
    await addUser(served, 'ada', 'operator')
    for (const to of ['//example.com/', '/\\example.com', 'https://example.com/', '/login?to=/login']) {
      await page.goto(`${served.url}/login?${new URLSearchParams({ to }).toString()}`)
      await logIn(page, 'ada')
      await expect(sourceCard(page)).toBeVisible()
      expect(page.url()).toBe(`${served.url}/`)
      await logOut(page)
      await expect(page.getByText('You are logged out.')).toBeVisible()
    }
  })

  test('who logs out in one tab is logged out in all, and back shows nothing', async ({ page, served }) => {
    await addUser(served, 'ada', 'admin')
    await page.goto(`${served.url}/files`)
    const second = await page.context().newPage()
    await second.goto(`${served.url}/runs`)
    await logIn(page, 'ada')
    await expect(files(page)).toBeVisible()
    await expect(second.getByRole('heading', { name: 'Runs', level: 1 })).toBeVisible()
    await logOut(second)
    await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible()
    await expect(second.getByText('You are logged out.')).toBeVisible()
    await second.goto(`${served.url}/files`)
    await expect(second.getByRole('heading', { name: 'Log in' })).toBeVisible()
    await expect(files(second)).toHaveCount(0)
  })

  test('a tab that is told late that nobody is in learns that somebody is', async ({ page, served }) => {
    await addUser(served, 'ada', 'admin')
    await page.goto(`${served.url}/files`)
    const second = await page.context().newPage()
    const [asked, entered] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    await second.route('**/session/refresh', async (route) => {
      const answer = await route.fetch()
      asked.resolve(undefined)
      await entered.promise
      // Its cookies came before those of the login.
      await route.fulfill({ status: answer.status(), body: await answer.text() })
    })
    await second.goto(`${served.url}/runs`)
    await asked.promise
    await logIn(page, 'ada')
    await expect(files(page)).toBeVisible()
    entered.resolve(undefined)
    await expect(second.getByRole('heading', { name: 'Runs', level: 1 })).toBeVisible()
  })

  test('a session that has ended leads back to the transfer that was being made', async ({
    page,
    served,
  }) => {
    served.house.write('kept.csv', 'a,b\n1,2\n')
    await addUser(served, 'ada', 'operator')
    await page.goto(served.url)
    await logIn(page, 'ada')
    await expect(sourceCard(page)).toBeVisible()
    await chooseFile(page, served, 'kept.csv')
    await expect(page.getByRole('grid', { name: 'Columns' })).toBeVisible()
    await expect.poll(() => page.url()).toContain('draft=')
    await addUser(served, 'ada', 'operator')
    await expect(page.getByText('Your session has ended.')).toBeVisible()
    await logIn(page, 'ada')
    await expect(sourceCard(page).getByText('kept.csv').first()).toBeVisible()
    await expect(page.getByRole('grid', { name: 'Columns' })).toBeVisible()
  })

  test('access that has run out is renewed by two tabs at once without a word', async ({ page, served }) => {
    await addUser(served, 'ada', 'operator')
    await page.goto(`${served.url}/files`)
    await logIn(page, 'ada')
    await expect(files(page)).toBeVisible()
    const second = await page.context().newPage()
    await second.goto(`${served.url}/files`)
    await expect(files(second)).toBeVisible()
    const renewals: number[] = []
    page.context().on('response', (response) => {
      if (response.url().endsWith('/session/refresh')) renewals.push(response.status())
    })
    await page.context().route(/\/session(?:\/refresh)?$/, inPairs())
    await loseAccess(page.context())
    await Promise.all([page, second].map((tab) => tab.getByRole('link', { name: 'Runs' }).click()))
    for (const tab of [page, second]) await expect(tab.getByText('Nothing has run yet')).toBeVisible()
    await page.context().unrouteAll()
    for (const tab of [page, second]) await tab.reload()
    for (const tab of [page, second]) await expect(tab.getByText('Nothing has run yet')).toBeVisible()
    expect(renewals).toEqual([200])
  })
})

test.describe('an upload that outlives its access', () => {
  const dir = mkdtempSync(join(tmpdir(), 'flathouse-login-'))
  test.afterAll(() => removeFolder(dir))
  test.use({ expectedErrors: refused })

  test('goes on', async ({ page, served }) => {
    const path = join(dir, 'long.csv')
    const line = `${'1'.repeat(99)}\n`
    writeFileSync(path, `text\n${line.repeat(690_000)}`)
    await addUser(served, 'ada', 'operator')
    await page.goto(served.url)
    await logIn(page, 'ada')
    const statuses: number[] = []
    page.on('response', (response) => {
      if (response.request().method() === 'PATCH') statuses.push(response.status())
      if (statuses.length === 1) void loseAccess(page.context())
    })
    await page.route(/uploads/, async (route) => {
      const offset = route.request().headers()['upload-offset'] ?? '0'
      if (offset !== '0' && statuses.length === 1) await loseAccess(page.context())
      await route.continue()
    })
    const chooser = page.waitForEvent('filechooser')
    await button(sourceCard(page), 'Choose a file').click()
    await (await chooser).setFiles(path)
    await expect(button(runBar(page), 'Start ingestion')).toBeEnabled(ofRun)
    await expect(sourceCard(page).getByText('long.csv').first()).toBeVisible()
    expect(statuses).toContain(401)
    expect(statuses.at(-1)).toBe(204)
  })
})

test.describe('a viewer', () => {
  test.use({ expectedErrors: refused })

  test('sees runs and files, and is offered nothing that would be refused', async ({ page, served }) => {
    served.house.write('seen.csv', 'a,b\n1,2\n')
    await addUser(served, 'vera', 'viewer')
    const forbidden: string[] = []
    page.on('response', (response) => {
      if (response.status() === 403) forbidden.push(response.url())
    })
    await page.goto(served.url)
    await logIn(page, 'vera')
    await expect(page.getByText('Nothing has run yet')).toBeVisible()
    const places = page.getByRole('navigation', { name: 'Main' }).getByRole('link')
    await expect(places).toHaveText(['Runs', 'Connections', 'Files'])
    await looksWell(page)
    await page.getByRole('link', { name: 'Files' }).click()
    await page.getByRole('button', { name: 'file seen.csv' }).click()
    await expect(page.getByRole('grid')).toBeVisible()
    await expect(button(page, 'Choose files')).toHaveCount(0)
    await expect(button(page, 'Delete seen.csv')).toHaveCount(0)
    await expect(page.getByRole('link', { name: 'Use as source' })).toHaveCount(0)
    await page.getByRole('link', { name: 'Connections' }).click()
    await expect(page.getByRole('list', { name: 'Connections' }).getByRole('listitem')).toHaveCount(1)
    await expect(button(page, 'New connection')).toHaveCount(0)
    await page.goto(`${served.url}/transfer?run=none`)
    await expect(page.getByText('Running a transfer needs the role operator; yours is viewer.')).toBeVisible()
    await looksWell(page)
    await page.goto(`${served.url}/access`)
    await expect(page.getByRole('heading', { name: 'API tokens', exact: true })).toBeVisible()
    await expect(page.getByRole('tab')).toHaveCount(0)
    expect(forbidden).toEqual([])
  })

  test('changes the password', async ({ page, served }) => {
    await addUser(served, 'vera', 'viewer')
    await page.goto(served.url)
    await logIn(page, 'vera')
    await account(page).click()
    await page.getByRole('menuitem', { name: 'Change password' }).click()
    const dialog = page.getByRole('dialog', { name: 'Change password' })
    await expect(dialog.getByLabel('Present password')).toBeFocused()
    await dialog.getByLabel('Present password').fill('wrong')
    await dialog.getByLabel('New password').fill('short')
    await button(dialog, 'Change password').click()
    await expect(dialog.getByText('At least 12 characters; these are 5.')).toBeVisible()
    await dialog.getByLabel('New password').fill('another battery')
    await button(dialog, 'Change password').click()
    await expect(dialog.getByText('This is not your password.')).toBeVisible()
    await looksWell(page)
    await dialog.getByLabel('Present password').fill(password)
    await button(dialog, 'Change password').click()
    await expect(dialog).toBeHidden()
    await logOut(page)
    await logIn(page, 'vera', 'another battery')
    await expect(page.getByText('Nothing has run yet')).toBeVisible()
  })
})

test.describe('an administrator', () => {
  test.use({ expectedErrors: refused })

  test('makes an API token, which is shown once and can be revoked', async ({ page, served }) => {
    await page.goto(served.loginUrl)
    await account(page).click()
    await page.getByRole('menuitem', { name: 'API tokens' }).click()
    await button(page, 'New token').click()
    const form = page.getByRole('form', { name: 'New API token' })
    await form.getByLabel('Name').fill('nightly import')
    await form.getByRole('radio', { name: 'viewer' }).check()
    await form.getByLabel('Ends after').selectOption('7 days')
    await button(form, 'Create token').click()
    const token = await page.getByRole('region', { name: 'token', exact: true }).innerText()
    expect(token).toMatch(/^fh_[\w-]{43}$/)
    await looksWell(page)
    const asked = (path: string, method = 'GET') =>
      fetch(`${served.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}` } })
    expect([(await asked('/runs')).status, (await asked('/users')).status]).toEqual([200, 403])
    await page.reload()
    const row = page.getByRole('row', { name: /nightly import/ })
    await expect(row).toContainText('in 7 days')
    await expect(row).toContainText('just now')
    await expect(page.getByText(token)).toHaveCount(0)
    await button(row, 'Revoke nightly import').click()
    await button(page.getByRole('dialog'), 'Revoke').click()
    await expect(page.getByText('There are no API tokens')).toBeVisible()
    expect((await asked('/runs')).status).toBe(401)
  })

  test('adds, disables and deletes users, and reads who did what', async ({ page, served, browser }) => {
    await page.goto(served.loginUrl)
    await page.getByRole('link', { name: 'Access' }).click()
    await expect(page.getByText('There are no users yet')).toBeVisible()
    await button(page, 'New user').click()
    const form = page.getByRole('form', { name: 'New user' })
    await form.getByLabel('Name').fill('oscar')
    await form.getByRole('radio', { name: 'operator' }).check()
    await form.getByLabel('Password', { exact: true }).fill(password)
    await button(form, 'Add user').click()
    await expect(page.getByRole('row', { name: /oscar/ })).toContainText('operator')

    const theirs = await (await browser.newContext()).newPage()
    await theirs.goto(`${served.url}/files`)
    await logIn(theirs, 'oscar', 'wrong')
    await expect(theirs.getByRole('alert')).toBeVisible()
    await logIn(theirs, 'oscar')
    await expect(files(theirs)).toBeVisible()
    await button(page, 'Disable oscar').click()
    await expect(page.getByRole('row', { name: /oscar/ })).toContainText('disabled')
    await expect(theirs.getByText('Your session has ended.')).toBeVisible()
    await expect(theirs.getByLabel('User')).toHaveCount(0)
    await theirs.context().close()

    await button(page, 'Delete oscar').click()
    await button(page.getByRole('dialog'), 'Delete').click()
    await expect(page.getByText('There are no users yet')).toBeVisible()
    await page.getByRole('tab', { name: 'Audit log' }).click()
    const log = page.getByRole('region', { name: 'Audit log' })
    await expect(
      log.getByRole('row', { name: /local by one-time link user\.remove oscar done/ }),
    ).toBeVisible()
    await expect(log.getByRole('row', { name: /login oscar LOGIN_FAILED/ })).toBeVisible()
  })
})
