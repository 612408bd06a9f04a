import { useState } from 'react'
import type { Dialect, DialectChoice, Encoding, SniffedFile } from '../../../shared/index.ts'
import { NumberField, Select } from '../../components/index.ts'
import { PresetField } from './PresetField.tsx'

/** What was found out about a file by itself, as far as it was ever seen: what a person sets by hand hides it. */
export type Found = Partial<Dialect> & { encoding?: string }

/** The parts of a dialect, as chosen and as found. */
export interface Parts {
  choice: DialectChoice
  found: Found
  set: <K extends keyof DialectChoice>(part: K, value: DialectChoice[K]) => void
}

/** Keeps what was found of each part before it was set by hand. */
export function useFound(
  file: SniffedFile | undefined,
  choice: DialectChoice,
  encoding: Encoding | null,
): Found {
  const [seen, setSeen] = useState<{ file?: SniffedFile; found: Found }>({ found: {} })
  if (file && file !== seen.file) {
    const isByHand = (part: string) => (part === 'encoding' ? encoding !== null : part in choice)
    const kept = Object.entries(seen.found).filter(([part]) => isByHand(part))
    const fresh = Object.entries({ ...file.dialect, encoding: file.encoding }).filter(
      ([part]) => !isByHand(part),
    )
    setSeen({ file, found: Object.fromEntries([...kept, ...fresh]) })
  }
  return seen.found
}

/** The words of the choice that leaves a part to be found out. */
export const detected = (text: string | undefined) => (text === undefined ? 'Detect' : `Detected: ${text}`)

interface ByHandProps {
  found: string | undefined
  onBack: () => void
}

/** Marks what a person set, and takes it back. */
export const ByHand = ({ found, onBack }: ByHandProps) => (
  <>
    Set by hand.{' '}
    <button
      type="button"
      className="fh-ends-back"
      onClick={(event) => {
        // It goes away, and the focus should stay where it was.
        event.currentTarget.closest('.fh-field')?.querySelector<HTMLElement>('select, input, button')?.focus()
        onBack()
      }}
    >
      {found === undefined ? 'Detect it' : `Back to ${found}`}
    </button>
  </>
)

interface PartOption<V> {
  value: string
  label: string
  is: V
}

interface PartSelectProps<K extends keyof Dialect> extends Parts {
  part: K
  label: string
  options: readonly PartOption<DialectChoice[K]>[]
  /** Words for a part that is not there at all. */
  absent?: string
}

/** One part of which there are only a few kinds. */
export function PartSelect<K extends keyof Dialect>(props: PartSelectProps<K>) {
  const { part, label, options, absent, choice, found, set } = props
  const textOf = (value: unknown) => options.find(({ is }) => is === value)?.label ?? absent
  const chosen = choice[part]
  const foundText = Object.keys(found).length === 0 ? undefined : textOf(found[part])
  return (
    <Select
      label={label}
      value={options.find(({ is }) => is === chosen && chosen !== undefined)?.value ?? 'auto'}
      options={[{ value: 'auto', label: detected(foundText) }, ...options]}
      hint={chosen !== undefined && <ByHand found={foundText} onBack={() => set(part, undefined)} />}
      onChange={(next) => set(part, options.find(({ value }) => value === next)?.is)}
    />
  )
}

interface PartNumberProps extends Parts {
  part: 'skipLines' | 'headerLines' | 'footerLines'
  label: string
  min?: number
}

export function PartNumber({ part, label, min = 0, choice, found, set }: PartNumberProps) {
  const chosen = choice[part]
  const text = Object.keys(found).length === 0 ? undefined : String(found[part] ?? min)
  return (
    <NumberField
      label={label}
      min={min}
      value={chosen ?? null}
      placeholder={detected(text)}
      hint={chosen !== undefined && <ByHand found={text} onBack={() => set(part, undefined)} />}
      onChange={(next) => set(part, next === null || next < min ? undefined : next)}
    />
  )
}

const noComments = 'none'

export function CommentField({ choice, found, set }: Parts) {
  const { commentPrefix } = choice
  const text = Object.keys(found).length === 0 ? undefined : (found.commentPrefix ?? noComments)
  return (
    <PresetField
      label="Comment lines begin with"
      value={commentPrefix === '' ? noComments : commentPrefix}
      automatic={detected(text)}
      presets={[noComments, '#', '//', '--'].map((prefix) => ({ value: prefix, label: prefix }))}
      hint={
        commentPrefix !== undefined && <ByHand found={text} onBack={() => set('commentPrefix', undefined)} />
      }
      onChange={(next) => set('commentPrefix', next === noComments ? '' : next)}
    />
  )
}
