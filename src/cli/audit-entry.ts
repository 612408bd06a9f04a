import { userInfo } from 'node:os'
import type { AuditEntry } from '../shared/index.ts'

/** What the machine's own user did on the command line. */
export const commandLine = (action: string, subject: string | null): Omit<AuditEntry, 'number' | 'at'> => ({
  user: osUser(),
  way: 'command line',
  address: null,
  action,
  subject,
  outcome: 'done',
})

function osUser(): string | null {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return null
  }
}
