export { ConnectionForm } from './ConnectionForm.tsx'
export { labelOf } from './connection-words.ts'
export { NewToken } from './NewToken.tsx'
export { TokenWait } from './TokenWait.tsx'
