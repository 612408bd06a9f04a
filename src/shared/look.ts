import { z } from 'zod'
import { compressions, dialectSchema } from './dialect.ts'
import { valueLayouts } from './layout.ts'
import { requestedSourceSchema } from './requested.ts'
import {
  importColumnsShape,
  partitionSchema,
  relationEndSchema,
  rowChoiceShape,
  tableEndSchema,
} from './transfer.ts'

/** A file that is looked at, and what is said of its columns. */
export const fileLookShape = {
  source: requestedSourceSchema,
  /** Where it would go: it is looked at with the types of that table's columns. */
  target: tableEndSchema.optional(),
  ...importColumnsShape,
}

/** The first records of a relation, all its columns, before anything moves. */
export const previewRequestSchema = z.union([
  z.strictObject({
    ...fileLookShape,
    /** As a conversion that infers no types would give them: texts, of which only those are NULL that the dialect names. */
    asTexts: z.boolean().optional(),
    records: z.number().int().min(1).max(1000).default(100),
  }),
  z.strictObject({
    source: relationEndSchema,
    ...rowChoiceShape,
    records: z.number().int().min(1).max(1000).default(100),
  }),
])
export type PreviewRequest = z.infer<typeof previewRequestSchema>

/** Whether ClickHouse reads the file itself, or gets it from the normaliser, and then why. */
export const readingWaySchema = z.object({
  by: z.enum(['clickhouse', 'normaliser']),
  /** A sentence without a full stop; null for ClickHouse. */
  reason: z.string().nullable(),
})
export type ReadingWay = z.infer<typeof readingWaySchema>

/** How a table for a file's columns would be sorted and partitioned, and why, in sentences. */
export const suggestionSchema = z.object({
  orderBy: z.array(z.string()),
  partitionBy: partitionSchema.nullable(),
  reasons: z.array(z.string()),
})
export type Suggestion = z.infer<typeof suggestionSchema>

/** What was found out about a file from its beginning. */
const sniffedFileSchema = z.object({
  encoding: z.string(),
  dialect: dialectSchema,
  compression: z.enum(compressions),
  bytes: z.number(),
  reading: readingWaySchema,
  /** 0…1 */
  confidence: z.number(),
  /** Sentences for a person. */
  reasons: z.array(z.string()),
  warnings: z.array(z.string()),
  /** The types are those of so many records, and this was the whole file. */
  sampled: z.number(),
  isWhole: z.boolean(),
})
export type SniffedFile = z.infer<typeof sniffedFileSchema>

export const previewSchema = z.object({
  columns: z.array(
    z.object({
      name: z.string(),
      /** Of the target's column for a file's, where it goes to one; otherwise inferred. */
      type: z.string(),
      comment: z.string(),
      /** How the file's values are laid out, where not as ClickHouse writes them; null for a table's. */
      layout: z.enum(valueLayouts).nullable(),
      /** Texts that are NULL in this column: those said of it, else the file's and what was found besides. */
      readAsNull: z.array(z.string()),
    }),
  ),
  /** Values as text: as the target will hold them, or as they stand in the file when they do not fit. */
  rows: z.array(z.array(z.string().nullable())),
  /** Cells whose text does not fit the type, by their places in `rows`. */
  unfit: z.array(z.object({ row: z.number(), column: z.number() })),
  file: sniffedFileSchema.nullable(),
  /** The SELECT behind a table, a join or a query, for a person to read and copy. */
  sql: z.string().nullable(),
})
export type Preview = z.infer<typeof previewSchema>

const countSchema = z.union([z.number(), z.string()])

/** What was found out about a file by reading all of it. */
export const inspectionSchema = z.object({
  encoding: z.string(),
  dialect: dialectSchema,
  reading: readingWaySchema,
  confidence: z.number(),
  reasons: z.array(z.string()),
  warnings: z.array(z.string()),
  columns: z.array(
    z.object({
      name: z.string(),
      /** Of the target's column, as it was chosen, or else inferred. */
      type: z.string(),
      nullable: z.boolean(),
      /** Where the values are not laid out as ClickHouse writes them. */
      layout: z.enum(valueLayouts).nullable(),
      /** As in a preview. */
      readAsNull: z.array(z.string()),
      /** Texts that may mean NULL, and how often each stands here. */
      nullTokens: z.array(z.object({ token: z.string(), count: countSchema })),
      /** Sentences: why this type and no narrower one. */
      notes: z.array(z.string()),
      nulls: countSchema,
      empties: countSchema,
      distinct: countSchema,
      longest: countSchema,
      min: z.string().nullable(),
      max: z.string().nullable(),
    }),
  ),
  records: z.number(),
  /** Null for a table that is there. */
  suggestion: suggestionSchema.nullable(),
})
export type Inspection = z.infer<typeof inspectionSchema>
