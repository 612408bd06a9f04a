export { ConnectionForm } from './ConnectionForm.tsx'
export { labelOf } from './connection-words.ts'
