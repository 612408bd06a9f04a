import { z } from 'zod'

const seconds = z.number().int().min(1).max(86_400)

/** What the HTTP interface takes beside settings: with these a statement would not be ours any more. */
const reserved = new Set(
  `query query_id database user password role quota_key session_id session_timeout session_check close_session compress
  decompress buffer_size wait_end_of_query default_format stacktrace`.split(/\s+/),
)
const settingName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/)
  .refine((name) => !reserved.has(name) && !name.startsWith('param_'), 'this is no setting of ClickHouse')

/** What stands in an address is shown and kept in the clear. */
const hasNoCredentials = (address: string): boolean => !/^[a-z]+:\/\/[^/?#]*@/i.test(address)

/** Where an identity provider gives out tokens to a client by its id and secret (OAuth 2.0 client credentials). */
const tokenSourceSchema = z.strictObject({
  /** Its discovery document is at `<issuer>/.well-known/openid-configuration`. */
  issuer: z.url({ protocol: /^https?$/ }).refine(hasNoCredentials, 'it may hold no user and password'),
  clientId: z.string().min(1),
  scope: z.string().min(1).optional(),
  audience: z.string().min(1).optional(),
})
export type TokenSource = z.infer<typeof tokenSourceSchema>

/** How to reach a ClickHouse, without its secrets, which are kept apart so that they cannot be printed or saved. */
export const connectionSchema = z.strictObject({
  protocol: z.enum(['http', 'https']),
  host: z
    .string()
    .min(1)
    .regex(/^[^@/]*$/, 'give a name or an address alone, without a user, a password or a path'),
  port: z.number().int().min(1).max(65535),
  database: z.string().min(1),
  user: z.string().min(1),
  /** Until a connection stands; 10 when it is left out. */
  connectTimeout: seconds.optional(),
  /**
   * Without a byte in either direction; no limit when it is left out. A statement that works for long in silence, such as
   * an INSERT … SELECT within one server, is ended by it as well.
   */
  requestTimeout: seconds.optional(),
  /** ClickHouse settings that go with every statement. */
  settings: z.record(settingName, z.string()).optional(),
  /** Tokens come from an identity provider, and not from a person. */
  tokenSource: tokenSourceSchema.optional(),
})
export type Connection = z.infer<typeof connectionSchema>

/** A password, a JWT or the secret of a client of an identity provider; and the PEM texts of TLS. */
export const secretsSchema = z.strictObject({
  password: z.string().optional(),
  token: z.string().optional(),
  clientSecret: z.string().optional(),
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
})
export type Secrets = z.infer<typeof secretsSchema>
export type SecretKind = keyof Secrets
export const secretKinds = [
  'password',
  'token',
  'clientSecret',
  'ca',
  'cert',
  'key',
] as const satisfies readonly SecretKind[]
