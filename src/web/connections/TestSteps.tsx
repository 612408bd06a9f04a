import './connections.css'
import type { Connection, ConnectionTest } from '../../shared/index.ts'
import { Icon, Spinner } from '../components/index.ts'
import { stepWords } from './connection-words.ts'

interface TestStepsProps {
  protocol: Connection['protocol']
  /** Undefined while it is going on. */
  result: ConnectionTest | undefined
}

type Step = ConnectionTest['steps'][number]

/** How far the way to a server was gone, step by step. */
export function TestSteps({ protocol, result }: TestStepsProps) {
  const steps: readonly Step[] = result?.steps ?? waitingSteps[protocol]
  return (
    <ol className="fh-steps" aria-label="Steps of the connection" aria-live="polite" aria-busy={!result}>
      {steps.map(({ step, passed }) => (
        <li key={step} className={`fh-step fh-step_${stateOf(passed, result)}`}>
          {step === 'version' && result?.version ? `Version ${result.version}` : stepWords[step]}
          <StepSign passed={passed} isWaiting={!result} />
        </li>
      ))}
    </ol>
  )
}

function StepSign({ passed, isWaiting }: { passed: boolean | null; isWaiting: boolean }) {
  if (isWaiting) return <Spinner />
  if (passed === null) return <Icon name="minus" size={14} label="not reached" />
  return <Icon name={passed ? 'check' : 'error'} size={14} label={passed ? 'passed' : 'failed'} />
}

const stateOf = (passed: boolean | null, result: ConnectionTest | undefined) =>
  !result || passed === null ? 'open' : passed ? 'passed' : 'failed'

const waiting = (step: Step['step']): Step => ({ step, passed: null })
const waitingSteps = {
  http: (['name', 'tcp', 'login', 'version'] as const).map(waiting),
  https: (['name', 'tcp', 'tls', 'login', 'version'] as const).map(waiting),
}
