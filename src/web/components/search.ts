import type { IconName } from './Icon.tsx'

export interface ListOption {
  value: string
  label: string
  icon?: IconName
  /** At the end of the line, such as a number of rows. */
  detail?: string
}

/** Options that hold every word of the text; those that begin with it come first. The order is kept otherwise. */
export function searchOptions(options: readonly ListOption[], text: string): readonly ListOption[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return options
  const found = options.filter((option) => {
    const label = option.label.toLowerCase()
    return words.every((word) => label.includes(word))
  })
  const starts = (option: ListOption) => option.label.toLowerCase().startsWith(words[0] ?? '')
  return [...found.filter(starts), ...found.filter((option) => !starts(option))]
}
