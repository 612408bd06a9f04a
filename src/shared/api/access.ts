import { z } from 'zod'

/** Each may do what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const
/** *viewer*: see runs and files. *operator*: run transfers. *admin*: connections, users, settings. */
export type Role = (typeof roles)[number]
const roleSchema = z.enum(roles)

/** How somebody was let in: a one-time link, a password, an identity provider, or an API token. */
const ways = ['link', 'password', 'oidc', 'token'] as const
export type Way = (typeof ways)[number]

export const userNameSchema = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,63}$/u)
export const passwordSchema = z.string().min(12, 'a password has at least 12 characters').max(1024)

/** Who the page or a program is to Flathouse. */
export const sessionSchema = z.object({
  user: z.string(),
  role: roleSchema,
  way: z.enum(ways),
  /** When it must be refreshed (ISO 8601); null for an API token. */
  expiresAt: z.string().nullable(),
})
export type Session = z.infer<typeof sessionSchema>

/** How one can be let in here. */
export const loginWaysSchema = z.object({
  /** There are users with passwords. */
  password: z.boolean(),
  /** The identity provider as people know it, such as its host; null when there is none. */
  oidc: z.string().nullable(),
  /** `flathouse login` on this machine prints a one-time link. */
  link: z.boolean(),
})
export type LoginWays = z.infer<typeof loginWaysSchema>

export const passwordLoginSchema = z.strictObject({
  user: z.string().min(1).max(64),
  password: z.string().max(1024),
})
/** The part of a one-time link after `#code=`. */
export const codeLoginSchema = z.strictObject({ code: z.string().max(128) })
export const changePasswordSchema = z.strictObject({ current: z.string().max(1024), next: passwordSchema })

export const userSchema = z.object({
  name: z.string(),
  role: roleSchema,
  isDisabled: z.boolean(),
  createdAt: z.string(),
})
export type User = z.infer<typeof userSchema>
export const userListSchema = z.object({ users: z.array(userSchema) })
/** A new user needs a role and a password; of one that is there, what is left out stays. Any change ends their sessions. */
export const saveUserSchema = z.strictObject({
  role: roleSchema.optional(),
  password: passwordSchema.optional(),
  isDisabled: z.boolean().optional(),
})
export type SaveUser = z.infer<typeof saveUserSchema>

const apiTokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  user: z.string(),
  /** What it may do at most, whatever its user may. */
  scope: roleSchema,
  createdAt: z.string(),
  expiresAt: z.string(),
  usedAt: z.string().nullable(),
})
export type ApiToken = z.infer<typeof apiTokenSchema>
export const apiTokenListSchema = z.object({ tokens: z.array(apiTokenSchema) })
export const createApiTokenSchema = z.strictObject({
  name: z.string().min(1).max(64),
  /** Not above one's own role. */
  scope: roleSchema,
  days: z.number().int().min(1).max(366),
})
export type CreateApiToken = z.infer<typeof createApiTokenSchema>
/** The only time that the token itself is shown. */
export const createdApiTokenSchema = apiTokenSchema.extend({ token: z.string() })
export type CreatedApiToken = z.infer<typeof createdApiTokenSchema>

/** Who did what, or was refused it. */
const auditEntrySchema = z.object({
  number: z.number(),
  /** ISO 8601 */
  at: z.string(),
  /** Null: nobody who is known. */
  user: z.string().nullable(),
  way: z.enum([...ways, 'command line']).nullable(),
  /** Of the client; null on the command line. */
  address: z.string().nullable(),
  /** Such as `run.start`, `connection.save`, `login`. */
  action: z.string(),
  /** What it was done to: a name, a path, an id. */
  subject: z.string().nullable(),
  /** `done`, or the code of the error it was refused with. */
  outcome: z.string(),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>
export const auditQuerySchema = z.strictObject({
  /** Older than the entry of this number. */
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type AuditQuery = z.infer<typeof auditQuerySchema>
export const auditListSchema = z.object({ entries: z.array(auditEntrySchema), more: z.boolean() })
export type AuditList = z.infer<typeof auditListSchema>
