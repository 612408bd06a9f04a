import type { Place } from './remedies.ts'

const cards = '.fh-transfer-ends'
const selectors: Record<Exclude<Place, 'retry' | 'connection'>, string> = {
  source: `${cards} > :first-child`,
  target: `${cards} > :last-child`,
  layout: `${cards} > :last-child .fh-ends-written`,
  columns: '.fh-transfer [role="tablist"]',
}

/** Brings a part of the screen into sight and puts the keyboard there. */
export function goTo(place: keyof typeof selectors): void {
  const part = document.querySelector(selectors[place])
  part?.scrollIntoView({ block: 'center' })
  // A folded card opens first: what is inside cannot take the focus before.
  const fold = part?.closest('.fh-card')?.querySelector<HTMLElement>('[aria-expanded="false"][aria-controls]')
  fold?.click()
  if (part instanceof HTMLDetailsElement) part.open = true
  const body = part?.querySelector('.fh-card-body') ?? part
  const inside = body?.querySelector<HTMLElement>('[role="tab"], button, input, select, textarea')
  inside?.focus({ preventScroll: true })
  if (inside?.role === 'tab') inside.click()
}
