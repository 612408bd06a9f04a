import { z } from 'zod'
import { connectionSchema } from './connection.ts'
import { dialectChoiceSchema, encodings } from './dialect.ts'

/** Which ClickHouse a table end is on: the one Flathouse brings along, or one that a connection describes. */
const serverSchema = z.union([z.literal('embedded'), connectionSchema])
export type ServerChoice = z.infer<typeof serverSchema>

const fileEndSchema = z.strictObject({
  kind: z.literal('file'),
  /** A path, a pattern (source only), or `-` for standard input (source only). */
  path: z.string().min(1),
  /** What a person set by hand; the rest is sniffed (source) or follows from the extension (target). */
  dialect: dialectChoiceSchema.default({}),
  encoding: z.enum(encodings).default('utf-8'),
})
export type FileEnd = z.infer<typeof fileEndSchema>

const tableEndSchema = z.strictObject({
  kind: z.literal('table'),
  server: serverSchema,
  /** Left out: the connection's own. */
  database: z.string().min(1).optional(),
  table: z.string().min(1),
})
export type TableEnd = z.infer<typeof tableEndSchema>

const queryEndSchema = z.strictObject({
  kind: z.literal('query'),
  server: serverSchema,
  /** One SELECT. */
  sql: z.string().min(1),
})

/** One source field and the target column it goes to. */
const mappingSchema = z.strictObject({ source: z.string(), target: z.string().min(1) })
export type Mapping = z.infer<typeof mappingSchema>

export const writeModes = ['create', 'append', 'replace'] as const
export type WriteMode = (typeof writeModes)[number]

const verifications = ['none', 'count', 'checksum'] as const
export type VerifyMode = (typeof verifications)[number]

const moved = {
  /** The source columns to move, in order; left out: all. */
  columns: z.array(z.string()).min(1).optional(),
  /** Renamings; a column that is not named here keeps its name. */
  map: z.array(mappingSchema).default([]),
  verify: z.enum(verifications).default('count'),
}

const importSchema = z.strictObject({
  direction: z.literal('import'),
  source: fileEndSchema,
  target: tableEndSchema,
  /** Left out: `append` when the table is there, `create` when it is not. */
  mode: z.enum(writeModes).optional(),
  /** Sorting key of a table that is created. */
  orderBy: z.array(z.string()).default([]),
  ...moved,
})
export type ImportTransfer = z.infer<typeof importSchema>

const exportSchema = z.strictObject({
  direction: z.literal('export'),
  source: z.discriminatedUnion('kind', [tableEndSchema, queryEndSchema]),
  target: fileEndSchema,
  /** A condition in SQL on the source's columns. */
  where: z.string().min(1).optional(),
  ...moved,
})
export type ExportTransfer = z.infer<typeof exportSchema>

const convertSchema = z.strictObject({
  direction: z.literal('convert'),
  source: fileEndSchema,
  target: fileEndSchema,
  /** True: infer types, check every value, and write values as ClickHouse writes them. False: keep every cell's text. */
  types: z.boolean().default(false),
  ...moved,
})
export type ConvertTransfer = z.infer<typeof convertSchema>

/** What to move and how: a document without secrets, which can be saved and shown. */
export const transferSchema = z.discriminatedUnion('direction', [importSchema, exportSchema, convertSchema])
export type Transfer = z.infer<typeof transferSchema>
