import { z } from 'zod'
import { fileLookShape } from '../look.ts'

/** One folder of the workspace; paths are relative to the workspace, with `/` between. */
export const fileListSchema = z.object({
  folder: z.string(),
  entries: z.array(
    z.object({
      name: z.string(),
      path: z.string(),
      kind: z.enum(['file', 'folder']),
      bytes: z.number(),
      modifiedAt: z.string(),
    }),
  ),
  /** Free space where uploads and exports go. */
  freeBytes: z.number(),
})
export type FileList = z.infer<typeof fileListSchema>

/** The answer to a file's beginning that was sent ahead of it: a path under which it can be previewed for a while. */
export const fileHeadSchema = z.object({ path: z.string() })
export type FileHead = z.infer<typeof fileHeadSchema>
export const maxHeadBytes = 1024 * 1024

/** Where an upload has ended: its name in the workspace, made free when it was taken. */
export interface Uploaded {
  path: string
}

export const inspectRequestSchema = z.strictObject(fileLookShape)
