import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect } from './test.ts'

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1440, 390].map((width) => ({ colorScheme, width })),
)

/** Neither barriers nor a page that scrolls sideways, light and dark, wide and narrow. */
export async function looksWell(page: Page): Promise<void> {
  const found: string[] = []
  for (const { colorScheme, width } of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    // The page has no frames: the legacy mode does without a second page, in half the time.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(rules).analyze()
    for (const { id, nodes } of violations)
      found.push(...nodes.map(({ html }) => `${colorScheme} ${width}: ${id} in ${html}`))
    const wide = await page.evaluate(() =>
      Math.max(...[...document.querySelectorAll('html, main, .fh-transfer')].map((part) => part.scrollWidth)),
    )
    if (wide > width) found.push(`${colorScheme} ${width}: the page is ${wide} wide`)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  expect(found).toEqual([])
}
