import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** click-ui's icons, logos and flags are one object of 330 kB (gz) that no bundler can shake; our icons are our own. */
function withoutClickUiAssets(): Plugin {
  const empty = '\0click-ui-assets'
  return {
    name: 'without-click-ui-assets',
    enforce: 'pre',
    resolveId: (source) => (/\/Assets\/(?:Icons|Logos|Flags|Payments)\/system\//.test(source) ? empty : null),
    load: (id) =>
      id === empty
        ? 'const none = () => null\nexport { none as Flag, none as Logo, none as Payment }\nexport default {}'
        : null,
  }
}

/** click-ui declares 1,800 variables a theme and our pages use a tenth of them. */
function withoutUnusedTokens(): Plugin {
  const declaration = /(--[\w-]+):[^;{}]*(?:;|(?=\}))/g
  return {
    name: 'without-unused-tokens',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const sheets = Object.values(bundle).filter(
        (file) => file.type === 'asset' && file.fileName.endsWith('.css'),
      )
      const scripts = Object.values(bundle).map((file) => (file.type === 'chunk' ? file.code : ''))
      let texts = sheets.map((sheet) => ('source' in sheet ? String(sheet.source) : ''))
      for (let before = -1; before !== texts.join('').length;) {
        before = texts.join('').length
        const used = new Set([...texts, ...scripts].join('').match(/(?<=var\(\s*)--[\w-]+/g))
        texts = texts.map((text) =>
          text.replace(declaration, (all, name: string) => (used.has(name) ? all : '')),
        )
      }
      sheets.forEach((sheet, index) => Object.assign(sheet, { source: texts[index] }))
    },
  }
}

/** The server sends these as they are. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    writeBundle(options, bundle) {
      for (const file of Object.values(bundle)) {
        if (!/\.(?:js|css|html|svg)$/.test(file.fileName)) continue
        const content = file.type === 'chunk' ? file.code : file.source
        const path = join(options.dir ?? '', file.fileName)
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
        writeFileSync(`${path}.br`, brotliCompressSync(content))
      }
    },
  }
}

export default defineConfig({
  root: join(import.meta.dirname, 'src/web'),
  plugins: [withoutClickUiAssets(), react(), withoutUnusedTokens(), compressed()],
  build: {
    outDir: join(import.meta.dirname, 'dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy allows no data: addresses for fonts.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'vendor', test: /node_modules\/(?:react|react-dom|scheduler|@tanstack|wouter)\// },
          ],
        },
      },
    },
  },
})
