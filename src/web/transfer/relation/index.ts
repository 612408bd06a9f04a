export { RelationOptions } from './RelationOptions.tsx'
