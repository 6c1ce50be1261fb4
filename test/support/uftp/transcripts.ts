/** Conversations recorded from a stock UFTPD: test/fixtures/transcripts/*.json. */

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../project.ts'

export interface TranscriptStep {
  readonly dir: 'client' | 'server'
  readonly channel: 'control' | 'data'
  readonly text?: string
  readonly base64?: string
}

export interface Transcript {
  readonly name: string
  readonly description: string
  readonly steps: readonly TranscriptStep[]
}

const directory = join(projectRoot, 'test/fixtures/transcripts')

export function readTranscript(name: string): Transcript {
  return JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8')) as Transcript
}

/** Those of the listen port. */
export function ftpTranscripts(): readonly Transcript[] {
  return readdirSync(directory)
    .map((file) => readTranscript(file.replace(/\.json$/, '')))
    .filter(({ name }) => name !== 'command-port')
}

/** What the server said on the control connection between two commands of the client. */
export interface Turn {
  /** Lines sent in one go; empty before the greeting. */
  readonly commands: readonly string[]
  readonly replies: string
}

export function controlTurns(transcript: Transcript): readonly Turn[] {
  const turns: { commands: string[]; replies: string }[] = [{ commands: [], replies: '' }]
  for (const { dir, channel, text } of transcript.steps) {
    if (channel !== 'control' || text === undefined) continue
    if (dir === 'server') turns.at(-1)!.replies += text
    else turns.push({ commands: text.split('\r\n').filter((line) => line !== ''), replies: '' })
  }
  return turns
}
