import { z } from 'zod'
import { connectionSchema, secretKinds, secretsSchema, type Secrets } from '../connection.ts'
import { errorBodySchema } from '../errors/index.ts'

/** `embedded` is the name of the embedded database and cannot be taken. */
export const connectionNameSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u)
  .refine((name) => name !== 'embedded', 'embedded is the name of the embedded database')

/** Secrets are only ever sent in; what comes back tells which kinds are kept. */
export const savedConnectionSchema = z.object({
  name: z.string(),
  /** Null for the embedded database. */
  connection: connectionSchema.nullable(),
  secrets: z.array(z.enum(secretKinds)),
  /** Kept only until Flathouse stops. */
  areSecretsTemporary: z.boolean(),
  /** When the kept token ends (ISO 8601); null when there is none, or it does not say. */
  tokenExpiresAt: z.string().nullable(),
})
export type SavedConnection = z.infer<typeof savedConnectionSchema>
export const connectionListSchema = z.object({ connections: z.array(savedConnectionSchema) })

/** One way to sign in: a password, a JWT, tokens of an identity provider, or a client certificate. */
const oneWay = ({ password, token, clientSecret }: Secrets) =>
  [password, token, clientSecret].filter((secret) => secret !== undefined).length <= 1

const givenSecretsSchema = secretsSchema.refine(
  oneWay,
  'give a password, a token or a client secret, not several',
)

/** Left-out secrets stay as they were when the host and user do; otherwise they are forgotten. */
export const saveConnectionSchema = z.strictObject({
  connection: connectionSchema,
  secrets: givenSecretsSchema.optional(),
  /** False: the secrets given are kept in memory, until Flathouse stops, and never written down. */
  remember: z.boolean().default(true),
  /** The certificates that are kept stay beside the secrets given, when host and user do: for a new token. */
  keepCertificates: z.boolean().default(false),
})

/** One that is saved, one that is not yet, or one that is saved with changes that are not (its kept secrets are used). */
export const testConnectionSchema = z.union([
  z.strictObject({ name: z.string() }),
  z.strictObject({ name: z.string(), connection: connectionSchema }),
  z.strictObject({ connection: connectionSchema, secrets: givenSecretsSchema.optional() }),
])
export type TestConnection = z.infer<typeof testConnectionSchema>

/** What a person must be able to do in the connection's database; null when the server does not tell. */
const rightsSchema = z.object({
  read: z.boolean().nullable(),
  insert: z.boolean().nullable(),
  createTable: z.boolean().nullable(),
})
export type Rights = z.infer<typeof rightsSchema>

/** How far the way to the server was gone: the first step that failed has the error, those after it are null. */
export const connectionTestSchema = z.object({
  steps: z.array(
    z.object({
      step: z.enum(['name', 'tcp', 'tls', 'login', 'version', 'database', 'rights']),
      passed: z.boolean().nullable(),
      /** What was found, in a few words: `127.0.0.1`, `TLSv1.3, certificate of example.org until 2027-01-31`. */
      found: z.string().nullable(),
    }),
  ),
  rights: rightsSchema.nullable(),
  version: z.string().nullable(),
  timezone: z.string().nullable(),
  error: errorBodySchema.nullable(),
})
export type ConnectionTest = z.infer<typeof connectionTestSchema>

export const databaseListSchema = z.object({
  databases: z.array(z.string()),
  /** The connection's own. */
  current: z.string(),
})
export type DatabaseList = z.infer<typeof databaseListSchema>

export const tableListSchema = z.object({
  tables: z.array(
    z.object({
      table: z.string(),
      engine: z.string(),
      /** Null where the engine does not tell. */
      rows: z.number().nullable(),
      bytes: z.number().nullable(),
    }),
  ),
})
export type TableList = z.infer<typeof tableListSchema>

export const columnListSchema = z.object({
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      comment: z.string(),
      /** How it gets its value when none is given; computed columns cannot be written. */
      kind: z.enum(['', 'DEFAULT', 'MATERIALIZED', 'ALIAS', 'EPHEMERAL']),
    }),
  ),
  engine: z.string(),
  sortingKey: z.string(),
  rows: z.number().nullable(),
})
export type ColumnList = z.infer<typeof columnListSchema>
