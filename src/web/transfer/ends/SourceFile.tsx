import { useState } from 'react'
import { Button, DropArea, TextField } from '../../components/index.ts'
import { FilePicker } from '../../files/index.ts'
import { useTransfer, withFile } from '../state.tsx'
import { proposeTable } from './choose.ts'
import { ChosenFile } from './ChosenFile.tsx'

export function SourceFile() {
  const { draft, change, follow, uploading } = useTransfer()
  const [isPasting, setPasting] = useState(false)
  const [isPicking, setPicking] = useState(false)
  const choose = (path: string) => {
    setPasting(false)
    setPicking(false)
    follow(undefined)
    change((before) => withFile(proposeTable(before, path), path))
  }
  const upload = ([file]: File[]) => {
    if (!file) return
    follow(undefined)
    change((before) => proposeTable(before, file.name))
    uploading.begin(file)
  }
  const isChosen = uploading.upload !== undefined || draft.source.file.path !== ''
  if (isChosen) return <ChosenFile onOther={() => choose('')} />
  return (
    <>
      <DropArea title="Drop a CSV, TSV or other delimited file here" onFiles={upload}>
        <div className="fh-row fh-ends-ways">
          <Button variant="quiet" icon="folder" onClick={() => setPicking(true)}>
            Choose from workspace
          </Button>
          <Button
            variant="quiet"
            icon="edit"
            aria-expanded={isPasting}
            onClick={() => setPasting(!isPasting)}
          >
            Paste a path
          </Button>
        </div>
        {isPasting && <PathForm onPath={choose} />}
      </DropArea>
      <FilePicker open={isPicking} onClose={() => setPicking(false)} onPick={choose} />
    </>
  )
}

function PathForm({ onPath }: { onPath: (path: string) => void }) {
  const [path, setPath] = useState('')
  return (
    <form
      className="fh-ends-path"
      onSubmit={(event) => {
        event.preventDefault()
        if (path.trim() !== '') onPath(path.trim())
      }}
    >
      <TextField
        label="Path in the workspace"
        autoFocus
        mono
        placeholder="2024/sales-*.csv"
        hint="A pattern such as sales-*.csv reads all files that match as one."
        value={path}
        onChange={setPath}
      />
      <Button type="submit" disabled={path.trim() === ''}>
        Use this path
      </Button>
    </form>
  )
}
