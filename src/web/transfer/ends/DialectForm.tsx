import type { Encoding, SniffedFile } from '../../../shared/index.ts'
import { Button, Combobox, Select, TokensField } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'
import { withPart, withSourceFile } from './choose.ts'
import { DelimiterField } from './DelimiterField.tsx'
import {
  ByHand,
  CommentField,
  detected,
  PartNumber,
  PartSelect,
  type Found,
  type Parts,
} from './dialect-parts.tsx'
import {
  delimiterText,
  edgeWords,
  encodingOptions,
  encodingText,
  escapeText,
  headerLinesText,
  headerText,
  isEncoding,
  lineEnds,
  quoteText,
  usualNulls,
} from './dialect-words.ts'
import { PresetField } from './PresetField.tsx'

interface DialectFormProps {
  sniffed: SniffedFile | undefined
  found: Found
}

/** How the source's text is laid out. What is not set here is found out; each change is previewed at once. */
export function DialectForm({ sniffed, found }: DialectFormProps) {
  const { draft, change } = useTransfer()
  const { dialect: choice, encoding } = draft.source.file
  const parts: Parts = {
    choice,
    found,
    set: (part, value) =>
      change((before) =>
        withSourceFile(before, { dialect: withPart(before.source.file.dialect, part, value) }),
      ),
  }
  const set = Object.keys(choice)
  const isMoreSet = set.some((part) => !['delimiter', 'quote', 'header', 'headerLines'].includes(part))
  return (
    <div role="group" aria-label="Layout of the file" className="fh-stack">
      <div className="fh-ends-form">
        <DelimiterPart {...parts} />
        <QuotePart {...parts} />
        <HeaderPart {...parts} />
        <EncodingPart found={found.encoding} />
      </div>
      <details className="fh-ends-more" open={isMoreSet || undefined}>
        <summary>More: lines, escapes, blanks, NULL</summary>
        <MoreParts {...parts} />
      </details>
      <div className="fh-row">
        <Button
          icon="refresh"
          disabled={set.length === 0 && encoding === null}
          onClick={() => change((before) => withSourceFile(before, { dialect: {}, encoding: null }))}
        >
          Detect again
        </Button>
        <span className="fh-muted">
          Compression: {sniffed?.compression ?? 'not known yet'}, by the ending of the name.
        </span>
      </div>
    </div>
  )
}

function DelimiterPart({ choice: { delimiter }, found, set }: Parts) {
  const text = found.delimiter === undefined ? undefined : delimiterText(found.delimiter)
  return (
    <DelimiterField
      value={delimiter}
      automatic={detected(text)}
      hint={delimiter !== undefined && <ByHand found={text} onBack={() => set('delimiter', undefined)} />}
      onChange={(next) => set('delimiter', next)}
    />
  )
}

const quotes = ['"', "'", '`'].map((quote) => ({ value: quote, label: quote }))

function QuotePart({ choice: { quote }, found, set }: Parts) {
  const text = found.quote === undefined ? undefined : quoteText(found.quote)
  return (
    <PresetField
      label="Quote"
      value={quote === null ? 'none' : quote}
      automatic={detected(text)}
      presets={[...quotes, { value: 'none', label: 'none' }]}
      maxLength={1}
      hint={quote !== undefined && <ByHand found={text} onBack={() => set('quote', undefined)} />}
      onChange={(next) => set('quote', next === 'none' ? null : next)}
    />
  )
}

function HeaderPart(parts: Parts) {
  const { choice, found } = parts
  const { change } = useTransfer()
  const { header, headerLines = 1 } = choice
  const text = found.header === undefined ? undefined : headerLinesText({ ...found, header: found.header })
  const put = (kind: 'auto' | 'no' | 'one' | 'several') =>
    change((before) => {
      const others = withPart(
        withPart(before.source.file.dialect, 'header', undefined),
        'headerLines',
        undefined,
      )
      const own = {
        auto: {},
        no: { header: false },
        one: { header: true, headerLines: 1 },
        several: { header: true, headerLines: Math.max(2, found.headerLines ?? 2) },
      }[kind]
      return withSourceFile(before, { dialect: { ...others, ...own } })
    })
  const isSeveral = header === true && headerLines > 1
  return (
    <div className="fh-ends-preset">
      <Select
        label="Header"
        value={header === undefined ? 'auto' : !header ? 'no' : isSeveral ? 'several' : 'one'}
        options={[
          { value: 'auto', label: detected(text) },
          { value: 'one', label: headerText(true) },
          { value: 'several', label: 'names in several lines' },
          { value: 'no', label: headerText(false) },
        ]}
        hint={header !== undefined && <ByHand found={text} onBack={() => put('auto')} />}
        onChange={put}
      />
      {isSeveral && <PartNumber {...parts} found={{}} part="headerLines" label="Header lines" min={1} />}
    </div>
  )
}

function EncodingPart({ found }: { found: string | undefined }) {
  const { draft, change } = useTransfer()
  const { encoding } = draft.source.file
  const text = found === undefined ? undefined : encodingText(found)
  const set = (next: Encoding | null) => change((before) => withSourceFile(before, { encoding: next }))
  return (
    <Combobox
      label="Encoding"
      noun="encoding"
      placeholder="Search a name or a language"
      value={encoding ?? ''}
      options={[{ value: '', label: detected(text) }, ...encodingOptions]}
      hint={encoding !== null && <ByHand found={text} onBack={() => set(null)} />}
      onChange={(next) => set(isEncoding(next) ? next : null)}
    />
  )
}

const escapes = (['double', 'backslash', null] as const).map((is) => ({
  value: is ?? 'none',
  label: escapeText(is),
  is,
}))
const ends = (['\n', '\r\n', '\r'] as const).map((is) => ({
  value: JSON.stringify(is),
  label: lineEnds[is],
  is,
}))
const edges = (['none', 'leading', 'trailing', 'both'] as const).map((is) => ({
  value: is,
  label: edgeWords[is],
  is,
}))
const yesOrNo = (yes: string, no: string) => [
  { value: 'yes', label: yes, is: true },
  { value: 'no', label: no, is: false },
]

const MoreParts = (parts: Parts) => (
  <div className="fh-ends-form">
    <PartSelect {...parts} part="escape" label="Quote inside quotes" options={escapes} />
    <PartSelect {...parts} part="lineTerminator" label="Line end" options={ends} />
    <PartNumber {...parts} part="skipLines" label="Lines to skip" />
    <PartNumber {...parts} part="footerLines" label="Lines to leave out at the end" />
    <CommentField {...parts} />
    <PartSelect
      {...parts}
      part="padding"
      label="Blanks around fields"
      options={yesOrNo('not part of the value', 'part of the value')}
      absent="part of the value"
    />
    <PartSelect
      {...parts}
      part="edgeDelimiter"
      label="Extra delimiters"
      options={edges}
      absent={edgeWords.none}
    />
    <PartSelect
      {...parts}
      part="ragged"
      label="Records with too few fields"
      options={yesOrNo('filled with NULL', 'an error')}
      absent="an error"
    />
    <NullField {...parts} />
  </div>
)

function NullField({ choice: { nullTokens }, found, set }: Parts) {
  const values = nullTokens ?? found.nullTokens ?? []
  return (
    <div className="fh-ends-wide">
      <TokensField
        mono
        label="Texts that mean NULL"
        values={values}
        usual={usualNulls}
        hint={
          nullTokens === undefined ? (
            'Type one and press Enter to add it. A column can have its own.'
          ) : (
            <ByHand
              found={found.nullTokens?.map((text) => (text === '' ? 'empty text' : text)).join(', ')}
              onBack={() => set('nullTokens', undefined)}
            />
          )
        }
        onChange={(next) => set('nullTokens', next)}
      />
    </div>
  )
}
