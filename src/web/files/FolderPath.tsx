import './files.css'

interface FolderPathProps {
  folder: string
  onFolder: (folder: string) => void
}

/** Where we are, and the way up. */
export function FolderPath({ folder, onFolder }: FolderPathProps) {
  const parts = folder === '' ? [] : folder.split('/')
  return (
    <nav aria-label="Folder" className="fh-folder-path">
      <Step name="workspace" isLast={parts.length === 0} onClick={() => onFolder('')} />
      {parts.map((name, index) => {
        const path = parts.slice(0, index + 1).join('/')
        const isLast = index === parts.length - 1
        return (
          <span key={path} className="fh-folder-step">
            <span aria-hidden="true">/</span>
            <Step name={name} isLast={isLast} onClick={() => onFolder(path)} />
          </span>
        )
      })}
    </nav>
  )
}

const Step = ({ name, isLast, onClick }: { name: string; isLast: boolean; onClick: () => void }) =>
  isLast ? (
    <bdi aria-current="location">{name}</bdi>
  ) : (
    <button type="button" className="fh-folder-up" onClick={onClick}>
      <bdi>{name}</bdi>
    </button>
  )
