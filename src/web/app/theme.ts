import { useSyncExternalStore } from 'react'

export type ThemeChoice = 'light' | 'dark' | 'system'

const key = 'flathouse-theme'
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()
let choice: ThemeChoice = stored()

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(key)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system'
  }
}

function apply() {
  const isDark = choice === 'system' ? systemDark.matches : choice === 'dark'
  document.documentElement.dataset['cuiTheme'] = isDark ? 'dark' : 'light'
}

function choose(next: ThemeChoice) {
  choice = next
  try {
    if (next === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, next)
  } catch {
    // It still holds until the page is closed.
  }
  apply()
  listeners.forEach((listener) => listener())
}

systemDark.addEventListener('change', apply)

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export function useTheme(): [ThemeChoice, (next: ThemeChoice) => void] {
  return [useSyncExternalStore(subscribe, () => choice), choose]
}
