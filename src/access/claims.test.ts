import { describe, expect, it } from 'vitest'
import type { Role } from '../shared/index.ts'
import { nameIn, roleIn } from './claims.ts'

const own: Record<string, Role> = { viewer: 'viewer', operator: 'operator', admin: 'admin' }

describe('the role in the claims of an identity provider', () => {
  it.each<[string, Record<string, unknown>, string, Role | undefined]>([
    ['is one of several, the highest', { roles: ['viewer', 'other', 'admin', 'operator'] }, 'roles', 'admin'],
    ['is a text', { roles: 'operator' }, 'roles', 'operator'],
    ['is deep', { realm_access: { roles: ['viewer'] } }, 'realm_access.roles', 'viewer'],
    ['is in a claim whose name has dots', { 'https://a.b/c': ['admin'] }, 'https://a.b/c', 'admin'],
    ['is not there', {}, 'roles', undefined],
    ['is none that is known', { roles: ['Admin', 'root', ''] }, 'roles', undefined],
    ['is no text', { roles: [{ admin: true }, 1, null, ['admin']] }, 'roles', undefined],
    ['is not inherited', { roles: ['constructor', 'toString', '__proto__'] }, 'roles', undefined],
    ['is not looked for in what every object has', {}, 'constructor.name', undefined],
    ['is not looked for in a text', { roles: 'admin' }, 'roles.0', undefined],
  ])('%s', (_, claims, path, role) => {
    expect(roleIn(claims, path, own)).toBe(role)
  })

  it('is what the values are said to mean', () => {
    const meaning: Record<string, Role> = { 'data-team': 'operator', everyone: 'viewer' }
    expect(roleIn({ groups: ['everyone', 'data-team'] }, 'groups', meaning)).toBe('operator')
    expect(roleIn({ groups: ['admin'] }, 'groups', meaning)).toBeUndefined()
  })
})

describe('the name in the claims', () => {
  it.each([
    [{ preferred_username: 'ada', email: 'a@b.c', sub: '1' }, 'ada'],
    [{ email: 'a@b.c', sub: '1' }, 'a@b.c'],
    [{ preferred_username: '', email: 5, sub: '1' }, '1'],
    [{ preferred_username: 'ada\n2026 admin', sub: '1' }, '1'],
    [{ preferred_username: 'a'.repeat(257), sub: '1' }, '1'],
    [{}, undefined],
  ])('of %j', (claims, name) => {
    expect(nameIn(claims)).toBe(name)
  })
})
