import { test as base, type ConsoleMessage } from '@playwright/test'
import { serve, type Served } from '../support/served.ts'

interface Fixtures {
  served: Served
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
  expectedErrors: [[], { option: true }],
  page: async ({ page, expectedErrors }, use) => {
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
