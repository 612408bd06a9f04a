import type { Store } from '../store/index.ts'
import type { Access } from './access.ts'
import type { Clock } from './secrets.ts'

export type AuditLog = Access['audit']

export const auditLog = ({ audit }: Store, now: Clock): AuditLog => ({
  add: (entry) =>
    audit.add({ ...entry, at: now().toISOString(), subject: entry.subject && harmless(entry.subject) }),
  list: (query) => audit.list(query),
})

/** A subject may be what somebody typed or pasted into the wrong field. */
function harmless(subject: string): string {
  return subject
    .replaceAll(/\bfh_[\w-]+|\beyJ[\w-]+\.[\w.-]+/g, '(a token)')
    .replaceAll(/\/\/[^/@\s]+@/g, '//(credentials)@')
    .replaceAll(/\p{C}/gu, ' ')
    .slice(0, 256)
}
