import type { Page } from '@playwright/test'
import { House } from '../support/cli.ts'
import { loginClient, startIdentityProvider, type Person } from '../support/identity-provider.ts'
import { serve, type Served } from '../support/served.ts'
import { sourceCard } from './screen.ts'
import { button } from './steps.ts'
import { expect, test as base, type Home } from './test.ts'

/** With a server that knows an identity provider, and where nobody is logged in. */
const test = base.extend<{ served: Served; home: Home }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from the pattern
  served: async ({}, use) => {
    await using provider = await startIdentityProvider()
    const args = ['--oidc-issuer', provider.issuer, '--oidc-client-id', loginClient.clientId]
    args.push('--oidc-roles', 'admin=admin,operator=viewer,viewer=viewer')
    const env = { FLATHOUSE_OIDC_SECRET: loginClient.clientSecret }
    await using served = await serve(new House(), args, env)
    await use(served)
  },
  home: ({ served }, use) => use({ ...served, letIn: () => Promise.resolve() }),
})

async function logIn(page: Page, person: Person): Promise<void> {
  await page.getByRole('link', { name: /^Log in with 127\.0\.0\.1/ }).click()
  await expect(page.getByRole('heading', { name: 'Identity provider' })).toBeVisible()
  await page.getByLabel('Name').fill(person)
  await page.getByLabel('Password').fill(person)
  await button(page, 'Log in').click()
}

const account = (page: Page) => page.getByRole('button', { name: /^Account/ })

// Nobody is logged in at first, and the provider has no icon.
test.use({ expectedErrors: [/status of 401|favicon\.ico/] })

test('who the identity provider knows logs in, and comes to where they wanted to go', async ({
  page,
  served,
}) => {
  await page.goto(`${served.url}/files`)
  await logIn(page, 'alice')
  await expect(page.getByRole('heading', { name: 'Files', level: 1 })).toBeVisible()
  await expect(account(page)).toHaveAccessibleName(/alice.*admin/)
  expect(page.url()).toBe(`${served.url}/files`)
  await page.reload()
  await expect(account(page)).toHaveAccessibleName(/alice/)
  // The provider has cookies of its own, and the one that remembered the way back is gone.
  const ours = (await page.context().cookies()).filter(({ name }) => name.includes('flathouse'))
  expect(ours.map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([
    [true, 'Strict'],
    [true, 'Strict'],
  ])
})

test('the role is what the value of the provider’s claim is said to mean', async ({ page, served }) => {
  await page.goto(served.url)
  await logIn(page, 'oscar')
  await expect(account(page)).toHaveAccessibleName(/oscar.*viewer/)
  await expect(page.getByRole('heading', { name: 'Runs', level: 1 })).toBeVisible()
  await expect(sourceCard(page)).toHaveCount(0)
})

test('whom the provider gives no role is told so', async ({ page, served }) => {
  await page.goto(served.url)
  await logIn(page, 'nora')
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(page.getByRole('link', { name: /^Log in with/ })).toBeVisible()
  expect(page.url()).not.toContain('code=')
  await expect(account(page)).toHaveCount(0)
})
