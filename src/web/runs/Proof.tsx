import './run.css'
import type { Verification } from '../../shared/index.ts'
import { CodeBlock } from '../components/index.ts'

/** How both ends were asked for what was compared. */
export function Proof({ verification }: { verification: Verification | null }) {
  const { sql, source = '', target = '' } = verification ?? {}
  if (!sql) return null
  return (
    <details className="fh-run-proof">
      <summary>How it was verified</summary>
      <Side label="source" sql={sql.source} found={source} />
      <Side label="target" sql={sql.target} found={target} />
    </details>
  )
}

const Side = ({ label, sql, found }: { label: string; sql: string; found: string }) => (
  <section className="fh-stack">
    <h3>
      The {label} gave <bdi className="fh-mono">{found}</bdi>
    </h3>
    <CodeBlock label={`SQL of the ${label}`} language="sql" code={sql} wrap />
  </section>
)
