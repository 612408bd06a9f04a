import type { DateLayout, Dialect, Encoding } from '../../../shared/index.ts'
import { Combobox, Select, TextField } from '../../components/index.ts'
import type { Draft, FileDraft } from '../draft.ts'
import { useTransfer } from '../state.tsx'
import { withPart, withTargetFile } from './choose.ts'
import { DelimiterField } from './DelimiterField.tsx'
import {
  delimiterText,
  edgeWords,
  encodingOptions,
  escapeText,
  headerText,
  lineEnds,
  quoteText,
} from './dialect-words.ts'
import { usualDelimiter } from './file-name.ts'
import { PresetField } from './PresetField.tsx'
import {
  dateExamples,
  presetLayout,
  presetOf,
  quotingWords,
  withoutLostQuotes,
  writtenText,
  type Preset,
} from './written-layout.ts'

/** A conversion keeps the texts that the file has, unless it is to check them. */
const hasValues = ({ source, typed }: Draft): boolean => source.kind === 'table' || typed

interface PartProps {
  dialect: FileDraft['dialect']
  /** Fields stand between tabs, where quotes have no meaning. */
  isTabs: boolean
  set: <K extends keyof FileDraft['dialect']>(part: K, value: FileDraft['dialect'][K]) => void
}

/** How the text of the file that is written is laid out. */
export function TargetLayout() {
  const { draft, change } = useTransfer()
  const { path, dialect } = draft.target.file
  const usual = usualDelimiter(path)
  const parts: PartProps = {
    dialect,
    isTabs: (dialect.delimiter ?? usual) === '\t',
    set: (part, value) =>
      change((before) =>
        withTargetFile(before, {
          dialect: withoutLostQuotes(withPart(before.target.file.dialect, part, value), usual),
        }),
      ),
  }
  return (
    <details className="fh-ends-more fh-ends-written">
      <summary>Layout: {writtenText(draft.target.file, usual)}</summary>
      <div className="fh-ends-form" role="group" aria-label="Layout of the file">
        <WholeFields />
        <DelimiterField
          value={dialect.delimiter}
          automatic={`By the name: ${delimiterText(usual)}`}
          onChange={(delimiter) => parts.set('delimiter', delimiter)}
        />
        <QuoteFields {...parts} />
        <LineFields {...parts} />
        <ValueFields {...parts} isOfValues={hasValues(draft)} />
      </div>
    </details>
  )
}

const presets: readonly { value: Preset; label: string }[] = [
  { value: 'usual', label: 'the usual one' },
  { value: 'excel', label: 'Excel' },
  { value: 'excel-comma', label: 'Excel, decimal comma' },
]
const encodings = encodingOptions.filter(({ value }) => value !== 'binary')

function WholeFields() {
  const { draft, change } = useTransfer()
  const { file } = draft.target
  const isOfValues = hasValues(draft)
  const preset = presetOf(file, isOfValues)
  return (
    <>
      <Select
        label="Layout for"
        value={preset}
        options={preset === 'own' ? [...presets, { value: 'own', label: 'as chosen below' }] : presets}
        onChange={(next) => {
          if (next !== 'own') change((before) => withTargetFile(before, presetLayout(next, isOfValues)))
        }}
      />
      <Combobox
        label="Encoding"
        noun="encoding"
        value={file.encoding ?? 'utf-8'}
        options={encodings}
        onChange={(next) =>
          change((before) =>
            withTargetFile(before, { encoding: next === 'utf-8' ? null : (next as Encoding) }),
          )
        }
      />
    </>
  )
}

const quotes = ['"', "'"].map((quote) => ({ value: quote, label: quote }))
const none = 'none'

function QuoteFields({ dialect: { quote, quoting, escape }, isTabs, set }: PartProps) {
  const hasQuotes = quote === undefined ? !isTabs : quote !== null
  return (
    <>
      <PresetField
        label="Quote"
        value={quote === null ? none : quote}
        automatic={`Usual: ${quoteText(isTabs ? null : '"')}`}
        presets={[...quotes, { value: none, label: quoteText(null) }]}
        maxLength={1}
        onChange={(next) => set('quote', next === none ? null : next)}
      />
      {hasQuotes && (
        <Select
          label="Fields in quotes"
          value={quoting ?? 'auto'}
          options={[{ value: 'auto', label: 'texts, not numbers' }, ...optionsOf(quotingWords)]}
          onChange={(next) => set('quoting', next === 'auto' ? undefined : next)}
        />
      )}
      <Select
        label={hasQuotes ? 'Quote inside quotes' : 'Escape'}
        value={escape ?? 'auto'}
        options={[
          {
            value: 'auto',
            label: `Usual: ${escapeText(hasQuotes ? 'double' : isTabs ? 'backslash' : null)}`,
          },
          ...(hasQuotes ? [{ value: 'double' as const, label: escapeText('double') }] : []),
          { value: 'backslash', label: escapeText('backslash') },
        ]}
        onChange={(next) => set('escape', next === 'auto' ? undefined : next)}
      />
    </>
  )
}

function LineFields({ dialect: { header, lineTerminator, edgeDelimiter }, set }: PartProps) {
  return (
    <>
      <Select
        label="Header"
        value={header === false ? 'no' : 'yes'}
        options={[
          { value: 'yes', label: headerText(true) },
          { value: 'no', label: headerText(false) },
        ]}
        onChange={(next) => set('header', next === 'no' ? false : undefined)}
      />
      <Select
        label="Line end"
        value={lineTerminator ?? '\n'}
        options={optionsOf(lineEnds)}
        onChange={(next) => set('lineTerminator', next === '\n' ? undefined : next)}
      />
      <Select
        label="Extra delimiters"
        value={edgeDelimiter ?? none}
        options={optionsOf(edgeWords)}
        onChange={(next) => set('edgeDelimiter', next === none ? undefined : next)}
      />
    </>
  )
}

function ValueFields({ dialect, set, isOfValues }: PartProps & { isOfValues: boolean }) {
  return (
    <>
      <TextField
        label="NULL is written as"
        mono
        value={dialect.nullTokens?.[0] ?? '\\N'}
        placeholder="an empty field"
        onChange={(text) => set('nullTokens', text === '\\N' ? undefined : [text])}
      />
      {isOfValues && (
        <>
          <Select
            label="Decimals"
            value={dialect.decimal ?? '.'}
            options={decimals}
            onChange={(next) => set('decimal', next === '.' ? undefined : next)}
          />
          <Select
            label="Dates"
            value={dialect.dateLayout ?? usualDate}
            options={optionsOf(dateExamples)}
            onChange={(next) => set('dateLayout', next === usualDate ? undefined : next)}
          />
        </>
      )}
    </>
  )
}

const usualDate: DateLayout = 'YYYY-MM-DD'
const decimals: readonly { value: NonNullable<Dialect['decimal']>; label: string }[] = [
  { value: '.', label: 'after a point: 1.5' },
  { value: ',', label: 'after a comma: 1,5' },
]

const optionsOf = <V extends string>(words: Record<V, string>): { value: V; label: string }[] =>
  (Object.entries(words) as [V, string][]).map(([value, label]) => ({ value, label }))
