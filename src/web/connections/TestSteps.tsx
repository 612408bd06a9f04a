import './connections.css'
import { useEffect, type ReactNode } from 'react'
import type { Connection, ConnectionTest } from '../../shared/index.ts'
import { announce, Icon } from '../components/index.ts'
import { bodyOf, hintOf } from '../words.ts'
import { rightsText, stepWords } from './connection-words.ts'

interface TestStepsProps {
  protocol: Connection['protocol']
  /** Undefined while it is going on. */
  result: ConnectionTest | undefined
  /** The sentence stands at a field already: here is only the remedy. */
  isSaid?: boolean
  /** What can be done where it failed. */
  actions?: ReactNode
}

type Step = ConnectionTest['steps'][number]

/** How far the way to a server was gone, with what was found, and what to do where it ended. */
export function TestSteps({ protocol, result, isSaid = false, actions }: TestStepsProps) {
  useEffect(() => {
    if (result && !result.error) announce('Connected: every step passed.')
  }, [result])
  const steps: readonly Step[] = result?.steps ?? waitingSteps[protocol]
  return (
    <ol className="fh-steps" aria-label="Steps of the connection" aria-busy={!result}>
      {steps.map((each) => (
        <li key={each.step} className={`fh-step fh-step_${stateOf(each, result)}`}>
          <StepSign passed={each.passed} />
          <span className="fh-step-name">{stepWords[each.step]}</span>
          <div className="fh-step-found">
            <bdi>{foundOf(each, result)}</bdi>
            {each.passed === false && <Remedy error={result?.error ?? null} {...{ isSaid, actions }} />}
          </div>
        </li>
      ))}
    </ol>
  )
}

function StepSign({ passed }: Pick<Step, 'passed'>) {
  if (passed === null) return <Icon name="minus" size={14} label="not reached" />
  return <Icon name={passed ? 'check' : 'error'} size={14} label={passed ? 'passed' : 'failed'} />
}

function Remedy({
  error: failed,
  isSaid,
  actions,
}: Pick<ConnectionTest, 'error'> & Omit<TestStepsProps, 'protocol' | 'result'>) {
  if (!failed) return null
  const error = bodyOf(failed)
  return (
    <div className="fh-step-remedy">
      <div role="alert">
        {!isSaid && (
          <p className="fh-step-error">
            <bdi>{error.message}</bdi>
          </p>
        )}
        <p>{hintOf(error)}</p>
      </div>
      {error.detail && (
        <details>
          <summary>Technical text</summary>
          <pre tabIndex={0}>{error.detail}</pre>
        </details>
      )}
      {actions && <div className="fh-row">{actions}</div>}
    </div>
  )
}

function foundOf({ step, passed, found }: Step, result: ConnectionTest | undefined): string {
  if (step === 'rights' && passed && result?.rights) return rightsText(result.rights)
  return found ?? ''
}

const stateOf = ({ passed }: Step, result: ConnectionTest | undefined) =>
  !result || passed === null ? 'open' : passed ? 'passed' : 'failed'

const waiting = (step: Step['step']): Step => ({ step, passed: null, found: null })
const httpSteps = (['name', 'tcp', 'login', 'version', 'database', 'rights'] as const).map(waiting)
const waitingSteps = {
  http: httpSteps,
  https: httpSteps.toSpliced(2, 0, waiting('tls')),
}
