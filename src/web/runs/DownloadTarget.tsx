import type { Transfer } from '../../shared/index.ts'
import { api } from '../api/index.ts'
import { ButtonLink } from '../components/index.ts'
import { folderOf } from '../transfer/ends/file-name.ts'
import { isSplit } from '../transfer-words.ts'

/** The way to what a run wrote into a file; of several files, to where they lie. */
export function DownloadTarget({ transfer, label }: { transfer: Transfer; label: string }) {
  const { target } = transfer
  if (target.kind !== 'file') return null
  if (isSplit(transfer)) {
    const folder = folderOf(target.path)
    return (
      <ButtonLink href={folder === '' ? '/files' : `/files?${new URLSearchParams({ folder })}`} icon="folder">
        Show files
      </ButtonLink>
    )
  }
  return (
    <ButtonLink href={api.contentUrl(target.path)} icon="download" download>
      {label}
    </ButtonLink>
  )
}
