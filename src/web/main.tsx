import './base.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient, startSession } from './api/index.ts'
import { App } from './app/App.tsx'

const root = document.getElementById('root')
if (!root) throw new TypeError('index.html has no #root')

startSession()
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
