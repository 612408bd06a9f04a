export { FirstVisit } from './FirstVisit.tsx'
export { RunBar } from './RunBar.tsx'
