// Runs before the first paint, so that a dark page does not flash white. app/theme.ts keeps it true afterwards.
;(() => {
  let choice = null
  try {
    choice = localStorage.getItem('flathouse-theme')
  } catch {
    // Storage is switched off: follow the system.
  }
  const isDark = choice ? choice === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  document.documentElement.dataset.cuiTheme = isDark ? 'dark' : 'light'
})()
