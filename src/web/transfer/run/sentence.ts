import type { PlanView, Preview, RejectLimit, TransferInput } from '../../../shared/index.ts'
import { formatCount, formatNoun, percentOf } from '../../format.ts'
import { endOf, isSplit } from '../../transfer-words.ts'
import { firstOf } from '../ends/file-name.ts'

/** What is known of a transfer before it starts; both are of this very transfer. */
export interface Known {
  preview: Preview | undefined
  plan: PlanView | undefined
  /** As many moved when the very same ran just now. */
  lastRows: number | undefined
  /** That the target's table holds now; null when it does not tell. */
  targetRows: number | null
}

/** What a transfer will do, in one sentence: "3,000,000 records into new table main.flights, all or nothing." */
export function sentence(transfer: TransferInput, known: Known): string {
  const amount = amountOf(transfer, known)
  if (transfer.direction === 'import')
    return `${amount} into ${tableOf(transfer, known)}${promise(transfer, known.plan)}.`
  const { path } = transfer.target
  if (isSplit(transfer)) return `${amount} into ${firstOf(path)} and so on, all of the files or none.`
  return `${amount} into ${path}, as a complete file or none.`
}

function amountOf(transfer: TransferInput, { preview, plan, lastRows }: Known): string {
  const noun = transfer.direction === 'export' ? 'row' : 'record'
  const from = transfer.direction === 'import' ? '' : ` of ${endOf(transfer.source)}`
  // A file that was read to its end while it was looked at is counted; otherwise the plan estimates.
  if (preview?.file?.isWhole) return `${formatNoun(preview.file.sampled, noun)}${from}`
  const rows = lastRows ?? plan?.rows ?? null
  if (rows === null) return `${isLimited(transfer) ? `The chosen ${noun}s` : `All ${noun}s`}${from}`
  const isExact = transfer.direction === 'export'
  return `${isExact ? formatNoun(rows, noun) : `About ${about(rows)} ${noun}s`}${from}`
}

/** Three digits of an estimate; more would look like a count. */
const about = (rows: number): string => formatCount(Number(rows.toPrecision(3)))

const isLimited = (transfer: TransferInput): boolean =>
  transfer.direction === 'export' &&
  (transfer.filter !== undefined || transfer.where !== undefined || transfer.limit !== undefined)

type Import = Extract<TransferInput, { direction: 'import' }>

function tableOf({ target, mode }: Import, { plan, targetRows }: Known): string {
  const name = endOf(target)
  if (!plan) return name
  if (!plan.targetExists) return `new table ${name}`
  const rows = targetRows === null ? 'rows' : formatNoun(targetRows, 'row')
  return `existing table ${name}, ${mode === 'replace' ? 'in place of' : 'besides'} its ${rows}`
}

/** Nothing is promised before it is known. */
function promise(transfer: Import, plan: PlanView | undefined): string {
  const isSkipping = transfer.onError === 'skip'
  const bad = isSkipping ? `; bad ones are set aside${limitOf(transfer.rejectLimit)}` : ''
  if (!plan) return bad
  if (plan.commit === 'direct') return `, straight into the table: what has arrived stays${bad}`
  return isSkipping ? `, all good ones or none${bad}` : ', all or nothing'
}

function limitOf({ records, share }: RejectLimit = {}): string {
  const limits = [
    ...(records === undefined ? [] : [formatCount(records)]),
    ...(share === undefined ? [] : [`${percentOf(share)}% of all`]),
  ]
  return limits.length === 0 ? '' : `, up to ${limits.join(' or ')}`
}

export const startLabels: Record<TransferInput['direction'], string> = {
  import: 'Start ingestion',
  export: 'Start export',
  convert: 'Start conversion',
}
