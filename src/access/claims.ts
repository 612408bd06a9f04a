import type { Role } from '../shared/index.ts'
import { isAtLeast } from './roles.ts'

export type Claims = Readonly<Record<string, unknown>>

/** As people know themselves; the subject, when the provider says nothing better. */
export function nameIn({ preferred_username, email, sub }: Claims): string | undefined {
  return [preferred_username, email, sub].find(isName)
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^[^\s\p{C}][^\p{C}]{0,255}$/u.test(value)

/** The highest of those that the claim's values stand for. @param path dots lead into objects, unless a claim is named so */
export function roleIn(
  claims: Claims,
  path: string,
  meaning: Readonly<Record<string, Role>>,
): Role | undefined {
  return valuesOf(Object.hasOwn(claims, path) ? claims[path] : deep(claims, path.split('.')))
    .flatMap((value) => (Object.hasOwn(meaning, value) ? meaning[value] : undefined) ?? [])
    .reduce<Role | undefined>((best, role) => (best && isAtLeast(best, role) ? best : role), undefined)
}

function deep(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return deep((value as Claims)[name], rest)
}

const valuesOf = (value: unknown): string[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === 'string')
