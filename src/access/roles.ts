import { roles, type Role } from '../shared/index.ts'

export const isAtLeast = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed)

export const lesser = (one: Role, other: Role): Role => (isAtLeast(one, other) ? other : one)
