export { goTo } from './go-to.ts'
export { isOfSource, unreadable, useErrorCard } from './error-card.ts'
export { Trouble } from './Trouble.tsx'
