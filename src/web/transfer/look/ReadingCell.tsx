import {
  Button,
  Combobox,
  Icon,
  Popover,
  Select,
  TokensField,
  type ListOption,
} from '../../components/index.ts'
import { readingOf, reread, retype, withMisfit } from '../columns.ts'
import type { ColumnsDraft } from '../draft.ts'
import { usualNulls } from '../ends/dialect-words.ts'
import { familyOf, isLayout, layoutsFor, typeForLayout } from '../layouts.ts'
import { samplesOf, type ColumnLine } from './lines.ts'
import { misfitOptions, readingText } from './reading-words.ts'
import type { Look } from './use-look.ts'

interface ReadingCellProps {
  look: Look
  line: ColumnLine
  tabIndex: number
}

/** How the column's texts are read, in a word or two; opens to be changed. */
export function ReadingCell({ look, line, tabIndex }: ReadingCellProps) {
  if (!line.isChosen) return null
  const reading = readingOf(look.columns, line.name)
  const isSet = look.columns.readings.includes(reading)
  const text = readingText(reading, line.layout)
  const noted = line.notes.length === 0 ? '' : `, ${line.notes.length} notes`
  return (
    <Popover
      label={`Reading of ${line.name}`}
      className="fh-reading-panel"
      trigger={(trigger) => (
        <Button
          {...trigger}
          variant="quiet"
          className={isSet ? 'fh-reading fh-reading_set' : 'fh-reading'}
          tabIndex={tabIndex}
          title={[text, ...line.notes].join('\n')}
          aria-label={`Reading of ${line.name}: ${text}${isSet ? ', set by hand' : ''}${noted}`}
        >
          <bdi className="fh-ellipsis">{text}</bdi>
          {line.notes.length > 0 && <Icon name="info" size={14} />}
          <Icon name="chevron-down" size={14} />
        </Button>
      )}
    >
      {() => <ReadingForm look={look} line={line} />}
    </Popover>
  )
}

function ReadingForm({ look, line }: Pick<ReadingCellProps, 'look' | 'line'>) {
  const { columns, change } = look
  const reading = readingOf(columns, line.name)
  const set = (part: Partial<typeof reading>) => change((all) => reread(all, line.name, part))
  return (
    <div className="fh-stack">
      <h3>
        How <bdi>{line.name === '' ? '(no name)' : line.name}</bdi> is read
      </h3>
      {line.notes.length > 0 && (
        <ul className="fh-reading-notes">
          {line.notes.map((note) => (
            <li key={note}>{note}.</li>
          ))}
        </ul>
      )}
      <LayoutField look={look} line={line} />
      <TokensField
        mono
        label="Texts that mean NULL here"
        values={reading.nullTokens ?? line.readAsNull}
        usual={usualNulls}
        hint={
          reading.nullTokens === undefined
            ? 'Those of the whole file, and what was found in this column.'
            : 'Of this column only.'
        }
        onChange={(nullTokens) => set({ nullTokens })}
      />
      <MisfitField look={look} line={line} />
      <Button
        icon="refresh"
        disabled={!columns.readings.includes(reading)}
        onClick={() => set({ layout: undefined, nullTokens: undefined, misfit: 'reject' })}
      >
        Back to what was found
      </Button>
    </div>
  )
}

function LayoutField({ look, line }: Pick<ReadingCellProps, 'look' | 'line'>) {
  const { columns, change, preview, goal } = look
  const { layout } = readingOf(columns, line.name)
  const type = line.targetType ?? line.type
  const family = familyOf(type)
  if (family === undefined || (family === 'text' && goal.kind !== 'new'))
    return <p className="fh-muted">The values of {type} have one layout only.</p>
  const options: ListOption[] = layoutsFor(type, samplesOf(preview.rows, line.at)).map((one) => ({
    value: one.layout,
    label: one.layout,
    detail: one.example,
    ...(one.isFit && { icon: 'check' as const }),
  }))
  const found = line.layout ?? (family === 'text' ? 'text as it stands' : 'as ClickHouse writes them')
  const put = (next: string) => (all: ColumnsDraft) => {
    if (!isLayout(next)) return reread(all, line.name, { layout: undefined })
    const wide = goal.kind === 'new' ? typeForLayout(type, next) : undefined
    const typed = wide === undefined ? all : retype(all, line.name, wide)
    return reread(typed, line.name, { layout: next })
  }
  return (
    <Combobox
      label="Layout of the values"
      noun="layout"
      placeholder="Search, for example DD/MM"
      value={layout ?? ''}
      options={[{ value: '', label: layout === undefined ? `As found: ${found}` : 'As found' }, ...options]}
      hint={
        family === 'text'
          ? 'A text column becomes one of dates or numbers then.'
          : 'Those with a tick fit the values of the first records.'
      }
      onChange={(next) => change(put(next))}
    />
  )
}

/** Only a column that takes a NULL can have one in place of a value; a new one is made to take it. */
function MisfitField({ look, line }: Pick<ReadingCellProps, 'look' | 'line'>) {
  const { columns, change, goal } = look
  const type = line.targetType ?? line.type
  const takesNull = type.includes('Nullable(')
  const { misfit } = readingOf(columns, line.name)
  return (
    <Select
      label="A value that does not fit"
      value={misfit}
      options={misfitOptions.map((option) => ({
        ...option,
        disabled: option.value === 'null' && !takesNull && goal.kind !== 'new',
      }))}
      hint={
        misfit === 'reject'
          ? 'What becomes of bad records is chosen under Target.'
          : 'Check file says how many values that would be.'
      }
      onChange={(next) => change((all) => withMisfit(all, line.name, next))}
    />
  )
}
