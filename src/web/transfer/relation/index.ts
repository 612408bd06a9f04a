export { errorPlace } from './error-place.ts'
export { RelationOptions } from './RelationOptions.tsx'
