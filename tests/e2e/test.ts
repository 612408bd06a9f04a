import { test as base, type ConsoleMessage } from '@playwright/test'
import { serve, type Served } from '../support/served.ts'

/** Whose page it is. */
export type Home = Pick<Served, 'letIn'>

interface Fixtures {
  served: Served
  /** The browser is logged in there, as an administrator. */
  home: Home
  /** What the page may say on the console; anything else fails the test. */
  expectedErrors: RegExp[]
}

/** A test with a server of its own, which fails when the page logs an error that was not expected. */
export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from the pattern
  served: async ({}, use) => {
    await using served = await serve()
    await use(served)
  },
  home: ({ served }, use) => use(served),
  expectedErrors: [[], { option: true }],
  page: async ({ page, home, expectedErrors }, use) => {
    await home.letIn(page.context())
    const errors: string[] = []
    page.on('console', (message: ConsoleMessage) => {
      const text = `${message.text()} ${message.location().url}`
      if (message.type() === 'error') errors.push(text)
    })
    page.on('pageerror', (error) => errors.push(error.message))
    await use(page)
    const unexpected = errors.filter((text) => !expectedErrors.some((expected) => expected.test(text)))
    if (unexpected.length > 0) throw new Error(`The page logged errors:\n${unexpected.join('\n')}`)
  },
})

export { expect } from '@playwright/test'
