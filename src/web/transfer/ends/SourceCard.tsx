import './ends.css'
import { useEffect, useState } from 'react'
import { Card, Segmented } from '../../components/index.ts'
import { labelOf } from '../../connections/index.ts'
import type { Draft, EndKind } from '../draft.ts'
import { useTransfer } from '../state.tsx'
import { withSourceKind } from './choose.ts'
import { SourceFile } from './SourceFile.tsx'
import { SourceTable } from './SourceTable.tsx'

export const endKinds = [
  { value: 'file', label: 'Flat file' },
  { value: 'table', label: 'ClickHouse' },
] as const satisfies readonly { value: EndKind; label: string }[]

/** Where the data comes from. */
export function SourceCard() {
  const { draft, change, uploading } = useTransfer()
  const [folded, setFolded] = useState(false)
  const { kind } = draft.source
  const isChosen = uploading.upload !== undefined || sourceText(draft) !== ''
  useDropsElsewhere()
  return (
    <Card
      title="Source"
      summary={<bdi>{uploading.upload?.name ?? sourceText(draft)}</bdi>}
      folded={folded && isChosen}
      onFold={isChosen ? setFolded : undefined}
      actions={
        <Segmented
          label="Kind of source"
          labelHidden
          value={kind}
          options={endKinds}
          onChange={(next) => {
            setFolded(false)
            uploading.cancel()
            change((before) => withSourceKind(before, next))
          }}
        />
      }
    >
      {kind === 'file' ? <SourceFile /> : <SourceTable />}
    </Card>
  )
}

function sourceText({ source: { kind, file, table } }: Draft): string {
  if (kind === 'file') return file.path
  if (table.sql !== null) return `a query on ${labelOf(table.server)}`
  if (table.table === '') return ''
  const name = table.database === '' ? table.table : `${table.database}.${table.table}`
  return `${name} on ${labelOf(table.server)}`
}

/** A file that is dropped beside the area would otherwise be opened in place of the page. */
function useDropsElsewhere() {
  useEffect(() => {
    const keep = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files')) event.preventDefault()
    }
    addEventListener('dragover', keep)
    addEventListener('drop', keep)
    return () => {
      removeEventListener('dragover', keep)
      removeEventListener('drop', keep)
    }
  }, [])
}
