import { z } from 'zod'
import { catalogue, type ErrorCode } from './catalogue.ts'

/** Where in the data or on the network an error is. `line` counts as an editor does, from 1. */
const placeSchema = z.object({
  file: z.string().optional(),
  line: z.number().optional(),
  column: z.string().optional(),
  value: z.string().optional(),
  expected: z.string().optional(),
  host: z.string().optional(),
})
export type Place = z.infer<typeof placeSchema>

/** The wire form of an error in reports and events. */
export const errorBodySchema = z.object({
  code: z.enum(Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  hint: z.string(),
  place: placeSchema.optional(),
  /** The technical text behind the sentence, such as the server's own message. */
  detail: z.string().optional(),
})
export type ErrorBody = z.infer<typeof errorBodySchema>

/** An answer that is an error (RFC 9457, application/problem+json). `detail` is the sentence for a person. */
export const problemSchema = z.object({
  /** `urn:flathouse:error:CODE` */
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  /** The request's id, as in the log. */
  instance: z.string(),
  code: errorBodySchema.shape.code,
  hint: z.string(),
  place: placeSchema.optional(),
  technical: z.string().optional(),
})
export type Problem = z.infer<typeof problemSchema>
