import { z } from 'zod'
import { compressions, dialectSchema } from './dialect.ts'
import {
  fileEndSchema,
  importColumnsShape,
  relationEndSchema,
  rowChoiceShape,
  tableEndSchema,
} from './transfer.ts'

/** The first records of a relation, all its columns, before anything moves. */
export const previewRequestSchema = z.union([
  z.strictObject({
    source: fileEndSchema,
    /** Where it would go; the values are shown as its columns will hold them. */
    target: tableEndSchema.optional(),
    map: importColumnsShape.map,
    types: importColumnsShape.types,
    records: z.number().int().min(1).max(1000).default(100),
  }),
  z.strictObject({
    source: relationEndSchema,
    ...rowChoiceShape,
    records: z.number().int().min(1).max(1000).default(100),
  }),
])
export type PreviewRequest = z.infer<typeof previewRequestSchema>

/** What was found out about a file from its beginning. */
const sniffedFileSchema = z.object({
  encoding: z.string(),
  dialect: dialectSchema,
  compression: z.enum(compressions),
  bytes: z.number(),
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
  confidence: z.number(),
  reasons: z.array(z.string()),
  warnings: z.array(z.string()),
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      nullable: z.boolean(),
      nulls: countSchema,
      empties: countSchema,
      distinct: countSchema,
      longest: countSchema,
      min: z.string().nullable(),
      max: z.string().nullable(),
    }),
  ),
  records: z.number(),
})
export type Inspection = z.infer<typeof inspectionSchema>
