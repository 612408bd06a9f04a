export type { Access, OpenSession, Principal } from './access.ts'
export { openAccess, type AccessOptions } from './open.ts'
export type { OidcOptions } from './provider.ts'
export { isSameName } from './users.ts'
