import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** The system's own browser; the first of the known names on the PATH. */
export function findChromium(path = process.env['PATH'] ?? ''): string | undefined {
  const paths = path.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)))
  return paths.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
