import type { AuditEntry, Role } from '../../shared/index.ts'

export const wayWords: Record<NonNullable<AuditEntry['way']>, string> = {
  link: 'one-time link',
  password: 'password',
  oidc: 'identity provider',
  token: 'API token',
  'command line': 'command line',
}

/** From the one who may least. */
export const roleWords: Record<Role, string> = {
  viewer: 'sees runs and files',
  operator: 'also runs transfers',
  admin: 'also keeps connections, users and everybody’s API tokens',
}

export const shortestPassword = 12

/** What is wrong with a new password, or null. */
export function passwordError(password: string): string | null {
  const { length } = password
  if (length >= shortestPassword) return null
  return length === 0
    ? 'Please give a password.'
    : `At least ${shortestPassword} characters; these are ${length}.`
}
