import { z } from 'zod'
import { connectionSchema, secretsSchema } from '../connection.ts'
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
  secrets: z.array(z.enum(['password', 'token', 'ca', 'cert', 'key'])),
})
export type SavedConnection = z.infer<typeof savedConnectionSchema>
export const connectionListSchema = z.object({ connections: z.array(savedConnectionSchema) })

/** Left-out secrets stay as they were when the host and user do; otherwise they are forgotten. */
export const saveConnectionSchema = z.strictObject({
  connection: connectionSchema,
  secrets: secretsSchema.optional(),
})

/** One that is saved, or one that is not yet. */
export const testConnectionSchema = z.union([z.strictObject({ name: z.string() }), saveConnectionSchema])
export type TestConnection = z.infer<typeof testConnectionSchema>

/** How far the way to the server was gone: the first step that failed has the error, those after it are null. */
export const connectionTestSchema = z.object({
  steps: z.array(
    z.object({
      step: z.enum(['name', 'tcp', 'tls', 'login', 'version']),
      passed: z.boolean().nullable(),
    }),
  ),
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
