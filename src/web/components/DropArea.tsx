import './DropArea.css'
import { useRef, useState, type DragEvent, type ReactNode } from 'react'
import { Button } from './Button.tsx'
import { Icon } from './Icon.tsx'

interface DropAreaProps {
  /** Such as "Drop a file here". */
  title: string
  onFiles: (files: File[]) => void
  accept?: string
  multiple?: boolean
  /** Other ways in, under the button. */
  children?: ReactNode
}

/** The whole area takes a dropped file; a button opens the file dialog for those without a mouse. */
export function DropArea({ title, onFiles, accept, multiple = false, children }: DropAreaProps) {
  const input = useRef<HTMLInputElement>(null)
  // dragleave also fires when the pointer goes over a child; only the outermost pair counts.
  const depth = useRef(0)
  const [over, setOver] = useState(false)
  const moved = (event: DragEvent, change: number) => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    depth.current += change
    setOver(depth.current > 0)
  }
  const take = (list: FileList | null) => {
    const files = [...(list ?? [])]
    if (files.length > 0) onFiles(multiple ? files : files.slice(0, 1))
  }
  return (
    <div
      className={over ? 'fh-drop fh-drop_over' : 'fh-drop'}
      onDragEnter={(event) => moved(event, 1)}
      onDragLeave={(event) => moved(event, -1)}
      onDragOver={(event) => moved(event, 0)}
      onDrop={(event) => {
        event.preventDefault()
        depth.current = 0
        setOver(false)
        take(event.dataTransfer.files)
      }}
    >
      <Icon name="upload" size={24} />
      <p className="fh-drop-title">{title}</p>
      <Button variant="primary" onClick={() => input.current?.click()}>
        {multiple ? 'Choose files' : 'Choose a file'}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={multiple}
        onChange={(event) => {
          take(event.target.files)
          event.target.value = ''
        }}
      />
      {children}
    </div>
  )
}
