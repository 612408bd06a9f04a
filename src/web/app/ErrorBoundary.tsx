import { Component, type ReactNode } from 'react'
import { Button, ErrorNotice } from '../components/index.ts'

/** A defect in one page leaves the frame usable. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render() {
    if (!this.state.error) return this.props.children
    const reload = <Button onClick={() => location.reload()}>Reload the page</Button>
    return <ErrorNotice error={this.state.error} actions={reload} />
  }
}
