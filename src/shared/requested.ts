import type { z } from 'zod'
import { partsOfReading, partsOfWriting, type DialectChoice } from './dialect.ts'
import {
  fileEndSchema,
  importSchema,
  transferSchema,
  type FileEnd,
  type ImportTransfer,
  type Transfer,
} from './transfer.ts'

/** Something that a document asks for and nobody would do. The sentence follows the name of the field. */
interface Unheeded {
  path: string[]
  message: string
}

/** What of a transfer would be ignored, or contradicts another part of it. */
export function unheeded(transfer: Transfer): Unheeded[] {
  const { direction, source, target, map } = transfer
  return [
    ...(source.kind === 'file' ? within('source', unheededInSource(source)) : []),
    ...(target.kind === 'file' ? within('target', unheededInTarget(target)) : []),
    ...twice(
      'map',
      map.map((one) => ({ column: one.source })),
    ),
    ...(direction === 'import' ? unheededInImport(transfer) : []),
  ]
}

function unheededInSource({ dialect }: FileEnd): Unheeded[] {
  const { header, headerLines } = dialect
  return within('dialect', [
    ...said(dialect, partsOfWriting, 'only a file that is written can be said to have it'),
    ...(header === false && headerLines !== undefined
      ? [{ path: ['headerLines'], message: 'there is no header, so it has no lines' }]
      : []),
  ])
}

function unheededInTarget({ dialect }: FileEnd): Unheeded[] {
  const { quote, quoting = 'never', nullTokens = [''] } = dialect
  return within('dialect', [
    ...said(dialect, partsOfReading, 'only a file that is read can be said to have it'),
    ...(quote === null && quoting !== 'never'
      ? [{ path: ['quoting'], message: 'nothing can stand in quotes where there is no quote' }]
      : []),
    ...(nullTokens.length === 1
      ? []
      : [{ path: ['nullTokens'], message: 'a file is written with one text for NULL' }]),
  ])
}

function unheededInImport({ onError, rejectLimit, readings = [], types = [] }: ImportTransfer): Unheeded[] {
  return [
    ...(onError === 'stop' && rejectLimit !== undefined
      ? [{ path: ['rejectLimit'], message: 'there are no rejects to limit while onError is stop' }]
      : []),
    ...twice('readings', readings),
    ...twice('types', types),
  ]
}

const said = (dialect: DialectChoice, parts: readonly (keyof DialectChoice)[], message: string): Unheeded[] =>
  parts.filter((part) => dialect[part] !== undefined).map((part) => ({ path: [part], message }))

function twice(part: string, each: readonly { column: string }[]): Unheeded[] {
  const columns = each.map(({ column }) => column)
  const column = columns.find((one, at) => columns.indexOf(one) !== at)
  return column === undefined
    ? []
    : [{ path: [part], message: `two are of the column ${JSON.stringify(column)}` }]
}

const within = (part: string, each: Unheeded[]): Unheeded[] =>
  each.map(({ path, message }) => ({ path: [part, ...path], message }))

/** One of which nothing would be ignored: what is asked for now. An older one that was kept may hold more. */
export const requestedTransferSchema = transferSchema.superRefine(refuse(unheeded))
export const requestedImportSchema = importSchema.superRefine(refuse<ImportTransfer>(unheeded))
export const requestedSourceSchema = fileEndSchema.superRefine(refuse(unheededInSource))

function refuse<Document>(find: (document: Document) => Unheeded[]) {
  return (document: Document, context: z.RefinementCtx): void => {
    for (const { path, message } of find(document)) context.addIssue({ code: 'custom', path, message })
  }
}
